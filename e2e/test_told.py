"""People hear of things: on a page that stays open, and in a browser that has none of ours."""

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from e2e.people import Person
from e2e.server import Server
from webapp.config import Settings
from webapp.notifications.push.keys import make_key

pytestmark = pytest.mark.patient

CONTACT = "mailto:olga@example.org"
MakePerson = Callable[..., Person]

# Chromium as it is packaged has no push service to subscribe at: what that would say is put in its place.
SUBSCRIBING = """
let made = null;
PushManager.prototype.getSubscription = async () => made;
PushManager.prototype.subscribe = async (options) => {
    if (!options.userVisibleOnly || options.applicationServerKey.length !== 87) throw new Error('refused');
    const keys = { p256dh: 'POINT', auth: 'AAAAAAAAAAAAAAAAAAAAAA' };
    made = {
        toJSON: () => ({ endpoint: 'https://push.example/send/ada', keys }),
        unsubscribe: async () => { made = null; return true; },
    };
    return made;
};
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    push = {"PARLEY_PUSH_KEY": make_key(), "PARLEY_PUSH_CONTACT": CONTACT}
    server = Server(tmp_path_factory.mktemp("server"), **push)
    server.start()
    yield server
    server.stop()


def test_page_that_stays_open_shows_what_has_come(person: MakePerson) -> None:
    ada, ben = person("Ada").signs_up(), person("Ben").signs_up()
    ben.page.clock.install()
    asked: list[str] = []
    ben.page.on("request", lambda request: asked.append(request.url))
    ben.goes_to("/spaces")
    ada.goes_to("/@ben").press(ada.page.get_by_role("button", name="Follow"))
    expect(ada.page.get_by_role("button", name="Unfollow")).to_be_visible()
    expect(ben.page.locator("#notification-count .badge")).to_have_count(0)
    for _ in range(5):  # coming back at once asks for nothing
        ben.page.evaluate("window.dispatchEvent(new Event('focus'))")
    ben.page.clock.fast_forward(30_000)
    for _ in range(5):
        ben.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(ben.page.locator("#notification-count .badge")).to_have_text("1")
    assert len([url for url in asked if url.endswith("/notifications/count")]) == 1
    page = ben.goes_to("/notifications").page
    page.get_by_role("button", name=re.compile("^Mark as read")).click()
    expect(page.locator(".unread")).to_have_count(0)
    expect(page.locator("#notification-count .badge")).to_have_count(0)
    expect(page.get_by_role("button", name="Mark all as read")).to_have_count(0)
    expect(page.get_by_role("link", name="Ada follows you.")).to_be_focused()
    assert not ben.errors


def test_person_who_is_offline_is_not_told_that_the_count_failed(person: MakePerson) -> None:
    eve = person("Eve").signs_up()
    eve.page.clock.install()
    eve.goes_to("/spaces").page.context.set_offline(True)
    with eve.page.expect_event("requestfailed"):
        eve.page.clock.fast_forward(130_000)
    expect(eve.page.locator("#flash")).to_be_empty()


def test_browser_is_told_once_its_owner_said_so(person: MakePerson, server: Server) -> None:
    dora = person("Dora", permissions=["notifications"]).signs_up()
    page = dora.page
    keys = Settings(_env_file=None, push_key=make_key(), push_contact=CONTACT).push_keys
    assert keys
    page.add_init_script(SUBSCRIBING.replace("POINT", keys.public))
    dora.goes_to("/settings/notifications")
    expect(page.locator("#push")).to_have_attribute("data-state", "off")
    dora.press(page.get_by_role("button", name="Tell me in this browser"))
    expect(page.locator("#push")).to_have_attribute("data-state", "on")
    expect(page.get_by_text("This browser tells you, even when Parley is closed.")).to_be_visible()
    deliver(dora, server, {"title": "Parley", "body": "Tea is live.", "url": "/spaces", "tag": "A" * 22})
    page.wait_for_function(SHOWN)
    assert page.evaluate(SHOWN) == [["Parley", "Tea is live.", "A" * 22]]
    dora.press(page.get_by_role("button", name="Tell me nothing in this browser"))
    expect(page.locator("#push")).to_have_attribute("data-state", "off")
    dora.goes_to("/settings/notifications")
    expect(page.locator("#push")).to_have_attribute("data-state", "off")
    assert not dora.errors


SHOWN = """async () => {
    const shown = await (await navigator.serviceWorker.ready).getNotifications();
    return shown.length && shown.map(({ title, body, tag }) => [title, body, tag]);
}"""


def test_person_who_refused_once_is_told_how_to_change_that(person: MakePerson) -> None:
    faye = person("Faye").signs_up()
    faye.page.add_init_script("Object.defineProperty(Notification, 'permission', { value: 'denied' })")
    faye.goes_to("/settings/notifications")
    expect(faye.page.get_by_text("was told not to show you anything")).to_be_visible()
    expect(faye.page.get_by_role("button", name="Tell me in this browser")).to_be_hidden()


def test_browser_that_cannot_be_told_says_so(person: MakePerson) -> None:
    gus = person("Gus").signs_up()
    gus.page.add_init_script("delete window.PushManager")
    gus.goes_to("/settings/notifications")
    expect(gus.page.get_by_text(re.compile("cannot tell you anything"))).to_be_visible()


def deliver(person: Person, server: Server, said: dict[str, str]) -> None:
    """Has the browser's own machinery wake the worker with a message, as a push service would."""
    devtools = person.page.context.new_cdp_session(person.page)
    registrations: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(each["registrationId"] for each in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    person.page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": server.address, "registrationId": registrations[-1], "data": json.dumps(said)},
    )
