"""Who has listened, counted once each, and where they stopped."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from tests.conftest import FrozenClock
from webapp.accounts.models import User
from webapp.db import db
from webapp.recordings import library, queries, services
from webapp.recordings.models import Play, Recording
from webapp.spaces.models import Space
from webapp.spaces.presence import GUEST
from webapp.spaces.visitor import Visitor

Browser = Callable[[User], FlaskClient]
HOUR_MS = 3_600_000


@pytest.fixture
def long(recording: Recording) -> Recording:
    """A recording of an hour."""
    recording.duration_ms = HOUR_MS
    db.session.commit()
    return recording


def at(client: FlaskClient, recording: Recording, position: object) -> int:
    form = {"position_ms": position}
    return client.post(f"/recordings/{recording.public_id}/position", data=form).status_code


def plays() -> list[Play]:
    return list(db.session.scalars(select(Play).order_by(Play.first_at)))


def counted(recording: Recording) -> int:
    return library.own_recording(recording, recording.started_at).plays


def test_account_is_counted_once_however_often_it_listens(
    long: Recording, bob: User, clock: FrozenClock, sign_in: Browser
) -> None:
    began = clock.now()
    for position in (0, 15_000, 30_000):
        assert at(sign_in(bob), long, position) == 204
        clock.tick(seconds=15)
    (play,) = plays()
    assert (play.listener, play.user_id, play.position_ms) == (str(bob.id), bob.id, 30_000)
    assert (play.first_at, play.last_at) == (began, clock.tick(seconds=-15))
    assert counted(long) == 1


def test_guest_is_known_by_the_number_in_their_session(long: Recording, client: FlaskClient) -> None:
    assert at(client, long, 0) == 204
    assert at(client, long, 15_000) == 204
    (play,) = plays()
    with client.session_transaction() as session:
        assert play.listener == Visitor(guest=session["guest"]).listener
        assert session["guest"] & GUEST
    assert (play.user_id, play.position_ms) == (None, 15_000)
    assert counted(long) == 1


def test_another_guest_is_another_play(app: Flask, long: Recording) -> None:
    for _ in range(2):
        at(app.test_client(), long, 0)
    assert counted(long) == 2


def test_host_is_remembered_and_not_counted(
    long: Recording, live: Space, alice: User, sign_in: Browser
) -> None:
    at(sign_in(alice), long, 60_000)
    assert counted(long) == 0
    assert "Continue from 1:00" in sign_in(alice).get(live.url).text


@pytest.mark.parametrize(
    ("sent", "kept"), [(-5, 0), (10**30, HOUR_MS), (HOUR_MS + 1, HOUR_MS), (HOUR_MS, HOUR_MS)]
)
def test_forged_position_is_kept_within_the_recording(
    long: Recording, bob: User, sent: int, kept: int, sign_in: Browser
) -> None:
    assert at(sign_in(bob), long, sent) == 204
    assert plays()[0].position_ms == kept


@pytest.mark.parametrize("sent", ["", "x", "1.5", "NaN", "9" * 5000])
def test_what_is_no_number_is_refused(long: Recording, bob: User, sent: str, sign_in: Browser) -> None:
    assert at(sign_in(bob), long, sent) == 422
    assert plays() == []


def test_two_first_plays_at_once_are_one(long: Recording, bob: User, clock: FrozenClock) -> None:
    def other_request(_session: Session, _context: object, _instances: object) -> None:
        with Session(db.engine) as other:
            fields = {"first_at": clock.now(), "last_at": clock.now(), "position_ms": 7}
            other.add(Play(recording_id=long.id, listener=str(bob.id), user_id=bob.id, **fields))
            other.commit()

    event.listen(db.session, "before_flush", other_request, once=True)
    services.note_position(long, Visitor(user=bob), 9, clock.now())
    assert [play.position_ms for play in plays()] == [7]


@pytest.mark.parametrize(
    ("stopped", "resumed"),
    [(0, 0), (751_000, 751_000), (HOUR_MS - 10_001, HOUR_MS - 10_001), (HOUR_MS - 10_000, 0), (HOUR_MS, 0)],
)
def test_page_goes_on_where_one_stopped_unless_that_was_the_end(
    long: Recording, live: Space, bob: User, stopped: int, resumed: int, sign_in: Browser
) -> None:
    at(sign_in(bob), long, stopped)
    assert library.resume_ms(long, Visitor(user=bob)) == resumed
    assert f'data-resume-ms="{resumed}"' in sign_in(bob).get(live.url).text


def test_nobody_is_shown_where_another_stopped(
    long: Recording, live: Space, bob: User, charlie: User, client: FlaskClient, sign_in: Browser
) -> None:
    at(sign_in(bob), long, 60_000)
    for browser in (client, sign_in(charlie)):
        assert 'data-resume-ms="0"' in browser.get(live.url).text


def test_position_is_taken_as_long_as_it_can_be_heard(
    long: Recording, bob: User, client: FlaskClient, clock: FrozenClock, sign_in: Browser
) -> None:
    clock.tick(days=30, microseconds=-1)
    assert at(sign_in(bob), long, 1) == 204
    clock.tick(microseconds=1)
    assert at(sign_in(bob), long, 2) == at(client, long, 2) == 404
    assert [play.position_ms for play in plays()] == [1]


def test_account_that_goes_takes_its_plays_along(long: Recording, charlie: User, sign_in: Browser) -> None:
    at(sign_in(charlie), long, 0)
    db.session.delete(charlie)
    db.session.commit()
    assert plays() == []


def test_live_space_has_no_plays(live: Space, files: Path, bob: User, sign_in: Browser) -> None:
    recording = queries.recording_of(live.id)
    assert recording is not None
    assert at(sign_in(bob), recording, 0) == 404
