"""Everything is done with the keys alone, and the focus is seen and never lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from e2e.hearing import Voice
from e2e.people import KeyboardPerson

pytestmark = pytest.mark.patient


def test_whole_journey_is_made_by_keyboard(person: Callable[..., KeyboardPerson]) -> None:
    ada, ben, cleo = (
        person(name, voice, KeyboardPerson).signs_up()
        for name, voice in (("Ada", Voice.A), ("Ben", Voice.B), ("Cleo", None))
    )
    address = ada.opens_space("With the keys", record=False)
    ada.listens()
    for each in (ben, cleo):
        each.goes_to(address).listens()
        each.keeps_focus()

    comes_to_the_stage(ben, ada)
    reacts_and_pins(cleo, ada)
    is_moved_and_muted(ben, ada)
    is_removed(cleo, ada)
    everybody_leaves(ben, ada)
    assert [each.errors for each in (ada, ben, cleo)] == [[], [], []]


def comes_to_the_stage(ben: KeyboardPerson, ada: KeyboardPerson) -> None:
    ben.asks("May I?")
    ben.keeps_focus()
    ada.press(ada.page.locator("#dock-queue"))
    ada.press(ada.page.locator("#queue").get_by_role("button", name="Accept Ben"))
    expect(ada.page.locator("#queue .empty")).to_be_visible()
    expect(ada.page.locator("#queue-sheet")).to_be_focused()
    closes(ada, ada.page.locator("#dock-queue"))
    expect(ben.page.locator("#dock-mic")).to_be_visible()
    ben.keeps_focus()

    ben.press(ben.page.locator("#dock-mic"))
    expect(ben.page.locator("#mic-check-done")).to_be_focused()
    ben.page.keyboard.press("Enter")
    expect(ada.seat_of(ben)).to_have_attribute("data-muted", "0")
    ben.keeps_focus()
    for muted in ("1", "0"):
        ben.reaches(ben.page.locator("#dock-mic"))
        ben.page.keyboard.press("Space")
        expect(ada.seat_of(ben)).to_have_attribute("data-muted", muted)
        ben.keeps_focus()


def reacts_and_pins(cleo: KeyboardPerson, ada: KeyboardPerson) -> None:
    cleo.press(cleo.page.locator("#dock-react"))
    with cleo.page.expect_response("**/reactions"):
        cleo.press(cleo.page.locator("#react-sheet .reaction-clap"))
    closes(cleo, cleo.page.locator("#dock-react"))

    ada.press(ada.page.locator("#pin-link"))
    expect(ada.page.locator("#pin-address")).to_be_focused()
    ada.page.keyboard.type("https://example.com/tea")
    ada.press(ada.page.get_by_role("button", name="Pin it"))
    expect(cleo.page.locator("#links a")).to_be_visible()
    expect(ada.page.locator("#pin-link")).to_be_focused()


def is_moved_and_muted(ben: KeyboardPerson, ada: KeyboardPerson) -> None:
    ada.press(ada.page.locator("#dock-people"))
    ada.press(ada.page.locator("#people").get_by_role("button", name="Make co-host"))
    expect(ada.page.locator("#dock-people")).to_be_focused()
    expect(ben.page.locator("#dock-queue")).to_be_visible()
    ben.keeps_focus()
    ada.taps(ben)
    ada.press(ada.page.locator("#person").get_by_role("button", name="Mute"))
    expect(ben.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "false")
    expect(ada.seat_of(ben).get_by_role("button")).to_be_focused()
    ben.keeps_focus()


def is_removed(cleo: KeyboardPerson, ada: KeyboardPerson) -> None:
    ada.taps(cleo)
    ada.press(ada.page.locator("#person .remove summary"))
    ada.press(ada.page.locator("#person").get_by_role("button", name="Remove Cleo"))
    expect(cleo.page.locator("#connection")).to_contain_text("You were removed")
    expect(ada.page.locator("#audience button")).to_have_count(0)
    ada.keeps_focus()


def everybody_leaves(ben: KeyboardPerson, ada: KeyboardPerson) -> None:
    ben.press(ben.page.locator("#dock-leave"))
    ben.press(ben.page.locator("#leave-stage"))
    expect(ben.page.locator("#dock-ask")).to_be_visible()
    ben.keeps_focus()
    ben.press(ben.page.locator("#dock-leave"))
    ben.page.wait_for_url("**/spaces")
    ada.press(ada.page.locator("#dock-end"))
    ada.press(ada.page.get_by_role("button", name="End the space"))
    expect(ada.space).to_have_attribute("data-state", "ended")


def closes(who: KeyboardPerson, opener: Locator) -> None:
    """Closes the sheet that is open, which gives the focus back."""
    who.page.keyboard.press("Escape")
    expect(opener).to_be_focused()
