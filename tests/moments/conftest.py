"""A live space: Alice hosts it, Bob is in its audience, Charlie never came."""

from collections.abc import Callable

import pytest
from flask import Flask

from mediacore import EventKind
from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.recordings.disk import directory
from webapp.recordings.queries import recording_of
from webapp.spaces import services
from webapp.spaces.models import Space

DURATION_MS = 60_000


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


@pytest.fixture
def open_space(room: Room, alice: User, bob: User, clock: FrozenClock) -> Callable[..., Space]:
    def make(*, record: bool = False) -> Space:
        space = services.create_space(alice, "Tea", "", record, clock.now())
        services.start_space(space, alice, clock.now())
        room.enter(space, alice)
        room.enter(space, bob)
        room.turn()
        room.take_texts()
        return space

    return make


@pytest.fixture
def space(open_space: Callable[..., Space]) -> Space:
    """One that nobody records."""
    return open_space()


@pytest.fixture
def recorded(open_space: Callable[..., Space]) -> Space:
    """One that is recorded."""
    return open_space(record=True)


@pytest.fixture
def end(room: Room, alice: User, clock: FrozenClock) -> Callable[[Space], None]:
    """Ends a recorded space, and has its recording published."""

    def publish(space: Space) -> None:
        recording = recording_of(space.id)
        assert recording is not None
        (directory(recording) / "mix.opus").write_bytes(b"everybody")
        services.end_space(space, alice, clock.tick(minutes=1))
        room.core.say(EventKind.RECORD_CLOSED, space.id, value=DURATION_MS)
        room.turn()

    return publish
