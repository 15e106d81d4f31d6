import logging
from collections.abc import Iterator
from datetime import datetime
from threading import Event

import pytest
from flask import Flask, current_app

from tests.conftest import FrozenClock
from webapp.scheduler import Scheduler


@pytest.fixture
def scheduler(app: Flask) -> Iterator[Scheduler]:
    scheduler: Scheduler = app.extensions["scheduler"]
    yield scheduler
    scheduler.stop()


def test_sweep_gets_the_time_and_an_application(app: Flask, scheduler: Scheduler, clock: FrozenClock) -> None:
    seen: list[object] = []
    scheduler.add("look", lambda now: seen.extend([now, current_app.name]), seconds=60)
    scheduler.run("look")
    assert seen == [clock.now(), app.name]


def test_every_sweep_runs_at_the_start(scheduler: Scheduler) -> None:
    ran = Event()
    scheduler.add("look", lambda _now: ran.set(), seconds=3600)
    scheduler.start()
    assert ran.wait(10)


def test_of_two_processes_one_leads(app: Flask, scheduler: Scheduler) -> None:
    other = Scheduler(app, scheduler._lock_path)
    ran: list[str] = []
    scheduler.add("look", lambda _now: ran.append("first"), seconds=60)
    other.add("look", lambda _now: ran.append("second"), seconds=60)
    scheduler._tick("look")
    other._tick("look")
    scheduler.stop()
    other._tick("look")
    other.stop()
    assert ran == ["first", "second"]


def test_sweep_that_fails_is_logged_and_hurts_no_other(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_now: datetime) -> None:
        raise RuntimeError("no disk")

    scheduler.add("fails", fail, seconds=60)
    with caplog.at_level(logging.ERROR):
        scheduler._tick("fails")
    assert "The sweep fails failed" in caplog.text
    assert "no disk" in caplog.text


def test_operator_lists_and_runs_sweeps(app: Flask, scheduler: Scheduler) -> None:
    ran: list[datetime] = []
    scheduler.add("look", ran.append, seconds=60)
    listed = app.test_cli_runner().invoke(args=["jobs", "list"])
    assert "look  every 60 s" in listed.output
    assert app.test_cli_runner().invoke(args=["jobs", "run", "look"]).exit_code == 0
    assert len(ran) == 1


def test_sweep_that_does_not_exist_is_a_clear_error(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["jobs", "run", "nothing"])
    assert result.exit_code != 0
    assert "there is no sweep called nothing" in result.output
