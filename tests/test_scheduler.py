import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from flask import Flask, current_app
from sqlalchemy import Engine, event, text

from tests.conftest import FrozenClock
from webapp import job_runs, locks
from webapp.config import Settings
from webapp.db import db
from webapp.job_runs import JobRun, all_runs
from webapp.scheduler import Scheduler

HOLD = """
import sys
from webapp.app import create_app
from webapp.config import Settings
from webapp import locks
with create_app(Settings(_env_file=None, data_dir=sys.argv[1], demo=False)).app_context():
    lock = locks.take(sys.argv[2])
    print("held" if lock else "refused", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def scheduler(app: Flask) -> Iterator[Scheduler]:
    scheduler: Scheduler = app.extensions["scheduler"]
    yield scheduler
    scheduler.stop()


@pytest.fixture
def holder(settings: Settings) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts another process of the site that holds a lock until it is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(settings.data_dir), name],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def impatient(app: Flask) -> Engine:
    """Connections that do not wait for whoever has locked the database."""

    def hurry(connection: object, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=0").close()

    db.engine.dispose()
    event.listen(db.engine, "connect", hurry)
    return db.engine


def fail(_now: datetime) -> int:
    raise RuntimeError("no disk")


def run_of(name: str) -> JobRun:
    db.session.expire_all()
    return all_runs()[name]


def test_sweep_gets_the_time_and_an_application(app: Flask, scheduler: Scheduler, clock: FrozenClock) -> None:
    seen: list[object] = []

    def look(now: datetime) -> int:
        seen.extend([now, current_app.name])
        return 2

    scheduler.add("look", look, seconds=60)
    assert scheduler.run("look") == 2
    assert seen == [clock.now(), app.name]


def test_every_sweep_runs_at_the_start(scheduler: Scheduler) -> None:
    ran = Event()
    scheduler.add("look", lambda _now: ran.set() or 0, seconds=3600)
    scheduler.start()
    assert ran.wait(10)


def test_of_two_processes_one_leads(app: Flask, scheduler: Scheduler) -> None:
    other = Scheduler(app)
    ran: list[str] = []
    scheduler.add("look", lambda _now: ran.append("first") or 0, seconds=60)
    other.add("look", lambda _now: ran.append("second") or 0, seconds=60)
    scheduler._tick("look")
    other._tick("look")
    scheduler.stop()
    other._tick("look")
    other.stop()
    assert ran == ["first", "second"]


def test_leader_that_is_killed_is_followed(
    scheduler: Scheduler, holder: Callable[[str], subprocess.Popen[str]]
) -> None:
    ran: list[datetime] = []
    scheduler.add("look", lambda now: ran.append(now) or 0, seconds=60)
    leader = holder("scheduler")
    scheduler._tick("look")
    assert ran == []
    leader.kill()
    leader.wait()
    scheduler._tick("look")
    assert len(ran) == 1


def test_leader_that_lost_its_lock_leads_no_more(scheduler: Scheduler, app: Flask) -> None:
    ran: list[datetime] = []
    scheduler.add("look", lambda now: ran.append(now) or 0, seconds=60)
    scheduler._tick("look")
    assert scheduler._leadership
    scheduler._leadership.release()
    taken = locks.take("scheduler")
    scheduler._tick("look")
    assert taken
    taken.release()
    assert len(ran) == 1


def test_sweep_runs_once_at_a_time_whoever_starts_it(app: Flask, scheduler: Scheduler) -> None:
    inside, may_end = Event(), Event()

    def look(_now: datetime) -> int:
        inside.set()
        may_end.wait(10)
        return 1

    scheduler.add("look", look, seconds=60)
    scheduler.add("other", lambda _now: 5, seconds=60)
    rows: list[int | None] = []
    first = Thread(target=lambda: rows.append(scheduler.run("look")))
    first.start()
    assert inside.wait(10)
    second = Scheduler(app)
    second.add("look", fail, seconds=60)
    assert second.run("look") is None
    assert scheduler.run("other") == 5
    may_end.set()
    first.join()
    assert rows == [1]
    assert run_of("look").runs == 1
    assert scheduler.run("look") == 1


def test_sweep_whose_process_is_killed_runs_again(
    scheduler: Scheduler, holder: Callable[[str], subprocess.Popen[str]]
) -> None:
    scheduler.add("look", lambda _now: 1, seconds=60)
    other = holder("sweep-look")
    assert scheduler.run("look") is None
    other.kill()
    other.wait()
    assert scheduler.run("look") == 1


def test_sweep_that_fails_is_logged_and_hurts_no_other(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    scheduler.add("fails", fail, seconds=60)
    with caplog.at_level(logging.ERROR):
        scheduler._tick("fails")
    assert "The sweep fails failed" in caplog.text
    assert "no disk" in caplog.text


def test_run_is_written_down(scheduler: Scheduler, clock: FrozenClock) -> None:
    began = clock.now()
    scheduler.add("look", lambda _now: clock.tick(seconds=3) and 7, seconds=60)
    scheduler.run("look")
    run = run_of("look")
    assert (run.last_started_at, run.last_finished_at) == (began, began + timedelta(seconds=3))
    assert run.last_succeeded_at == run.last_finished_at
    assert (run.last_rows, run.last_error, run.runs, run.failures) == (7, None, 1, 0)
    assert run.last_ms >= 0
    assert not run.unfinished


def test_error_is_written_down_in_part_and_forgotten_once_it_went_well(
    scheduler: Scheduler, clock: FrozenClock
) -> None:
    outcomes = iter([RuntimeError("x" * 5_000), None])

    def look(_now: datetime) -> int:
        if error := next(outcomes):
            raise error
        return 4

    scheduler.add("look", look, seconds=60)
    with pytest.raises(RuntimeError):
        scheduler.run("look")
    run = run_of("look")
    assert run.last_error == ("RuntimeError: " + "x" * 5_000)[:2_000]
    assert (run.last_rows, run.last_succeeded_at, run.runs, run.failures) == (None, None, 1, 1)
    clock.tick(minutes=1)
    scheduler.run("look")
    run = run_of("look")
    assert (run.last_rows, run.last_error, run.runs, run.failures) == (4, None, 2, 1)
    assert run.last_succeeded_at == clock.now()


def test_run_that_was_cut_off_has_begun_and_not_finished(scheduler: Scheduler, clock: FrozenClock) -> None:
    job_runs.note_start("look", clock.now())
    assert run_of("look").unfinished
    scheduler.add("look", lambda _now: 0, seconds=60)
    scheduler.run("look")
    assert not run_of("look").unfinished
    job_runs.note_start("look", clock.tick(minutes=1))
    assert run_of("look").unfinished


def test_what_a_sweep_left_undone_does_not_keep_its_failure_from_being_written(scheduler: Scheduler) -> None:
    def half(_now: datetime) -> int:
        db.session.execute(text("INSERT INTO roles (name) VALUES ('half')"))
        raise RuntimeError("half way")

    scheduler.add("half", half, seconds=60)
    with pytest.raises(RuntimeError):
        scheduler.run("half")
    assert run_of("half").last_error == "RuntimeError: half way"
    assert db.session.scalar(text("SELECT count(*) FROM roles")) == 0


@pytest.mark.usefixtures("impatient")
def test_locked_database_stops_neither_the_sweep_nor_the_next(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[datetime] = []
    scheduler.add("look", lambda now: ran.append(now) or 1, seconds=60)
    scheduler.add("fails", fail, seconds=60)
    with db.engine.connect() as other:
        other.execute(text("BEGIN IMMEDIATE"))
        assert scheduler.run("look") == 1
        with pytest.raises(RuntimeError, match="no disk"):
            scheduler.run("fails")
        scheduler._tick("fails")
    assert "The run of look could not be written down" in caplog.text
    assert "The sweep fails failed" in caplog.text
    assert len(ran) == 1
    assert scheduler.run("look") == 1
    assert run_of("look").runs == 1


def test_missing_table_does_not_hide_the_sweeps_own_error(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    db.drop_all()
    scheduler.add("fails", fail, seconds=60)
    scheduler._tick("fails")
    assert "RuntimeError: no disk" in caplog.text
    assert "could not be written down" in caplog.text


def test_operator_lists_and_runs_sweeps(app: Flask, scheduler: Scheduler) -> None:
    scheduler.add("look", lambda _now: 2, seconds=60)
    run = app.test_cli_runner().invoke
    assert "look  every 60 s  has not run yet" in run(args=["jobs", "list"]).output
    ran = run(args=["jobs", "run", "look"])
    assert (ran.exit_code, ran.output) == (0, "look: 2 rows\n")
    assert "look  every 60 s  ran 2026-01-05 18:00:00 UTC, 2 rows" in run(args=["jobs", "list"]).output


def test_operator_sees_what_failed_and_what_has_not_finished(
    app: Flask, scheduler: Scheduler, clock: FrozenClock
) -> None:
    scheduler.add("fails", fail, seconds=60)
    scheduler.add("hangs", lambda _now: 0, seconds=60)
    scheduler._tick("fails")
    job_runs.note_start("hangs", clock.now())
    listed = app.test_cli_runner().invoke(args=["jobs", "list"]).output
    assert "failed 2026-01-05 18:00:00 UTC: RuntimeError: no disk" in listed
    assert "began 2026-01-05 18:00:00 UTC, has not finished" in listed


def test_operator_is_told_that_it_is_running_elsewhere(app: Flask, scheduler: Scheduler) -> None:
    scheduler.add("look", fail, seconds=60)
    elsewhere = locks.take("sweep-look")
    assert elsewhere
    told = app.test_cli_runner().invoke(args=["jobs", "run", "look"])
    elsewhere.release()
    assert (told.exit_code, told.output) == (0, "look is running elsewhere.\n")


def test_sweep_that_does_not_exist_is_a_clear_error(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["jobs", "run", "nothing"])
    assert result.exit_code != 0
    assert "there is no sweep called nothing" in result.output


def test_a_sweep_that_is_wanted_soon_runs_at_once_and_again_if_it_is_wanted_meanwhile(
    scheduler: Scheduler,
) -> None:
    ran, go_on = [Event(), Event(), Event(), Event()], Event()
    runs = 0

    def sweep(_now: datetime) -> int:
        nonlocal runs
        ran[runs].set()
        runs += 1
        assert go_on.wait(10)
        return 0

    scheduler.sweeps.clear()
    scheduler.add("slow", sweep, seconds=3600)
    scheduler.soon("slow")  # nothing ticks yet
    scheduler.start()
    assert ran[0].wait(10)
    for _ in range(5):
        scheduler.soon("slow")
    go_on.set()
    assert ran[1].wait(10)
    assert not ran[2].wait(0.3)
    scheduler.soon("slow")
    assert ran[2].wait(10)
