"""What the operator does with a programme, and what is written down of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.conftest import FrozenClock
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, DomainError, Invalid, NotFound
from webapp.rollout import queries, services
from webapp.rollout.features import RECORDING
from webapp.rollout.listeners import on_stage_began
from webapp.rollout.models import EventKind, Feature, RolloutEvent
from webapp.rollout.platforms import Platform
from webapp.rollout.programme import Stage

TICK = timedelta(microseconds=1)
Began = list[tuple[str, int, datetime]]


def log() -> list[tuple[str, int | None]]:
    """What was written down, the first first."""
    return [(event.kind.value, event.stage) for event in reversed(queries.events(RECORDING))]


def began() -> list[tuple[int | None, datetime]]:
    rows = select(RolloutEvent).where(RolloutEvent.kind == EventKind.BEGAN).order_by(RolloutEvent.id)
    return [(event.stage, event.at) for event in db.session.scalars(rows)]


@pytest.fixture
def told(app: Flask) -> Began:
    """What a listener was told."""
    told: Began = []
    on_stage_began(app, lambda feature, stage, now: told.append((feature, stage.number, now)))
    return told


def test_on_a_fresh_install_everybody_has_it(alice: User, clock: FrozenClock) -> None:
    verdict = queries.verdict(RECORDING, alice, Platform.WEB, clock.now())
    assert (verdict.has, verdict.why) == (True, "Everybody has it")
    assert services.note_begun(clock.now()) == 0
    assert db.session.scalar(select(Feature)) is None


def test_who_has_it_needs_no_sweep(started: None, last: User, clock: FrozenClock) -> None:
    expected = queries.verdict(RECORDING, last, Platform.WEB, clock.now()).expected_at
    assert expected == clock.now() + timedelta(days=28)
    assert not queries.verdict(RECORDING, last, Platform.WEB, expected - TICK).has
    assert queries.verdict(RECORDING, last, Platform.WEB, expected).has
    assert log() == [("started", None), ("began", 1)]


def test_a_sweep_writes_down_what_began_once(started: None, told: Began, clock: FrozenClock) -> None:
    start = clock.now()
    assert services.note_begun(clock.tick(days=7, microseconds=-1)) == 0
    assert services.note_begun(clock.tick(microseconds=1)) == 1
    assert services.note_begun(clock.tick(minutes=1)) == 0
    assert began() == [(1, start), (2, start + timedelta(days=7))]
    assert told == [(RECORDING, 2, start + timedelta(days=7))]


def test_a_server_that_slept_writes_down_each_stage_with_its_own_date(
    started: None, told: Began, clock: FrozenClock
) -> None:
    start, woken = clock.now(), clock.tick(days=22)
    assert services.note_begun(woken) == 3
    assert began() == [(n, start + timedelta(days=7 * (n - 1))) for n in (1, 2, 3, 4)]
    assert told == [(RECORDING, n, woken) for n in (2, 3, 4)]
    late = queries.events(RECORDING)[0]
    assert (late.at, late.noted_at, late.by) == (start + timedelta(days=21), woken, None)


def test_two_sweeps_at_once_write_it_down_once(
    app: Flask, started: None, told: Began, clock: FrozenClock
) -> None:
    at, both, noted = clock.tick(days=15), Barrier(8), []

    def sweep() -> None:
        with app.app_context():
            both.wait()
            noted.append(services.note_begun(at))

    threads = [Thread(target=sweep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(noted) == [0] * 7 + [2]
    assert [stage for stage, _ in began()] == [1, 2, 3]
    assert [stage for _, stage, _ in told] == [2, 3]


def test_the_database_itself_refuses_a_second_note(started: None, clock: FrozenClock) -> None:
    again = {"feature": RECORDING, "kind": EventKind.BEGAN, "stage": 1, "at": clock.now()}
    db.session.add(RolloutEvent(**again, noted_at=clock.now()))
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()


def test_the_scheduler_runs_the_sweep_each_minute(app: Flask, started: None, clock: FrozenClock) -> None:
    clock.tick(days=7)
    scheduler = app.extensions["scheduler"]
    assert scheduler.sweeps["rollout"].seconds == 60
    scheduler.run("rollout")
    db.session.rollback()
    assert [stage for stage, _ in began()] == [1, 2]


def test_a_listener_that_fails_is_told_again(app: Flask, started: None, clock: FrozenClock) -> None:
    told: list[int] = []

    def listen(_feature: str, stage: Stage, _now: datetime) -> None:
        told.append(stage.number)
        if len(told) == 1:
            raise RuntimeError("no post today")

    on_stage_began(app, listen)
    clock.tick(days=7)
    with pytest.raises(RuntimeError), app.app_context():
        services.note_begun(clock.now())
    assert [stage for stage, _ in began()] == [1]
    services.note_begun(clock.tick(minutes=1))
    assert told == [2, 2]
    assert [stage for stage, _ in began()] == [1, 2]


def test_a_listener_learns_whom_a_stage_is_news_to(
    app: Flask, last: User, first: User, charlie: User, clock: FrozenClock
) -> None:
    reached: list[list[int]] = []
    services.put_on_list(RECORDING, "charlie", clock.now())
    on_stage_began(app, lambda f, stage, now: reached.append(queries.reached_by(f, stage.number)))
    services.start(RECORDING, clock.now())
    services.note_begun(clock.tick(days=28))
    assert reached[0] == sorted([charlie.id, first.id])
    assert reached[2] == reached[3] == [first.id]
    assert reached[4] == [last.id]


def test_pausing_and_resuming_are_written_down(started: None, olga: User, clock: FrozenClock) -> None:
    start = clock.now()
    services.pause(RECORDING, clock.tick(days=3), olga)
    assert services.note_begun(clock.tick(days=10)) == 0
    services.resume(RECORDING, clock.now(), olga)
    assert log()[2:] == [("paused", None), ("resumed", None)]
    assert {event.by for event in queries.events(RECORDING)[:2]} == {olga}
    moved = [stage.starts_at - start for stage in queries.programme(RECORDING).stages]
    assert [each / timedelta(days=1) for each in moved] == [0, 17, 24, 31, 38]


def test_what_had_begun_before_a_pause_is_written_down_although_no_sweep_saw_it(
    started: None, clock: FrozenClock
) -> None:
    services.pause(RECORDING, clock.tick(days=8))
    assert log() == [("started", None), ("began", 1), ("began", 2), ("paused", None)]


def test_a_jump_is_written_down_with_what_began_by_it(
    started: None, told: Began, olga: User, clock: FrozenClock
) -> None:
    services.jump(RECORDING, 3, clock.tick(days=1), olga)
    assert log()[2:] == [("jumped", 3), ("began", 2), ("began", 3)]
    assert [stage for _, stage, _ in told] == [2, 3]
    assert services.note_begun(clock.tick(days=7, microseconds=-1)) == 0
    assert services.note_begun(clock.tick(microseconds=1)) == 1


def test_offered_to_everybody_it_has_arrived(started: None, last: User, clock: FrozenClock) -> None:
    services.open_to_everybody(RECORDING, clock.tick(days=1))
    assert queries.verdict(RECORDING, last, Platform.WEB, clock.now()).has
    assert log()[2:] == [("opened", None), ("began", 2)]
    assert queries.reached_by(RECORDING, 2) == [last.id]


def test_after_its_end_a_programme_can_be_started_again(
    started: None, last: User, clock: FrozenClock
) -> None:
    services.start(RECORDING, clock.tick(days=28))
    assert not queries.verdict(RECORDING, last, Platform.WEB, clock.now()).has
    assert [stage for stage, _ in began()] == [1, 2, 3, 4, 5, 1]


def test_a_stage_that_was_taken_back_begins_again(started: None, clock: FrozenClock) -> None:
    services.note_begun(clock.tick(days=8))
    stage = queries.programme(RECORDING).stage(2)
    services.change_stage(RECORDING, replace(stage, starts_at=clock.now() + timedelta(days=1)), clock.now())
    assert [number for number, _ in began()] == [1, 2]
    services.note_begun(clock.tick(days=1))
    assert [number for number, _ in began()] == [1, 2, 2]


def test_a_change_that_changes_nothing_is_not_written_down(started: None, clock: FrozenClock) -> None:
    stage = queries.programme(RECORDING).stage(2)
    services.change_stage(RECORDING, stage, clock.now())
    assert ("changed", 2) not in log()
    services.change_stage(RECORDING, replace(stage, permille=255), clock.now())
    assert log()[-1] == ("changed", 2)
    assert queries.programme(RECORDING).stage(2).percent == "25.5 %"


def test_the_list_holds_an_account_once(started: None, last: User, clock: FrozenClock) -> None:
    for handle in ("alice", " @Alice "):
        services.put_on_list(RECORDING, handle, clock.now())
    assert [entry.user for entry in queries.listed(RECORDING)] == [last]
    assert queries.verdict(RECORDING, last, Platform.WEB, clock.now()).why == "On the list"
    services.take_off_list(RECORDING, "alice", clock.now())
    assert not queries.verdict(RECORDING, last, Platform.WEB, clock.now()).has
    with pytest.raises(NotFound, match="@alice is not on the list"):
        services.take_off_list(RECORDING, "alice", clock.now())
    assert [kind for kind, _ in log()[2:]] == ["listed", "unlisted"]


def test_the_list_can_be_made_before_the_programme(last: User, clock: FrozenClock) -> None:
    services.put_on_list(RECORDING, "alice", clock.now())
    services.start(RECORDING, clock.now())
    assert queries.verdict(RECORDING, last, Platform.ANDROID, clock.now()).why == "On the list"


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda now: services.start(RECORDING, now), Conflict),
        (lambda now: services.resume(RECORDING, now), Conflict),
        (lambda now: services.jump(RECORDING, 1, now), Conflict),
        (lambda now: services.jump(RECORDING, 9, now), NotFound),
        (lambda now: services.put_on_list(RECORDING, "nobody", now), NotFound),
        (lambda now: services.put_on_list(RECORDING, "", now), NotFound),
        (lambda now: services.pause("teleport", now), NotFound),
        (lambda now: services.change_stage(RECORDING, Stage(1, "", now, 5000, frozenset()), now), Invalid),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    app: Flask, started: None, clock: FrozenClock, act: Callable[[datetime], None], error: type[DomainError]
) -> None:
    before, written = queries.programme(RECORDING), log()
    with pytest.raises(error):
        act(clock.tick(minutes=1))
    assert queries.programme(RECORDING) == before
    assert log() == written
    assert db.session.scalars(select(Feature.name)).all() == [RECORDING]


def test_of_two_who_pause_at_once_one_is_told(app: Flask, started: None, clock: FrozenClock) -> None:
    both, outcomes = Barrier(2), []

    def pause() -> None:
        with app.app_context():
            both.wait()
            try:
                services.pause(RECORDING, clock.now())
                outcomes.append("paused")
            except Conflict:
                outcomes.append("told")

    threads = [Thread(target=pause) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["paused", "told"]
    assert [kind for kind, _ in log()].count("paused") == 1


def test_counts_are_by_the_rule(started: None, last: User, first: User, clock: FrozenClock) -> None:
    programme = queries.programme(RECORDING)
    assert queries.counts(programme, clock.now()) == {Platform.IOS: 1, Platform.ANDROID: 0, Platform.WEB: 0}
    assert set(queries.counts(programme, clock.tick(days=28)).values()) == {2}
    first.active = False
    db.session.commit()
    assert set(queries.counts(programme, clock.now()).values()) == {1}
