"""A space that was recorded and has ended, with files as the recorder leaves them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from mediacore import EventKind
from tests.conftest import FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.db import db
from webapp.recordings.disk import directory
from webapp.recordings.models import Recording
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.vault.models import Copy
from webapp.vault.queries import copy_of

MIX = bytes(range(256)) * 16
DURATION_MS = 8_000


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


@pytest.fixture
def live(room: Room, alice: User, bob: User, clock: FrozenClock) -> Space:
    """Alice hosts and is written, Bob speaks and is not."""
    space = services.create_space(alice, "Tea", "", True, clock.now())
    services.start_space(space, alice, clock.now())
    room.enter(space, alice)
    room.enter(space, bob)
    bring(space, alice, "bob")
    services.answer_consent(space, bob, "no", clock.now())
    return space


@pytest.fixture
def files(live: Space, alice: User, bob: User) -> Path:
    """What the recorder wrote."""
    path = directory(recording_of(live))
    (path / "mix.opus").write_bytes(MIX)
    (path / f"track-{alice.id}.opus").write_bytes(b"Alice")
    (path / "peaks.u8").write_bytes(bytes([50] * 40 + [100] * 40))
    (path / "turns.ndjson").write_text(
        f'{{"person":{alice.id},"start_ms":0,"end_ms":4000}}\n{{"person":{bob.id},"start_ms":4000,"end_ms":8000}}\n'
    )
    return path


@pytest.fixture
def publish(live: Space, files: Path, room: Room, alice: User, clock: FrozenClock) -> Callable[[], Recording]:
    """Ends the space, and has the recorder say that it is done."""

    def end() -> Recording:
        services.end_space(live, alice, clock.tick(minutes=40))
        room.core.say(EventKind.RECORD_CLOSED, live.id, value=DURATION_MS)
        room.turn()
        return recording_of(live)

    return end


@pytest.fixture
def recording(publish: Callable[[], Recording]) -> Recording:
    return publish()


def recording_of(space: Space) -> Recording:
    return db.session.scalars(select(Recording).where(Recording.space_id == space.id)).one()


def copy_for(recording: Recording) -> Copy:
    """Its sealed copy, or what will be one."""
    copy = copy_of(recording.public_id)
    assert copy is not None
    return copy
