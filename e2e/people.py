"""People with browsers of their own, who do what people do: click, tap, speak and hear."""

import base64
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
from playwright.sync_api import BrowserContext, Locator, expect

from e2e.hearing import Chirp, Pcm, Voice, find
from e2e.waiting import until

CHROMIUM = {
    "executable_path": Path(__file__).with_name("chromium"),
    "args": ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
}
"""How to launch it. There is no switch for autoplay: whoever wants to hear something has to click."""

PASSWORD = "seven quiet rooms"
PATIENCE_MS = 15_000
POLLING_MS = 100
TABS_MAX = 80
SHOWS_FOCUS = """target => {
    const near = [target, target.nextElementSibling, target.parentElement].filter(Boolean);
    return near.map((element) => getComputedStyle(element))
        .some(({outlineStyle, outlineWidth}) => outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2);
}"""


@dataclass(frozen=True)
class Heard:
    """Sound that reached an ear, and when its first sample did: ms of the wall clock, or of the recording."""

    pcm: Pcm
    at_ms: float

    def chirps(self, voice: Voice) -> list[Chirp]:
        return find(self.pcm, voice)

    def times_ms(self, voice: Voice) -> list[float]:
        return [self.at_ms + 1000 * each.second for each in self.chirps(voice)]


class Person:
    """Somebody at a page. With a voice, they have a microphone in which it sounds once a second."""

    def __init__(self, context: BrowserContext, site: str, name: str, voice: Voice | None = None) -> None:
        self.name = name
        self.handle = name.split(maxsplit=1)[0].lower().replace("é", "e")
        self.voice = voice
        self.site = site
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(f"({script('ear.js')})()")
        if voice:
            context.add_init_script(f"({script('microphone.js')})('{voice.value}')")
        self.page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def press(self, target: Locator) -> None:
        target.click()

    # Accounts

    def signs_up(self) -> "Person":
        self.page.goto(f"{self.site}/sign-up")
        self.page.locator("[name=display_name]").fill(self.name)
        self.page.locator("[name=handle]").fill(self.handle)
        self.page.locator("[name=email]").fill(f"{self.handle}@example.com")
        self.page.locator("[name=password]").fill(PASSWORD)
        self.press(self.page.get_by_role("button", name="Sign up"))
        expect(self.page.locator("details.account")).to_be_visible()
        self.page.wait_for_load_state()  # nobody leaves it half loaded
        return self

    def signs_in(self) -> "Person":
        """With the password; whoever has a second factor is asked for it next."""
        self.page.goto(f"{self.site}/sign-in")
        self.page.locator("[name=email]").fill(f"{self.handle}@example.com")
        self.page.locator("[name=password]").fill(PASSWORD)
        self.press(self.page.get_by_role("button", name="Sign in"))
        return self

    def gives_code(self, code: str, button: str = "Sign in") -> "Person":
        self.page.locator("[name=code]").fill(code)
        self.press(self.page.get_by_role("button", name=button))
        return self

    def sets_up_two_factor(self) -> str:
        """Returns the key that an authenticator app would keep. A code of it is to be given next."""
        self.goes_to("/settings/two-factor")
        self.press(self.page.get_by_role("button", name="Set it up"))
        return self.page.locator(".key").inner_text()

    def sees(self, words: str) -> "Person":
        """Waits for words that the page says at its top."""
        expect(self.page.locator("#flash")).to_contain_text(words)
        return self

    def keeps_guests_out(self, title: str) -> "Person":
        """As the host, on the page of their recordings, of one of them."""
        of_it = self.page.get_by_role("article", name=title)
        with self.page.expect_response("**/guests"):
            self.press(of_it.get_by_role("switch", name="People without an account may listen"))
        return self

    # Running the site

    def runs_job(self, name: str) -> "Person":
        """As the operator; again, if it was just running by itself."""
        until(lambda: "dealt with" in self._presses_run_now(name), what=f"the job {name}")
        return self

    def _presses_run_now(self, name: str) -> str:
        self.goes_to("/admin/jobs")
        self.press(self.page.locator(f"form[action$='/jobs/{name}/run'] button"))
        return self.page.locator("#flash p").inner_text()

    # Spaces

    def announces_space(self, title: str, *, record: bool = True) -> str:
        """Makes a space that has not started. Its address."""
        self.page.goto(f"{self.site}/spaces/new")
        self.page.locator("[name=title]").fill(title)
        self.page.locator("[name=record]").set_checked(record)
        self.press(self.page.get_by_role("button", name="Open the space"))
        expect(self.space).to_have_attribute("data-state", "scheduled")
        return self.page.url

    def plans_space(self, title: str, at: datetime) -> str:
        """Makes a space that starts at a time of this person's own zone. Its address."""
        self.page.goto(f"{self.site}/spaces/new")
        self.page.locator("[name=title]").fill(title)
        self.page.locator("[name=when][value=later]").check()
        self.sets_time(at)
        self.press(self.page.get_by_role("button", name="Open the space"))
        expect(self.space).to_have_attribute("data-state", "scheduled")
        return self.page.url

    def sets_time(self, at: datetime) -> None:
        self.page.locator("[name=starts_at]").fill(f"{at:%Y-%m-%dT%H:%M}")

    def opens_space(self, title: str, *, record: bool = True) -> str:
        """Makes a space and starts it. Its address."""
        address = self.announces_space(title, record=record)
        self.press(self.page.get_by_role("button", name="Start the space"))
        expect(self.space).to_have_attribute("data-state", "live")
        return address

    def goes_to(self, address: str) -> "Person":
        """Opens an address, or a path of the site."""
        self.page.goto(urljoin(self.site, address))
        return self

    def listens(self) -> "Person":
        """Presses the one button that a browser demands before it plays anything."""
        self.press(self.page.locator("#listen"))
        expect(self.page.locator("#join")).to_be_hidden()
        return self

    def brings(self, other: "Person") -> None:
        """As the host: taps a face in the audience and invites them to the stage, where they come at once."""
        self.taps(other)
        self.chooses("Invite to the stage")
        other.press(other.page.locator("#invitation-accept"))
        expect(self.seat_of(other)).to_be_visible()

    def taps(self, other: "Person") -> None:
        """Opens somebody's card."""
        self.press(self.page.locator(".room").get_by_role("button", name=other.name))
        expect(self.page.locator("#sheet #person")).to_contain_text(other.name)

    def chooses(self, what: str) -> None:
        """Does something about whoever's card is open, which closes it."""
        self.press(self.page.locator("#sheet #person").get_by_role("button", name=what))
        expect(self.page.locator("#sheet")).to_be_hidden()

    def asks(self, question: str = "") -> "Person":
        """Asks to speak."""
        self.press(self.page.locator("#dock-ask"))
        self.page.locator("#ask-question").fill(question)
        self.press(self.page.locator("#ask-send"))
        expect(self.page.locator("#asked")).to_be_visible()
        return self

    def closes_sheet(self) -> None:
        """Puts away whatever lies over the page."""
        over = self.page.locator("#sheet[open], :popover-open")
        if over.count():
            self.page.keyboard.press("Escape")
        expect(over).to_have_count(0)

    def consents(self, answer: str = "Yes") -> "Person":
        self.press(self.page.locator("#consent").get_by_role("button", name=answer))
        expect(self.page.locator("#consent")).to_have_count(0)
        return self

    def changes_mind(self, to: str) -> "Person":
        """Presses what the dock offers for their voice, and again under what it means: "Record my voice"."""
        self.press(self.page.locator("#dock-voice"))
        self.press(self.page.locator("#voice-sheet").get_by_role("button", name=to))
        expect(self.page.locator("#dock-voice")).not_to_have_text(to)
        return self

    def unmutes(self) -> "Person":
        """The first time, their browser shows them that it hears them."""
        self.press(self.page.locator("#dock-mic"))
        check = self.page.locator("#mic-check-done:visible")
        check.or_(self.page.locator("#dock-mic[aria-pressed='true']")).first.wait_for()
        if check.is_visible():
            self.press(check)
        expect(self.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "true")
        return self

    def stops_recording(self) -> "Person":
        self.press(self.page.locator("#stop-recording"))
        self.press(self.page.locator("#stop-recording-sheet").get_by_role("button", name="Stop recording"))
        expect(self.page.locator("#stop-recording")).to_have_count(0)
        return self

    def ends_space(self) -> "Person":
        self.press(self.page.locator("#dock-end"))
        self.press(self.page.get_by_role("button", name="End the space"))
        return self

    def sees_replay(self) -> "Person":
        expect(self.space).to_have_attribute("data-state", "replay", timeout=PATIENCE_MS)
        return self

    @property
    def space(self) -> Locator:
        return self.page.locator("#space")

    def seat_of(self, other: "Person") -> Locator:
        return self.page.locator("#seats li").filter(has_text=other.name)

    def sees_talking(self, other: "Person") -> None:
        """Waits for a ring to move, as it may do for a fifth of each second: looking must be frequent."""
        expect(self.seat_of(other)).to_be_visible()
        talking = "[...document.querySelectorAll('#seats .talking')]"
        self.waits_for(f"{talking}.some(seat => seat.innerText.includes({other.name!r}))")

    # The network

    def notes_what_the_bar_says(self) -> None:
        self.page.evaluate("""() => {
            window.barSaid = [];
            const text = document.getElementById('connection-text');
            const note = () => window.barSaid.push(text.textContent);
            new MutationObserver(note).observe(text, {childList: true});
        }""")

    def bar_said(self) -> str:
        """All that the bar about the connection has said since."""
        return str(self.page.evaluate("window.barSaid.join()"))

    # Sound

    def hears(self, seconds: float) -> Heard:
        """Listens to the room, or goes on to, for so long."""
        return hear_together(seconds, self)[0]

    def hears_voice(self, voice: Voice, seconds: int = 4) -> None:
        """Listens until a voice has come each second for so long; a machine that stalls once is forgiven."""
        until(lambda: len(self.hears(seconds).chirps(voice)) >= seconds - 1, 10, f"voice {voice.value}")

    def opens_ear(self) -> None:
        """It hears as soon as the room sounds, which is not waited for here."""
        self.page.evaluate("() => { window.ear.open(); }")

    def has_heard(self, seconds: float) -> Heard:
        """What came since the ear was opened, once it is so much."""
        self.waits_for(f"window.ear.seconds() >= {seconds}", seconds)
        told = self.page.evaluate("window.ear.told()")
        pcm = np.frombuffer(base64.b64decode(told["pcm"]), dtype="<i2").astype(np.float32) / 32768
        return Heard(pcm, told["at"])

    def waits_for(self, condition: str, at_least_s: float = 0) -> None:
        """Returns once this is true in the page. Asked at every frame, it would have to draw every frame."""
        patience_ms = 1000 * at_least_s + PATIENCE_MS
        self.page.wait_for_function(f"() => {condition}", timeout=patience_ms, polling=POLLING_MS)

    def first_chirp_left_at_ms(self) -> float:
        """When their microphone's first chirp began; one followed each second."""
        return float(self.page.evaluate("window.microphone.firstChirpAt()"))


class PhonePerson(Person):
    """The same with a thumb."""

    def press(self, target: Locator) -> None:
        target.tap()


class KeyboardPerson(Person):
    """The same with the keys alone, who sees at every step where the focus is."""

    def press(self, target: Locator) -> None:
        self.reaches(target)
        self.page.keyboard.press("Enter")

    def reaches(self, target: Locator) -> None:
        """Goes on with the tab key until the focus is there, and is to be seen."""
        expect(target).to_be_visible()
        for _ in range(TABS_MAX):
            if target.evaluate("target => target === document.activeElement"):
                break
            self.page.keyboard.press("Tab")
        expect(target).to_be_focused()
        assert target.evaluate(SHOWS_FOCUS), f"Nothing shows that {target} has the focus."

    def types(self, into: Locator, text: str) -> None:
        self.reaches(into)
        self.page.keyboard.type(text)

    def keeps_focus(self) -> None:
        """A moment later something still has it."""
        self.page.evaluate("() => new Promise((then) => requestAnimationFrame(() => setTimeout(then, 100)))")
        expect(self.page.locator(":focus")).to_have_count(1)

    def signs_up(self) -> "KeyboardPerson":
        self.goes_to("/sign-up")
        for name, text in (
            ("display_name", self.name),
            ("handle", self.handle),
            ("email", f"{self.handle}@example.com"),
            ("password", PASSWORD),
        ):
            self.types(self.page.locator(f"[name={name}]"), text)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("details.account")).to_be_visible()
        return self

    def opens_space(self, title: str, *, record: bool = True) -> str:
        self.press(self.page.locator(".site-nav").get_by_role("link", name="Open a space"))
        self.types(self.page.locator("[name=title]"), title)
        choice = self.page.locator("[name=record]")
        self.reaches(choice)
        if choice.is_checked() != record:
            self.page.keyboard.press("Space")
        self.press(self.page.get_by_role("button", name="Open the space"))
        self.press(self.page.get_by_role("button", name="Start the space"))
        expect(self.space).to_have_attribute("data-state", "live")
        return self.page.url

    def asks(self, question: str = "") -> "KeyboardPerson":
        self.press(self.page.locator("#dock-ask"))
        expect(self.page.locator("#ask-question")).to_be_focused()
        self.page.keyboard.type(question)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#asked")).to_be_visible()
        return self


def hear_together(seconds: float, *people: Person) -> list[Heard]:
    """What each of them heard of the same time."""
    for person in people:
        person.opens_ear()
    return [person.has_heard(seconds) for person in people]


def delays_ms(speaker: Person, heard: Heard) -> list[float]:
    """From the speaker's microphone to the ear, for each chirp that came."""
    assert speaker.voice
    left = speaker.first_chirp_left_at_ms()
    return [(at - left) % 1000 for at in heard.times_ms(speaker.voice)]


@cache
def script(name: str) -> str:
    return (Path(__file__).parent / name).read_text()
