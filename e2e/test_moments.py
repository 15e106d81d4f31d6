"""One reacts and the other sees it; a link is pinned for both and leads to its second of the recording."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from e2e.hearing import Voice
from e2e.people import Person
from e2e.test_accessibility import assert_accessible

pytestmark = pytest.mark.patient


def test_reactions_links_and_marks(person: Callable[..., Person]) -> None:
    ada = person("Ada", Voice.A).signs_up()
    address = ada.opens_space("What we found")
    ben = person("Ben", viewport={"width": 390, "height": 844}).signs_up().goes_to(address).listens()
    ada.listens().unmutes()
    ada.sees_talking(ada)

    ben.press(ben.page.locator("#dock-react"))
    ben.press(ben.page.get_by_role("button", name="Applause"))
    expect(ada.page.locator(".reactions .reaction-clap")).to_be_visible()
    expect(ada.page.locator("#announce")).to_have_text("1 reaction")
    assert_accessible(ben)

    ada.press(ada.page.locator("#pin-link"))
    ada.page.locator("#pin-address").fill("https://example.com/found")
    ada.page.locator("#pin-words").fill("The paper")
    assert_accessible(ada)
    ada.press(ada.page.get_by_role("button", name="Pin it"))
    expect(ada.page.locator("#pin-sheet")).to_be_hidden()
    expect(ben.page.locator("#links").get_by_role("link", name="The paper")).to_be_visible()

    ben.page.locator("#mark-note").fill("Look this up")
    ben.press(ben.page.get_by_role("button", name="Remember this moment"))
    expect(ben.page.locator("#mark-status")).to_contain_text("Remembered at")
    ben.page.keyboard.press("Escape")
    assert dock_fits(ben)
    assert dock_fits(ada)

    ada.ends_space().sees_replay()
    ben.sees_replay()
    expect(ben.page.locator("#marks")).to_contain_text("Look this up")
    assert_accessible(ben)
    jump = ben.page.locator("#links [data-seek-ms]")
    second = int(jump.get_attribute("data-seek-ms") or 0) / 1000
    ben.press(jump)
    ben.waits_for(f"document.querySelector('#player').currentTime >= {second - 0.1}")
    ben.press(ben.page.get_by_role("button", name="Forget Look this up"))
    expect(ben.page.locator("#marks")).to_be_hidden()
    assert (ada.errors, ben.errors) == ([], [])


def dock_fits(person: Person) -> bool:
    page = person.page
    width = page.viewport_size["width"] if page.viewport_size else 0
    box = page.locator("#dock").bounding_box()
    return box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width
