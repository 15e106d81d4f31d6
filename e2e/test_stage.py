"""A listener asks, speaks, is muted, speaks again and listens again, and no page is loaded anew."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from e2e.hearing import Voice
from e2e.people import Person

HEARD_S = 3


def test_listener_asks_speaks_is_muted_and_goes_back_to_the_audience(person: Callable[..., Person]) -> None:
    ada = person("Ada", Voice.A).signs_up()
    address = ada.opens_space("Whose turn is it?", record=False)
    ben = person("Ben", Voice.B).signs_up().goes_to(address).listens()
    ada.listens()
    for each in (ada, ben):
        each.page.evaluate("window.sameAsBefore = true")

    ben.asks("Does tea keep?")
    expect(ben.page.locator("#asked")).to_contain_text("You are 1st in line")
    expect(ada.page.locator("#dock-queue .badge")).to_have_text("1")
    ada.press(ada.page.locator("#dock-queue"))
    waiting = ada.page.locator("#queue li").filter(has_text="Ben")
    expect(waiting).to_contain_text("Does tea keep?")
    ada.press(waiting.get_by_role("button", name="Accept"))
    expect(waiting).to_have_count(0)
    ada.page.keyboard.press("Escape")
    expect(ada.page.locator("#dock-queue .badge")).to_have_count(0)

    ben.unmutes()
    expect(ada.seat_of(ben)).to_have_attribute("data-muted", "0")
    ada.hears_voice(Voice.B, HEARD_S)

    ada.taps(ben)
    ada.chooses("Mute")
    expect(ben.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "false")
    expect(ben.page.locator("#flash")).to_contain_text("Ada muted you.")
    assert ada.hears(HEARD_S).chirps(Voice.B) == []
    ben.press(ben.page.locator("#dock-mic"))
    expect(ada.seat_of(ben)).to_have_attribute("data-muted", "0")
    ada.hears_voice(Voice.B, HEARD_S)

    ada.taps(ben)
    ada.chooses("To the audience")
    expect(ada.seat_of(ben)).to_have_count(0)
    expect(ben.page.locator("#dock-ask")).to_be_visible()
    expect(ben.page.locator("#dock-mic")).to_have_count(0)
    assert ada.hears(HEARD_S).chirps(Voice.B) == []

    for each in (ada, ben):
        assert each.page.evaluate("window.sameAsBefore")
        assert each.errors == []


def test_stage_is_reached_and_left_by_keyboard_alone(person: Callable[..., Person]) -> None:
    dora = person("Dora").signs_up()
    address = dora.opens_space("With the keys", record=False)
    finn = person("Finn").signs_up().goes_to(address).listens()
    dora.listens().page.locator("#audience").get_by_role("button", name="Finn").focus()
    dora.page.keyboard.press("Enter")
    expect(dora.page.locator("#sheet #person")).to_contain_text("Finn")
    presses(dora, dora.page.locator("#person").get_by_role("button", name="Invite to the stage"))
    presses(finn, finn.page.locator("#invitation-accept"))
    expect(dora.seat_of(finn)).to_be_visible()
    presses(finn, finn.page.locator("#dock-leave"))
    presses(finn, finn.page.locator("#leave-stage"))
    expect(dora.seat_of(finn)).to_have_count(0)
    presses(finn, finn.page.locator("#dock-ask"))
    finn.page.keyboard.type("Why?")
    finn.page.keyboard.press("Enter")
    expect(finn.page.locator("#asked")).to_contain_text("Why?")
    presses(dora, dora.page.locator("#dock-queue"))
    presses(dora, dora.page.locator("#queue").get_by_role("button", name="Decline Finn"))
    expect(finn.page.locator("#asked")).to_have_count(0)
    expect(finn.page.locator("#flash")).to_contain_text("not taken up this time")


def presses(who: Person, button: Locator) -> None:
    """Goes on with the tab key until the focus is on a button, and presses Enter."""
    expect(button).to_be_visible()
    for _ in range(60):
        if button.evaluate("button => button === document.activeElement"):
            break
        who.page.keyboard.press("Tab")
    expect(button).to_be_focused()
    who.page.keyboard.press("Enter")
