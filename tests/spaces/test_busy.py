"""A server that is behind takes no new room, and says so; nobody who is live notices."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mediacore import Core
from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Busy, Conflict, Forbidden
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.times import Plan

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def waiting(room: Room, alice: User, clock: FrozenClock) -> Space:
    """A space that Alice opened before it became too much."""
    space = services.create_space(alice, "Tea", "", False, clock.now())
    room.core.level = 3
    return space


def test_host_is_asked_to_wait_and_nothing_has_happened(
    app: Flask, room: Room, waiting: Space, alice: User, sign_in: SignIn
) -> None:
    answer = sign_in(alice).post(f"{waiting.url}/start", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Try again in a minute." in answer.text
    assert "Not at this moment" in answer.text
    db.session.expire_all()
    assert waiting.state == "scheduled"
    assert room.core.told == []
    assert app.extensions["media"].rooms_refused == 1


def test_page_that_asked_by_htmx_is_told_in_place(waiting: Space, alice: User, sign_in: SignIn) -> None:
    answer = sign_in(alice).post(f"{waiting.url}/start", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.headers["HX-Retarget"] == "#flash"


def test_host_opens_no_space_for_now_but_plans_one(
    waiting: Space, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    answer = sign_in(alice).post("/spaces", data={"title": "Cake"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert db.session.scalars(select(Space.title)).all() == ["Tea"]
    plan = Plan(clock.now() + timedelta(days=1), "Europe/Berlin")
    assert services.create_space(alice, "Cake", "", False, clock.now(), plan=plan).title == "Cake"


def test_outsider_and_late_host_are_told_what_they_always_are(
    app: Flask, room: Room, waiting: Space, alice: User, bob: User, clock: FrozenClock
) -> None:
    with pytest.raises(Forbidden):
        services.start_space(waiting, bob, clock.now())
    room.core.level = 0
    services.start_space(waiting, alice, clock.now())
    room.core.level = 3
    with pytest.raises(Conflict):
        services.start_space(waiting, alice, clock.now())
    assert app.extensions["media"].rooms_refused == 0


@pytest.mark.parametrize("level", [0, 1, 2])
def test_lesser_overload_refuses_nobody(
    room: Room, waiting: Space, alice: User, clock: FrozenClock, level: int
) -> None:
    room.core.level = level
    services.start_space(waiting, alice, clock.now())
    assert waiting.state == "live"


def test_the_core_itself_refuses_and_recovers(
    app: Flask, alice: User, sign_in: SignIn, operator: User, clock: FrozenClock
) -> None:
    media, core = app.extensions["media"], Core(stepped=True, mixers=2)
    media.start(core)
    running = services.create_space(alice, "Running", "", False, clock.now())
    services.start_space(running, alice, clock.now())
    waiting = services.create_space(alice, "Waiting", "", False, clock.now())
    for level in range(4):
        assert core.overload() == core.counters()["overload"] == level
        for mixer in (0, 1):  # both must be behind: while one has time, rooms move there
            core.step(25, late_mixer=mixer, late_us=30_000)
    with pytest.raises(Busy):
        services.start_space(waiting, alice, clock.now())
    text = sign_in(operator).get("/metrics").text
    assert "parley_spaces_refused_total 1.0" in text
    assert "# TYPE parley_media_overload gauge\nparley_media_overload 3.0" in text
    assert core.counters()["rooms"] == 1
    core.step(5 * 50)
    services.start_space(waiting, alice, clock.now())
    assert core.overload() == 2
    core.step(10 * 50)
    assert core.overload() == 0
    media.stop()
