"""The lock screen shows a space and acts on it, and the screen of whoever is on the stage stays on."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from e2e.hearing import Voice
from e2e.people import Person, script

SHOWN = """() => {
    const { title, artist, artwork } = navigator.mediaSession.metadata;
    return {title, artist, artwork: artwork.map(({sizes, src}) => [sizes, src])};
}"""


@pytest.fixture
def somebody(person: Callable[..., Person]) -> Callable[..., Person]:
    """Makes a person whose page meets a system that tells what it was asked."""

    def make(name: str, voice: Voice | None = None) -> Person:
        made = person(name, voice)
        made.page.add_init_script(f"({script('system.js')})()")
        return made

    return make


def test_speaker_mutes_on_the_lock_screen_and_leaves_there(somebody: Callable[..., Person]) -> None:
    ada, ben = somebody("Ada", Voice.A).signs_up(), somebody("Ben", Voice.B).signs_up()
    address = ada.opens_space("In the pocket", record=False)
    ben.goes_to(address).listens()
    ada.listens()
    assert actions(ben) == ["hangup", "pause", "play", "stop"]
    assert held(ben) == 0
    shown = ben.page.evaluate(SHOWN)
    assert (shown["title"], shown["artist"]) == ("In the pocket", "Ada")
    for sizes, src in shown["artwork"]:
        assert ben.page.evaluate("src => fetch(src).then(({status}) => status)", src) == 200, sizes

    ada.brings(ben)
    ben.waits_for("window.system.locksHeld() === 1")
    assert actions(ben) == ["hangup", "togglemicrophone"]
    ben.unmutes()
    ben.waits_for("window.system.microphoneActive")
    expect(ada.seat_of(ben)).to_have_attribute("data-muted", "0")
    presses(ben, "togglemicrophone")
    expect(ada.seat_of(ben)).to_have_attribute("data-muted", "1")
    expect(ben.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "false")
    assert ben.page.evaluate("window.system.microphoneActive") is False
    presses(ben, "togglemicrophone")
    expect(ada.seat_of(ben)).to_have_attribute("data-muted", "0")
    ada.hears_voice(Voice.B, 3)

    ben.page.evaluate("window.system.takeLocksBack()")
    assert held(ben) == 0
    ben.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    ben.waits_for("window.system.locksHeld() === 1")
    ben.press(ben.page.locator("#dock-leave"))
    ben.press(ben.page.locator("#leave-stage"))
    ben.waits_for("window.system.locksHeld() === 0")
    assert actions(ben) == ["hangup", "pause", "play", "stop"]
    presses(ben, "hangup")
    ben.page.wait_for_url("**/spaces")
    assert [each.errors for each in (ada, ben)] == [[], []]


def test_listener_pauses_on_the_lock_screen_and_goes_on(somebody: Callable[..., Person]) -> None:
    cleo, guest = somebody("Cleo", Voice.A).signs_up(), somebody("Guest")
    address = cleo.opens_space("On the bus")
    cleo.listens().unmutes()
    guest.goes_to(address).listens()
    guest.hears_voice(Voice.A, 3)
    presses(guest, "pause")
    guest.waits_for("navigator.mediaSession.playbackState === 'paused'")
    presses(guest, "play")
    guest.waits_for("navigator.mediaSession.playbackState === 'playing'")
    guest.hears_voice(Voice.A, 3)
    cleo.ends_space()
    guest.sees_replay()
    assert actions(guest) == []

    guest.press(guest.page.locator("[data-play]"))
    guest.waits_for("document.querySelector('#player').currentTime > 0.2")
    wanted = ["pause", "play", "seekbackward", "seekforward", "seekto", "stop"]
    assert set(wanted) <= set(actions(guest))
    presses(guest, "pause")
    expect(guest.page.locator("[data-play]")).to_have_attribute("aria-pressed", "false")
    presses(guest, "seekto", seekTime=1)
    guest.waits_for("window.system.position.position === 1")
    presses(guest, "seekbackward", seekOffset=10)
    guest.waits_for("window.system.position.position === 0")
    presses(guest, "seekforward", seekOffset=2)
    guest.waits_for("window.system.position.position === 2")
    duration = guest.page.evaluate("window.system.position.duration")
    assert duration == pytest.approx(
        guest.page.evaluate("document.querySelector('#player').duration"), abs=0.2
    )
    assert [each.errors for each in (cleo, guest)] == [[], []]


def actions(somebody: Person) -> list[str]:
    """What the system offers for the space that it shows."""
    return list(somebody.page.evaluate("window.system.actions()"))


def held(somebody: Person) -> int:
    return int(somebody.page.evaluate("window.system.locksHeld()"))


def presses(somebody: Person, action: str, **details: Any) -> None:
    somebody.page.evaluate("([action, details]) => window.system.press(action, details)", [action, details])
