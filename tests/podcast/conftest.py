"""Alice, whose recordings are real sound, and who may offer them as a podcast."""

import math
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import FrozenClock
from tests.recordings.conftest import recording_of
from tests.recordings.test_library import made
from tests.sharing.conftest import Spaces
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.bot import audio, ogg
from webapp.podcast import services
from webapp.recordings.keeping import seal_waiting
from webapp.recordings.models import Recording
from webapp.spaces.models import Space

FEED = "http://localhost/@alice/podcast.xml"
SOUND = b"an episode" * 400


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


@pytest.fixture
def spaces(room: Room, alice: User, clock: FrozenClock) -> Spaces:
    return Spaces(room, alice, clock)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes files without encoding anything."""

    def encoded(recording: Recording, directory: Path) -> Path:
        path = directory / services.NAME
        path.write_bytes(recording.public_id.encode() + SOUND)
        return path

    monkeypatch.setattr(services, "_encoded", encoded)


@pytest.fixture
def podcast(alice: User, clock: FrozenClock) -> None:
    """Alice offers one."""
    services.offer(alice, FEED, clock.now())


@pytest.fixture
def sweep(clock: FrozenClock) -> Callable[[], int]:
    """Seals what waits, and makes what is missing."""

    def run() -> int:
        seal_waiting(clock.now())
        return services.make_episodes(clock.now())

    return run


@pytest.fixture
def episode(
    podcast: None, quick: None, room: Room, alice: User, clock: FrozenClock, sweep: Callable[[], int]
) -> Recording:
    """A recording that is in it."""
    recording = made(alice, "Tea", clock)
    assert sweep() == 1
    return recording


def a_tone(seconds: float, level: float) -> bytes:
    """An Ogg Opus file with a tone of this amplitude."""
    n_samples = round(seconds * audio.RATE_HZ)
    pcm = array("h", (round(32767 * level * math.sin(n * 0.0576)) for n in range(n_samples)))
    return b"".join(ogg.mux(list(audio.encode(pcm))))


def recorded(space: Space) -> Recording:
    return recording_of(space)
