"""The whole journey by thumb, on a phone's viewport."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect

from e2e.hearing import Voice
from e2e.people import Person, PhonePerson

THUMB_PX = 44


@pytest.fixture(scope="module")
def phone(playwright: Playwright) -> dict[str, Any]:
    """What a new context needs to be one."""
    options = dict(playwright.devices["iPhone 14"])
    options.pop("default_browser_type")
    return {**options, "viewport": {"width": 390, "height": 844}}


def assert_fits(person: Person) -> None:
    """Nothing sticks out sideways, and what the dock offers can be hit."""
    wide = person.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{person.page.url} is {wide} px wider than the phone."
    for button in person.page.locator("#dock button:visible").all():
        box = button.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= THUMB_PX, button.inner_text()


def test_host_on_a_phone_talks_and_plays_it_back(
    person: Callable[..., Person], phone: dict[str, Any]
) -> None:
    ada = person("Ada", Voice.A, PhonePerson, **phone).signs_up()
    assert_fits(ada)
    address = ada.opens_space("From the bus")
    assert_fits(ada)
    cleo = person("Cleo", None, PhonePerson, **phone).goes_to(address).listens()
    ada.listens()
    ada.press(ada.page.locator("#dock-mic"))
    expect(ada.page.locator("#mic-check")).to_be_visible()
    assert_fits(ada)
    ada.press(ada.page.locator("#mic-check-done"))
    expect(ada.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "true")
    assert_fits(ada)
    assert_fits(cleo)

    assert len(cleo.hears(4).chirps(Voice.A)) >= 3

    ada.press(ada.page.locator("#dock-people"))
    expect(ada.page.locator("#sheet")).to_contain_text("Guest")
    ada.closes_sheet()
    ada.ends_space().sees_replay()
    cleo.sees_replay()
    assert_fits(cleo)

    cleo.press(cleo.page.locator("[data-play]"))
    cleo.waits_for("document.querySelector('#player').currentTime > 0.5")
    cleo.press(cleo.page.locator("[data-play]"))
    expect(cleo.page.locator("[data-play]")).to_have_attribute("aria-pressed", "false")
