"""Taken home on a phone: what the browser keeps, what it shows offline, and how a new version comes."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from e2e.hearing import Voice
from e2e.measures import PHONE, assert_fits
from e2e.network import Network, network
from e2e.people import Person
from e2e.server import Server
from e2e.waiting import until

MAY_BE_KEPT = re.compile(r"/offline|/static/v-[0-9a-f]{12}/[\w./-]+\.(css|js|woff2|svg|png)")
KEPT = """async () => {
    const kept = {};
    for (const name of await caches.keys()) {
        const store = await caches.open(name);
        kept[name] = await Promise.all((await store.keys()).map(async (request) => {
            const answer = await store.match(request);
            return [request.url, await answer.text(), [...answer.headers.keys()].join()];
        }));
    }
    return kept;
}"""


@pytest.fixture(scope="module")
def between(server: Server) -> Iterator[Network]:
    with network(server.address) as between:
        yield between


@pytest.fixture(scope="module")
def ada(person: Callable[..., Person]) -> Person:
    return person("Ada", Voice.A).signs_up()


def test_nothing_is_kept_but_the_static_files_of_one_version_and_one_page(ada: Person) -> None:
    is_set_up(ada)
    address = ada.opens_space("What do you keep?")
    ada.listens().unmutes()
    ada.sees_talking(ada)
    ada.ends_space().sees_replay()
    ada.press(ada.page.locator("[data-play]"))
    ada.waits_for("document.querySelector('#player').currentTime > 0.5")
    for path in (address, "/settings", "/settings/data", "/notifications", "/@ada", "/recordings", "/"):
        ada.goes_to(path)
    kept = ada.page.evaluate(KEPT)
    (files,) = kept.values()
    paths = {url.removeprefix(ada.site) for url, _, _ in files}
    assert [path for path in paths if not MAY_BE_KEPT.fullmatch(path)] == []
    assert {"/offline"} < paths
    assert any(path.endswith("/js/app.js") for path in paths)
    for _, text, headers in files:
        assert "set-cookie" not in headers
        assert "@ada" not in text
        assert 'name="csrf_token"' not in text


def test_browser_finds_nothing_that_is_in_the_way_of_installing_it(ada: Person) -> None:
    is_set_up(ada.goes_to("/"))
    browser = ada.page.context.new_cdp_session(ada.page)
    manifest = browser.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"] == f"{ada.site}/manifest.webmanifest"
    found = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # Tests browse as in a private window, in which nobody may install anything.
    assert [error["errorId"] for error in found if error["errorId"] != "in-incognito"] == []


def test_whoever_is_offline_is_told_so_and_goes_on_by_themself(
    person: Callable[..., Person], server: Server, between: Network
) -> None:
    guest = person("Guest")
    guest.site = between.address
    is_set_up(guest.goes_to("/"))
    between.cut()
    guest.page.goto(f"{guest.site}/spaces")
    expect(guest.page.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(guest.page.get_by_role("link", name="Try again")).to_be_visible()
    assert guest.page.evaluate("document.fonts.check('1em Figtree')")
    guest.page.set_viewport_size(PHONE)
    assert_fits(guest)
    between.heal()
    guest.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(guest.page.get_by_role("heading", name="Live now")).to_be_visible()
    assert guest.page.url == f"{guest.site}/spaces"


def test_form_that_is_sent_without_a_network_is_not_answered_by_the_worker(
    person: Callable[..., Person], between: Network
) -> None:
    guest = person("Guest")
    guest.site = between.address
    is_set_up(guest.goes_to("/sign-in"))
    between.cut()
    outcome = guest.page.evaluate(
        "fetch('/sign-in', {method: 'POST'}).then(() => 'answered', () => 'failed')"
    )
    between.heal()
    assert outcome == "failed"


def test_new_version_takes_over_and_the_room_goes_on(
    ada: Person, person: Callable[..., Person], between: Network
) -> None:
    ben = person("Ben", Voice.B)
    ben.site = between.address
    address = ada.opens_space("Is this still on?", record=False)
    ada.listens().unmutes()
    is_set_up(ben.goes_to("/"))
    (before,) = ben.page.evaluate("caches.keys()")
    ben.goes_to(address.replace(ada.site, between.address)).listens()
    ben.hears_voice(Voice.A, 3)

    old = before.removeprefix("parley-")
    new = old[::-1]
    between.rewrite = (old.encode(), new.encode())
    ben.page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update())")
    until(lambda: ben.page.evaluate("caches.keys()") == [f"parley-{new}"], what="the new version")
    expect(ben.page.locator("#connection")).to_be_hidden()
    ben.hears_voice(Voice.A)
    ben.goes_to(ben.page.url).listens()
    ben.hears_voice(Voice.A, 3)
    kept = ben.page.evaluate(KEPT)
    assert all(old not in url for url, _, _ in kept[f"parley-{new}"])
    assert [each.errors for each in (ada, ben)] == [[], []]


def is_set_up(somebody: Person) -> None:
    """Waits until the service worker looks after the page."""
    somebody.waits_for("navigator.serviceWorker.controller !== null")
