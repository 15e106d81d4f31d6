"""A live space: Alice hosts it, Bob is in its audience, Charlie never came."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.media.fake import FakeCore
from webapp.accounts.models import User
from webapp.clock import now
from webapp.db import db
from webapp.media import EventKind
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.stage import services as stage


def bring(space: Space, host: User, handle: str) -> None:
    """Has a host invite somebody to the stage, who comes."""
    stage.invite(space, host, handle, now())
    invited = db.session.scalar(select(User).where(User.handle == handle))
    stage.answer_invitation(space, invited, stage.ACCEPT)


class Room:
    """The media core's side of every space: sockets come and go, time passes, pages are told."""

    def __init__(self, app: Flask) -> None:
        self.core = FakeCore()
        self.now_s = 1000.0
        self._live = app.extensions["live"]
        self._media = app.extensions["media"]
        self._media._monotonic = lambda: self.now_s
        self._media.start(self.core)

    def enter(self, space: Space, person: User | int, conn: int = 0) -> None:
        self._say(EventKind.OPENED, space, person, conn)

    def go(self, space: Space, person: User | int, conn: int = 0) -> None:
        self._say(EventKind.CLOSED, space, person, conn)

    def turn(self, seconds: float = 1.0) -> None:
        """Lets everything that happened be heard, and what is due be told."""
        self.now_s += seconds
        while self._media.turn():
            pass
        db.session.expire_all()

    def restart(self, space: Space) -> None:
        """Starts the next process: another core, and nobody is connected to a space."""
        self._live.presence.forget(space.id)
        self.core = FakeCore()
        self._media.start(self.core)

    def take_texts(self) -> list[str]:
        texts = [html for _, html, _, _ in self.core.texts]
        self.core.texts.clear()
        return texts

    def _say(self, kind: EventKind, space: Space, person: User | int, conn: int) -> None:
        number = person if isinstance(person, int) else person.id
        self.core.say(kind, space.id, person=number, conn=conn or number)
        self.turn()


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


@pytest.fixture
def open_space(room: Room, alice: User, bob: User, clock: FrozenClock) -> Callable[..., Space]:
    """Makes a live space with Alice on its stage and Bob in its audience."""

    def make(*, record: bool = False) -> Space:
        space = services.create_space(alice, "Tea", "tea, cake", record, clock.now())
        services.start_space(space, alice, clock.now())
        room.enter(space, alice)
        room.enter(space, bob)
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
