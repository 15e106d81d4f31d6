"""What a screen reader is given: names and states of what is there, and words for what happens."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from e2e.hearing import Voice
from e2e.people import Person

pytestmark = pytest.mark.patient

HEARD = """() => {
    window.heard = [];
    const region = document.getElementById('announce');
    const note = () => window.heard.push(region.textContent);
    new MutationObserver(note).observe(region, {childList: true, characterData: true});
}"""


def test_everything_has_a_name_and_a_state_and_whatever_happens_is_said(
    person: Callable[..., Person],
) -> None:
    ada = person("Ada", Voice.A).signs_up()
    address = ada.opens_space("Read to me")
    ben = person("Ben", Voice.B).signs_up().goes_to(address)
    cleo = person("Cleo").signs_up().goes_to(address)
    for each in (ada, ben, cleo):
        each.page.evaluate(HEARD)
    ada.listens()
    cleo.listens()
    hears(cleo, "This space is being recorded.")
    expect(ada.page.locator("#announce")).to_have_attribute("aria-live", "polite")
    dev = person("Dev").signs_up().goes_to(address).listens()
    hears(ada, "Dev came to listen.")

    ben.listens().asks("May I?")
    hears(ada, "Ben asks to speak.")
    expect(ben.page.locator("#asked [role=status]")).to_have_text("You are 1st in line to speak.")
    expect(ada.page.locator("#dock")).to_match_aria_snapshot("""
      - navigation "Controls":
        - list:
          - listitem:
            - button "Microphone" [pressed=false]
          - listitem:
            - button "Requests , 1 waiting"
          - listitem:
            - button "People"
          - listitem:
            - button "React"
          - listitem:
            - button "Share"
          - listitem:
            - button "End"
    """)
    ada.press(ada.page.locator("#dock-queue"))
    expect(ada.page.locator("#queue-sheet")).to_match_aria_snapshot("""
      - dialog "Requests to speak":
        - heading "Requests to speak" [level=2]
        - button "Close"
        - list "Requests to speak, in order":
          - listitem:
            - paragraph:
              - strong: Ben
              - text: has not spoken May I?
            - button "Decline Ben"
            - button "Accept Ben"
        - button "Decline all"
        - button "Close the queue"
    """)
    ada.press(ada.page.get_by_role("button", name="Accept Ben"))
    hears(cleo, "Ben is on the stage.")
    ada.page.keyboard.press("Escape")
    expect(ben.page.locator("#consent")).to_match_aria_snapshot("""
      - form "REC May your voice be recorded?":
        - heading "REC May your voice be recorded?" [level=2]
        - paragraph:
          - button "No, only live"
          - button "Yes, record my voice"
    """)
    ben.consents().unmutes()
    expect(ben.page.locator("#dock-mic")).to_match_aria_snapshot('- button "Microphone" [pressed]')
    expect(cleo.page.locator("#stage")).to_match_aria_snapshot("""
      - region "On the stage":
        - heading "On the stage" [level=2]
        - list:
          - listitem:
            - button "Ada Host , muted"
          - listitem:
            - button "Ben Speaker"
    """)
    expect(cleo.seat_of(ben).get_by_role("button")).to_have_attribute("aria-haspopup", "dialog")
    expect(cleo.page.locator("#title-bar")).to_contain_text("Being recorded")

    ada.taps(ben)
    ada.chooses("Mute")
    expect(ben.page.get_by_role("alert").filter(has_text="Ada muted you.")).to_be_visible()
    expect(ben.page.locator("#dock-mic")).to_match_aria_snapshot('- button "Microphone" [pressed=false]')
    expect(cleo.seat_of(ben)).to_contain_text(", muted")
    ada.taps(ben)
    ada.chooses("Make co-host")
    hears(cleo, "Ben is a co-host.")
    expect(ben.page.get_by_role("alert").filter(has_text="You are a co-host now.")).to_be_visible()
    ada.stops_recording()
    hears(cleo, "The recording was stopped. What is said now is not recorded.")
    ada.taps(ben)
    ada.chooses("To the audience")
    expect(ben.page.get_by_role("alert").filter(has_text="Ada moved you to the audience.")).to_be_visible()
    hears(cleo, "Ben left the stage.")
    ada.goes_to("/")
    expect(cleo.page.locator("#room-notice[role=status]")).to_contain_text("Ada lost the connection")
    assert [each.errors for each in (ada, ben, cleo, dev)] == [[], [], [], []]


def hears(somebody: Person, sentence: str) -> None:
    """Waits until their page has said it, whatever it has said since."""
    somebody.waits_for(f"window.heard.some((said) => said.includes({sentence!r}))")
