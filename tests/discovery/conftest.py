"""People who host, and what they open, plan and leave behind."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import FrozenClock
from tests.discovery import postgresql
from tests.recordings.conftest import MIX, recording_of
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.config import Settings
from webapp.db import db
from webapp.recordings import services as recordings
from webapp.recordings.disk import directory
from webapp.recordings.models import Recording
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.services import ANYONE
from webapp.spaces.states import Door
from webapp.spaces.times import Plan


class Site:
    """What happens on a site, in one line each."""

    def __init__(self, room: Room, clock: FrozenClock) -> None:
        self.room = room
        self.clock = clock

    def goes_live(
        self, host: User, title: str, topics: str = "", door: Door = ANYONE, record: bool = False
    ) -> Space:
        now = self.clock.now()
        space = services.create_space(host, title, topics, record, now, door=door)
        services.start_space(space, host, now)
        self.room.enter(space, host)
        return space

    def plans(self, host: User, title: str, topics: str = "", door: Door = ANYONE, hours: float = 1) -> Space:
        now = self.clock.now()
        plan = Plan(now + timedelta(hours=hours), "UTC")
        return services.create_space(host, title, topics, False, now, plan=plan, door=door)

    def leaves_recording(self, host: User, title: str, topics: str = "", door: Door = ANYONE) -> Recording:
        space = self.goes_live(host, title, topics, door, record=True)
        recording = recording_of(space)
        (directory(recording) / "mix.opus").write_bytes(MIX)
        self.ends(space)
        recordings.publish(recording, 1000)
        return recording

    def ends(self, space: Space) -> None:
        services.end_space(space, space.host, self.clock.now())


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


@pytest.fixture
def site(room: Room, clock: FrozenClock) -> Site:
    return Site(room, clock)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The address of a PostgreSQL that runs while the tests do."""
    programs = postgresql.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here: apt-get install postgresql")
    with postgresql.running(programs) as url:
        yield url


@pytest.fixture
def database() -> str:
    """Which database there is; a module that asks for others as well parametrizes this."""
    return "sqlite"


@pytest.fixture
def settings(request: pytest.FixtureRequest, settings: Settings, database: str) -> Settings:
    if database == "sqlite":
        return settings
    return settings.model_copy(update={"database_url": request.getfixturevalue("postgresql_url")})


@pytest.fixture
def app(app: Flask, database: str) -> Iterator[Flask]:
    yield app
    if database == "postgresql":
        db.session.rollback()
        with db.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
