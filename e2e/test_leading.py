"""The host's page goes away: everybody is told whom the room waits for, until they are back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from e2e.people import Person

pytestmark = pytest.mark.patient


def test_room_waits_for_its_host_and_says_so(person: Callable[..., Person]) -> None:
    ada, ben = person("Ada").signs_up(), person("Ben").signs_up()
    address = ada.opens_space("Where is Ada?")
    ben.goes_to(address).listens()
    notice = ben.page.locator("#room-notice")
    ada.goes_to("/")
    expect(notice).to_contain_text("Ada lost the connection")
    countdown = notice.locator("time")
    shown = countdown.text_content()
    expect(countdown).not_to_have_text(shown or "", timeout=5000)
    ada.goes_to(address)
    expect(notice.locator("p")).to_have_count(0)
    assert not ben.errors
