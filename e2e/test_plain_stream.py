"""A space is heard where JavaScript, WebCodecs or a secure address are missing, and in any player."""

import subprocess
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from e2e.hearing import RATE_HZ, Voice, find, in_time
from e2e.people import Person
from e2e.waiting import until

SECONDS = 8


@pytest.fixture(scope="module")
def ada(person: Callable[..., Person]) -> Iterator[Person]:
    """Somebody who talks, and is alone with it."""
    ada = person("Ada", Voice.A).signs_up()
    ada.opens_space("Is anybody there?")
    yield ada.listens().unmutes()
    assert ada.errors == []


def play(somebody: Person, audio: Locator) -> None:
    """By the player's own key. Nothing of the page may be asked to wait: it has no scripts."""
    audio.focus()
    somebody.page.keyboard.press("Space")
    until(lambda: audio.evaluate("audio => audio.currentTime") > 2, 15, "the player plays")


def test_who_has_no_javascript_hears_it_in_the_page(ada: Person, person: Callable[..., Person]) -> None:
    cleo = person("Cleo", java_script_enabled=False).goes_to(ada.page.url)
    audio = cleo.page.locator("noscript audio, .join > audio:not([hidden])").first
    play(cleo, audio)


def test_who_has_an_old_browser_hears_it_in_the_page(ada: Person, person: Callable[..., Person]) -> None:
    cleo = person("Cleo")
    cleo.page.add_init_script("delete window.AudioWorkletNode")
    cleo.goes_to(ada.page.url)
    expect(cleo.page.get_by_text("This browser is too old to take part.")).to_be_visible()
    audio = cleo.page.locator("#plain")
    play(cleo, audio)


def test_a_player_hears_whoever_talks_until_the_end(ada: Person) -> None:
    decode = ["-f", "f32le", "-ac", "1", "-ar", str(RATE_HZ), "-"]
    with subprocess.Popen(
        ["ffmpeg", "-loglevel", "fatal", "-i", f"{ada.page.url}/live.opus", *decode], stdout=subprocess.PIPE
    ) as player:
        assert player.stdout
        heard = player.stdout.read(SECONDS * RATE_HZ * 4)
        ada.ends_space()
        heard += player.stdout.read()
        assert player.wait(10) == 0, "The stream ends as a file does."
    pcm = np.frombuffer(heard[: len(heard) // 4 * 4], np.float32)
    assert in_time(find(pcm, Voice.A)) >= SECONDS - 3
    assert find(pcm, Voice.B) == []
