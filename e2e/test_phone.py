"""The whole journey by thumb, on a phone's viewport."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect

from e2e.hearing import Voice
from e2e.measures import PHONE, assert_fits
from e2e.people import Person, PhonePerson


@pytest.fixture(scope="module")
def phone(playwright: Playwright) -> dict[str, Any]:
    """What a new context needs to be one."""
    options = dict(playwright.devices["iPhone 14"])
    options.pop("default_browser_type")
    return {**options, "viewport": PHONE}


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

    cleo.hears_voice(Voice.A)

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
