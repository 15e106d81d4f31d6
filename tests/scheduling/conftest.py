"""A space that Alice has planned for tomorrow. Bob waits for it, Charlie does not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.db import db
from webapp.notifications.models import Notification
from webapp.scheduler import scheduler
from webapp.scheduling import services
from webapp.spaces.models import Space
from webapp.spaces.services import create_space
from webapp.spaces.times import Plan

TOMORROW = timedelta(days=1)
Told = Callable[[User], list[str]]


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


@pytest.fixture
def plan(alice: User, clock: FrozenClock) -> Callable[..., Space]:
    """Makes a space that is planned: ``plan(days=2)``."""

    def make(title: str = "Tea", host: User = alice, *, record: bool = False, **ahead: float) -> Space:
        at = Plan(clock.now() + (timedelta(**ahead) if ahead else TOMORROW), "Europe/Berlin")
        return create_space(host, title, "", record, clock.now(), plan=at)

    return make


@pytest.fixture
def space(room: Room, plan: Callable[..., Space]) -> Space:
    return plan()


@pytest.fixture
def waiting(space: Space, bob: User, clock: FrozenClock) -> Space:
    """The same, with Bob waiting for it."""
    services.remind(space, bob, True, clock.now())
    return space


@pytest.fixture
def move(clock: FrozenClock) -> Callable[..., None]:
    """Has the host change something: ``move(space, at, title="Cake")``."""

    def edit(space: Space, at: datetime | None = None, title: str | None = None) -> None:
        plan = Plan(at, "UTC") if at else None
        services.edit_space(
            space, space.host, title or space.title, ", ".join(space.topics), space.record, plan, clock.now()
        )

    return edit


@pytest.fixture
def until(app: Flask, clock: FrozenClock) -> Callable[[datetime], None]:
    """Lets time pass until then, and sweeps once."""

    def sweep(then: datetime) -> None:
        clock.tick(seconds=(then - clock.now()).total_seconds())
        scheduler().run("reminders")
        db.session.expire_all()

    return sweep


@pytest.fixture
def told(app: Flask) -> Told:
    """Takes what somebody was told since it was asked for last."""
    seen: set[int] = set()

    def take(user: User) -> list[str]:
        own = select(Notification).where(Notification.user_id == user.id).order_by(Notification.id)
        new = [each for each in db.session.scalars(own) if each.id not in seen]
        seen.update(each.id for each in new)
        return [each.sentence for each in new]

    return take
