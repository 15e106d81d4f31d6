"""axe finds nothing to complain of, on any page, in any state, in light and in dark."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from e2e.hearing import Voice
from e2e.people import Person

axe = Axe()


def assert_accessible(person: Person) -> None:
    for scheme in ("light", "dark"):
        person.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = axe.run(person.page)
        assert found.violations_count == 0, f"{person.page.url}, {scheme}\n{found.generate_report()}"


@dataclass(frozen=True)
class Site:
    """A site on which something has happened already."""

    ada: Person
    guest: Person
    recorded: str
    unrecorded: str


@pytest.fixture(scope="module")
def site(person: Callable[..., Person]) -> Site:
    guest = person("Guest")
    ada = person("Ada", Voice.A).signs_up()
    recorded = ada.opens_space("A voice worth keeping")
    ada.listens().unmutes()
    ada.sees_talking(ada)
    ada.ends_space().sees_replay()
    unrecorded = ada.opens_space("A voice gone with the wind", record=False)
    ada.listens().ends_space()
    expect(ada.space).to_have_attribute("data-state", "ended")
    return Site(ada, guest, recorded, unrecorded)


@pytest.mark.parametrize("path", ["/", "/spaces", "/sign-up", "/sign-in", "/about/privacy", "/nowhere"])
def test_pages_for_everybody(site: Site, path: str) -> None:
    assert_accessible(site.guest.goes_to(path))


@pytest.mark.parametrize("path", ["", "/followers", "/following"])
def test_profiles_for_everybody(site: Site, path: str) -> None:
    assert_accessible(site.guest.goes_to(f"/@ada{path}"))


@pytest.mark.parametrize("path", ["/", "/spaces", "/spaces/new", "/@ada", "/settings", "/settings/blocked"])
def test_pages_for_those_who_signed_in(site: Site, path: str) -> None:
    assert_accessible(site.ada.goes_to(path))


def test_forms_with_mistakes(site: Site) -> None:
    page = site.guest.goes_to("/sign-in").page
    page.locator("[name=email]").fill("nobody@example.com")
    page.locator("[name=password]").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".field-errors")).to_be_visible()
    assert_accessible(site.guest)


def test_replay_and_what_was_not_recorded(site: Site) -> None:
    assert_accessible(site.guest.goes_to(site.recorded).sees_replay())
    assert_accessible(site.guest.goes_to(site.unrecorded))


def test_recordings_of_a_host_and_what_can_be_done_with_them(site: Site) -> None:
    page = site.ada.goes_to("/recordings").page
    assert_accessible(site.ada)
    for name, close in {"Share": "Done", "Download": "Done", "Delete…": "Keep it"}.items():
        page.get_by_role("button", name=name).click()
        assert_accessible(site.ada)
        page.get_by_role("button", name=close).click()
    page.locator(".rename summary").click()
    assert_accessible(site.ada)


def test_space_before_it_starts(site: Site) -> None:
    address = site.ada.announces_space("Soon")
    assert_accessible(site.ada)
    assert_accessible(site.guest.goes_to(address))


def test_somebody_who_is_followed_and_blocked(site: Site, person: Callable[..., Person]) -> None:
    dora = person("Dora").signs_up()
    page = site.ada.goes_to("/@dora").page
    assert_accessible(site.ada)
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("button", name="Unfollow")).to_be_visible()
    page.get_by_text("Block").first.click()
    assert_accessible(site.ada)
    page.get_by_role("button", name="Block Dora").click()
    expect(page.get_by_text("You blocked Dora.")).to_be_visible()
    assert_accessible(site.ada)
    expect(dora.goes_to("/@ada").page.get_by_text("There is nobody of that name here.")).to_be_visible()


def test_space_that_one_may_not_enter(site: Site) -> None:
    address = site.ada.announces_space("Only us")
    page = site.ada.page
    page.get_by_role("link", name="Change who may join").click()
    assert_accessible(site.ada)
    page.get_by_label("People I follow").check()
    page.get_by_role("button", name="Save").click()
    assert_accessible(site.ada)
    assert_accessible(site.guest.goes_to(address))


def test_live_space_in_every_state(site: Site, person: Callable[..., Person]) -> None:
    ada, guest = site.ada, site.guest
    address = ada.opens_space("Now")
    assert_accessible(ada)
    assert_accessible(guest.goes_to(address))
    guest.listens()
    assert_accessible(guest)
    ben = person("Ben", Voice.B).signs_up().goes_to(address).listens()
    ada.listens().press(ada.page.locator("#dock-people"))
    expect(ada.page.locator("#sheet")).to_be_visible()
    assert_accessible(ada)
    ada.closes_sheet()
    ada.press(ada.page.locator("#dock-share"))
    assert_accessible(ada)
    ada.page.keyboard.press("Escape")
    ada.press(ada.page.locator("#dock-end"))
    expect(ada.page.locator("#end-sheet")).to_be_visible()
    assert_accessible(ada)
    ada.page.keyboard.press("Escape")
    ada.brings(ben)
    expect(ben.page.locator("#consent")).to_be_visible()
    assert_accessible(ben)
    ben.consents()
    ben.press(ben.page.locator("#dock-mic"))
    expect(ben.page.locator("#mic-check")).to_be_visible()
    assert_accessible(ben)
    ben.press(ben.page.locator("#mic-check-done"))
    guest.sees_talking(ben)
    assert_accessible(guest)
