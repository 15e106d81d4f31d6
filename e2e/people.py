"""People with browsers of their own, who do what people do: click, tap, speak and hear."""

import base64
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from playwright.sync_api import BrowserContext, Locator, expect

from e2e.hearing import Chirp, Pcm, Voice, find

PASSWORD = "seven quiet rooms"
LIVE_S = 10


@dataclass(frozen=True)
class Heard:
    """Sound that reached someone's ear, and when its first sample did (ms of the wall clock)."""

    pcm: Pcm
    at_ms: float

    def chirps(self, voice: Voice) -> list[Chirp]:
        return find(self.pcm, voice)

    def delays_ms(self, speaker: "Person") -> list[float]:
        """How long after leaving the speaker's microphone each of their chirps came."""
        assert speaker.voice
        left = speaker.page.evaluate("window.microphone.firstChirpAt()")
        return [(self.at_ms + 1000 * each.second - left) % 1000 for each in self.chirps(speaker.voice)]


class Person:
    """Somebody at a page. With a voice, they have a microphone in which it sounds once a second."""

    def __init__(self, context: BrowserContext, site: str, name: str, voice: Voice | None = None) -> None:
        self.name = name
        self.handle = name.lower()
        self.voice = voice
        context.set_default_timeout(LIVE_S * 1000)
        context.add_init_script(f"({script('ear.js')})()")
        if voice:
            context.add_init_script(f"({script('microphone.js')})('{voice.value}')")
        self.page = context.new_page()
        self.site = site

    def sign_up(self) -> "Person":
        self.page.goto(f"{self.site}/sign-up")
        self.page.get_by_label("Display name").fill(self.name)
        self.page.get_by_label("Handle").fill(self.handle)
        self.page.get_by_label("E-mail").fill(f"{self.handle}@example.com")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press(self.page.get_by_role("button", name="Sign up"))
        expect(self.page.get_by_role("link", name="Sign in")).to_have_count(0)
        return self

    def opens_space(self, title: str, *, record: bool = True) -> str:
        """Opens and starts a space, enters it, and returns its address."""
        self.page.goto(f"{self.site}/spaces/new")
        self.page.get_by_label("What will you talk about?").fill(title)
        self.page.get_by_label("Record this space").set_checked(record)
        self.press(self.page.get_by_role("button", name="Open the space"))
        self.press(self.page.get_by_role("button", name="Start"))
        expect(self.page.locator("#space")).to_have_attribute("data-state", "live")
        return self.page.url

    def goes_to(self, address: str) -> "Person":
        self.page.goto(address)
        return self

    def listens(self) -> "Person":
        """Presses the one button that a browser demands before it plays anything."""
        self.press(self.page.locator("#listen"))
        expect(self.page.locator("#join")).to_be_hidden()
        return self

    def brings(self, other: "Person") -> None:
        """As the host: taps a face in the audience and brings them to the stage."""
        self.press(self.page.locator("#audience").get_by_role("button", name=other.name))
        self.press(self.page.locator("#sheet").get_by_role("button", name="Bring to the stage"))
        expect(self.seat_of(other)).to_be_visible()

    def consents(self, answer: str = "Yes") -> "Person":
        self.press(self.page.locator("#consent").get_by_role("button", name=answer))
        expect(self.page.locator("#consent")).to_have_count(0)
        return self

    def unmutes(self) -> "Person":
        self.press(self.page.locator("#dock-mic"))
        self.press(self.page.locator("#mic-check-done"))
        expect(self.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "true")
        return self

    def ends_space(self) -> None:
        self.press(self.page.locator("#dock-end"))
        self.press(self.page.get_by_role("button", name="End the space"))

    def press(self, target: Locator) -> None:
        target.click()

    def seat_of(self, other: "Person") -> Locator:
        return self.page.locator("#seats li").filter(has_text=other.name)

    def hears(self, seconds: float) -> Heard:
        """Listens for so long."""
        self.page.evaluate("window.ear.open()")
        self.page.wait_for_function(
            "s => window.ear.seconds() >= s", arg=seconds, timeout=1000 * (seconds + LIVE_S)
        )
        told = self.page.evaluate("window.ear.told()")
        pcm = np.frombuffer(base64.b64decode(told["pcm"]), dtype="<i2").astype(np.float32) / 32768
        return Heard(pcm, told["at"])


class PhonePerson(Person):
    """The same with a thumb."""

    def press(self, target: Locator) -> None:
        target.tap()


@cache
def script(name: str) -> str:
    return (Path(__file__).parent / name).read_text()
