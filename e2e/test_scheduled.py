"""A space that was planned: whoever waits sees how long, and the page becomes live by itself."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from e2e.hearing import Voice
from e2e.people import Person

pytestmark = pytest.mark.patient

HEARD_S = 3


def test_planned_space_opens_by_itself_for_those_who_wait(person: Callable[..., Person]) -> None:
    ada = person("Ada", Voice.A, timezone_id="Europe/Berlin").signs_up()
    at = datetime.now(ZoneInfo("Europe/Berlin")).replace(second=0) + timedelta(days=2, hours=3, minutes=30)
    address = ada.plans_space("What makes a voice carry?", at)
    expect(ada.page.locator(".starts-at time")).to_contain_text(f"{at:%H:%M}")

    guest = person("Guest", timezone_id="America/New_York").goes_to(address)
    there = at.astimezone(ZoneInfo("America/New_York"))
    expect(guest.page.locator(".starts-at time")).to_contain_text(f"{there:%A, %-d %B %Y, %H:%M}")
    expect(guest.page.locator(".countdown")).to_have_text("in 2 days 3 h")

    ben = person("Ben").signs_up().goes_to("/spaces")
    button = ben.page.locator("#content .remind button")
    ben.press(button)
    expect(button).to_contain_text("Reminder set")
    ben.goes_to(address)
    expect(button).to_contain_text("Reminder set")
    ben.press(button)
    expect(button).to_contain_text("Remind me")
    ben.press(button)
    expect(button).to_contain_text("Reminder set")
    expect(ben.space).to_have_attribute("data-state", "scheduled")

    soon = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(minutes=6)
    ada.goes_to(f"{address}/edit").sets_time(soon)
    ada.press(ada.page.get_by_role("button", name="Save"))
    expect(guest.page.locator(".countdown")).to_contain_text(re.compile("in [45]:"))

    ada.runs_job("reminders")
    ben_elsewhere = ben.page.context.new_page()
    ben_elsewhere.goto(f"{ben.site}/notifications")
    expect(ben_elsewhere.locator("#content")).to_contain_text(
        "“What makes a voice carry?” with Ada starts in"
    )
    ben_elsewhere.close()

    ada.goes_to(address)
    ada.press(ada.page.get_by_role("button", name="Start the space"))
    for somebody in (ada, guest, ben):
        expect(somebody.space).to_have_attribute("data-state", "live")
    guest.listens()
    ada.listens().unmutes()
    guest.sees_talking(ada)
    guest.hears_voice(Voice.A, HEARD_S)
    for somebody in (ada, guest, ben):
        assert somebody.errors == []
