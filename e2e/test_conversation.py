"""Two people talk on a stage, a third listens signed out, and the same page plays it back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import expect

from e2e.hearing import CHIRPS, Pcm, Voice, find, in_time, recording
from e2e.people import Heard, Person, delays_ms, hear_together
from e2e.server import Server

SECONDS = 10
SURE = SECONDS - 4
"""Chirps in time that so many seconds hold for certain, even if the machine stalls once."""
STRETCHES = 3
"""Times that it is listened for so long, until one stretch was left in peace by the machine's other work."""


@dataclass(frozen=True)
class Conversation:
    """What was said and heard, and the page that is left."""

    ada: Person
    ben: Person
    cleo: Person
    heard_by_ada: Heard
    heard_by_ben: Heard
    heard_by_cleo: Heard
    delays_ms: dict[Voice, list[float]]
    address: str
    directory: Path

    def file(self, name: str) -> Pcm:
        return recording(self.directory / name)


@pytest.fixture(scope="module")
def conversation(person: Callable[..., Person], server: Server) -> Iterator[Conversation]:
    ada = person("Ada", Voice.A).signs_up()
    address = ada.opens_space("Is anybody there?")
    ben = person("Ben", Voice.B).signs_up().goes_to(address).listens()
    cleo = person("Cleo").goes_to(address).listens()
    ada.listens().unmutes()
    ada.brings(ben)
    ben.consents().unmutes()
    expect(cleo.seat_of(ben)).to_have_attribute("data-muted", "0")
    cleo.sees_talking(ben)

    heard = undisturbed(ada, ben, cleo)
    delays = {who.voice: delays_ms(who, heard[2]) for who in (ada, ben) if who.voice}
    ada.ends_space()
    for each in (ada, ben, cleo):
        each.sees_replay()
    (directory,) = (server.data_dir / "recordings").iterdir()
    yield Conversation(ada, ben, cleo, *heard, delays, address, directory)
    assert [each.errors for each in (ada, ben, cleo)] == [[], [], []]


def undisturbed(ada: Person, ben: Person, cleo: Person) -> list[Heard]:
    for _ in range(STRETCHES):
        heard = hear_together(SECONDS, ada, ben, cleo)
        if all(in_time(heard[2].chirps(voice)) >= SURE for voice in CHIRPS):
            break
    return heard


def assert_holds(pcm: Pcm, voice: Voice, at_least: int) -> None:
    found = find(pcm, voice)
    assert in_time(found) >= at_least, found


def test_listener_hears_both(conversation: Conversation) -> None:
    assert_holds(conversation.heard_by_cleo.pcm, Voice.A, SURE)
    assert_holds(conversation.heard_by_cleo.pcm, Voice.B, SURE)


def test_speakers_hear_each_other_and_never_themselves(conversation: Conversation) -> None:
    assert_holds(conversation.heard_by_ada.pcm, Voice.B, SURE)
    assert_holds(conversation.heard_by_ben.pcm, Voice.A, SURE)
    assert conversation.heard_by_ada.chirps(Voice.A) == []
    assert conversation.heard_by_ben.chirps(Voice.B) == []


@pytest.mark.parametrize("voice", CHIRPS)
def test_voice_arrives_within_a_quarter_of_a_second(conversation: Conversation, voice: Voice) -> None:
    delays = conversation.delays_ms[voice]
    assert len(delays) >= SURE
    assert 0 < median(delays) < 250, delays


def test_recording_holds_both(conversation: Conversation) -> None:
    mix = conversation.file("mix.opus")
    assert_holds(mix, Voice.A, SURE)
    assert_holds(mix, Voice.B, SURE)


def test_each_track_holds_one_voice_on_the_timeline_of_the_mix(conversation: Conversation) -> None:
    mix = conversation.file("mix.opus")
    tracks = [recording(path) for path in sorted(conversation.directory.glob("track-*.opus"))]
    assert len(tracks) == 2
    for track, own, other in zip(tracks, CHIRPS, reversed(CHIRPS), strict=True):
        assert_holds(track, own, SURE)
        assert find(track, other) == []
        shift = find(track, own)[-1].second - find(mix, own)[-1].second
        assert abs(shift) < 0.25


def test_page_becomes_the_replay_at_the_same_address(conversation: Conversation) -> None:
    for person in (conversation.ada, conversation.ben, conversation.cleo):
        assert person.page.url == conversation.address
        expect(person.page.locator("#turns")).to_contain_text("Ada")
        expect(person.page.locator("#turns")).to_contain_text("Ben")
        expect(person.page.locator("#waveform rect").first).to_be_visible()


def test_replay_plays_from_the_right_second(conversation: Conversation) -> None:
    """Ben spoke after Ada: seconds into what is played, his first chirp tells where it was played from."""
    first_ms = 1000 * find(conversation.file("mix.opus"), Voice.B)[0].second
    start = round(first_ms / 1000 - 2)
    cleo = conversation.cleo.goes_to(f"{conversation.address}?t={start}")
    cleo.page.evaluate("window.ear.openPlayer(document.querySelector('#player'))")
    cleo.press(cleo.page.locator("[data-play]"))
    heard = cleo.has_heard(3.5)
    assert heard.chirps(Voice.B)[0].second == pytest.approx(first_ms / 1000 - start, abs=0.2)
    assert heard.times_ms(Voice.B)[0] == pytest.approx(first_ms, abs=200)


def test_recording_is_served_in_ranges(conversation: Conversation) -> None:
    cleo = conversation.cleo.goes_to(conversation.address)
    player = cleo.page.locator("#player")
    cleo.waits_for("document.querySelector('#player').readyState > 0")
    length = player.evaluate("player => player.duration")
    assert length == pytest.approx(len(conversation.file("mix.opus")) / 48_000, abs=0.05)
    shown_ms = int(cleo.page.locator("#replay").get_attribute("data-duration-ms") or 0)
    assert shown_ms / 1000 == pytest.approx(length, abs=0.2)


def test_late_guest_finds_the_replay_on_the_same_link(
    conversation: Conversation, person: Callable[..., Person]
) -> None:
    dora = person("Dora").goes_to(conversation.address).sees_replay()
    expect(dora.page.get_by_role("heading", name="Is anybody there?")).to_be_visible()
