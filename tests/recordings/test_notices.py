"""A host is told a week and a day before a recording of theirs leaves."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.notifications.models import Notification
from webapp.recordings import notices
from webapp.recordings.models import Recording
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING
from webapp.scheduler import scheduler

WEEK = "“Tea” can be heard for another week, until 4 February. Then nobody can listen to it any more."
DAY = "“Tea” can be heard until tomorrow, 4 February, 18:40 UTC. Then nobody can listen to it any more."


@pytest.fixture
def before_the_end(recording: Recording, clock: FrozenClock) -> Callable[..., list[str]]:
    """Lets time pass until so much is left, sweeps, and returns what was told: ``before_the_end(days=7)``."""

    def sweep(**left: float) -> list[str]:
        clock.tick(seconds=(recording.host_until - timedelta(**left) - clock.now()).total_seconds())
        before = set(told())
        assert notices.tell_hosts(clock.now()) == len(set(told()) - before)
        return [sentence for sentence in told() if sentence not in before]

    return sweep


def told() -> list[str]:
    return [notice.sentence for notice in notified()]


def notified() -> Sequence[Notification]:
    """All but the invitation to the stage."""
    ours = select(Notification).where(Notification.kind != "invitation")
    return db.session.scalars(ours.order_by(Notification.id)).all()


def test_the_host_is_told_a_week_and_a_day_before(
    before_the_end: Callable[..., list[str]], recording: Recording, alice: User
) -> None:
    assert before_the_end(days=30) == []
    assert before_the_end(days=8) == []
    assert before_the_end(days=7, seconds=1) == []
    assert before_the_end(days=7) == [WEEK]
    assert before_the_end(days=3) == []
    assert before_the_end(days=1, seconds=1) == []
    assert before_the_end(days=1) == [DAY]
    assert before_the_end(hours=1) == []
    assert before_the_end(seconds=0) == []
    assert before_the_end(days=-1) == []
    hers = notified()
    assert {(each.user_id, each.url) for each in hers} == {(alice.id, recording.space.url)}


def test_sweeping_twice_tells_once(recording: Recording, clock: FrozenClock) -> None:
    clock.tick(days=23)
    assert (notices.tell_hosts(clock.now()), notices.tell_hosts(clock.now())) == (1, 0)
    scheduler().run("notices")
    assert told() == [WEEK]


def test_a_server_that_slept_past_the_week_tells_the_day_alone(
    before_the_end: Callable[..., list[str]],
) -> None:
    assert before_the_end(hours=20) == [DAY]
    assert before_the_end(hours=1) == []


def test_a_server_that_slept_into_the_week_says_what_is_left(
    before_the_end: Callable[..., list[str]],
) -> None:
    assert before_the_end(days=2, hours=5) == [WEEK.replace("week", "3 days")]
    assert before_the_end(days=2) == []


def test_on_the_last_day_it_is_today(before_the_end: Callable[..., list[str]]) -> None:
    assert before_the_end(hours=1) == [DAY.replace("tomorrow", "today")]


def test_the_host_is_told_of_the_end_in_their_own_zone(
    before_the_end: Callable[..., list[str]], recording: Recording, alice: User
) -> None:
    accounts.set_time_zone(alice, "Asia/Tokyo")
    assert before_the_end(days=7) == [WEEK.replace("4 February", "5 February")]
    assert before_the_end(hours=3) == [
        DAY.replace("tomorrow, 4 February, 18:40 UTC", "today, 5 February, 03:40 JST")
    ]


def test_a_server_that_slept_to_the_end_says_nothing(before_the_end: Callable[..., list[str]]) -> None:
    assert before_the_end(seconds=0) == []
    assert before_the_end(days=-40) == []


def test_a_deleted_recording_is_not_spoken_of(
    before_the_end: Callable[..., list[str]], recording: Recording, clock: FrozenClock
) -> None:
    assert before_the_end(days=7) == [WEEK]
    recording.deleted_at = clock.now()
    db.session.commit()
    assert before_the_end(days=1) == []


def test_a_recording_without_sound_is_not_spoken_of(
    before_the_end: Callable[..., list[str]], recording: Recording
) -> None:
    recording.size_bytes = 0
    db.session.commit()
    assert before_the_end(days=7) == []


def test_another_year_is_said(recording: Recording, clock: FrozenClock) -> None:
    recording.host_until = clock.now() + timedelta(days=362)
    db.session.commit()
    clock.tick(days=355)
    notices.tell_hosts(clock.now())
    assert "until 2 January 2027." in told()[0]


def test_the_notice_leads_the_host_to_the_recording_and_others_nowhere(
    recording: Recording, alice: User, bob: User, sign_in: Callable[[User], FlaskClient], clock: FrozenClock
) -> None:
    notices.tell_hosts(clock.tick(days=23))
    [notice] = notified()
    assert WEEK in sign_in(alice).get("/notifications").text
    assert sign_in(bob).get(f"/notifications/{notice.public_id}").status_code == 404
    assert sign_in(alice).get(f"/notifications/{notice.public_id}").location == recording.space.url


def test_each_host_is_told_once_that_recording_has_reached_them(
    alice: User, bob: User, clock: FrozenClock
) -> None:
    rollout.start(RECORDING, clock.now())
    for _ in range(5):
        clock.tick(days=7)
        rollout.note_begun(clock.now())
        rollout.note_begun(clock.now())
    sentences = db.session.scalars(
        select(Notification.sentence).where(Notification.key == "rollout:recording")
    ).all()
    assert len(sentences) == len({alice.id, bob.id})
    assert set(sentences) == {"You can record your spaces from now on. Switch it on before you start one."}
