"""Sweeps: small jobs that look, every so often, for what is due.

APScheduler only ticks. What is due is a column in our own tables, and every sweep may run at any time, twice
or late. Of all processes of a site one leads and runs them. A sweep runs once at a time, whoever starts it:
the leader, an operator on a page, or one at a command line. Locks settle both.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import cast

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app

from webapp import job_runs, locks
from webapp.clock import now
from webapp.db import db

LEADER = "scheduler"
WAITING = 3
"""A sweep may be wanted again while it runs, and its time come round as well: then it waits for itself."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sweep:
    """A job: given the present instant, in an application context, it returns how many rows it dealt with."""

    name: str
    run: Callable[[datetime], int]
    seconds: int
    beside: bool = False
    """Whether it may take long: then it runs beside the others, which do not wait for it."""


class Scheduler:
    """The sweeps of an application. Nothing runs by itself until ``start``."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._leadership: locks.Lock | None = None
        self._deciding = Lock()
        self._ticker: BackgroundScheduler | None = None
        self._wanted: set[str] = set()
        self.sweeps: dict[str, Sweep] = {}

    def add(self, name: str, run: Callable[[datetime], int], *, seconds: int, beside: bool = False) -> None:
        """Registers a sweep that runs each ``seconds``; ``beside`` the others where it may take long."""
        self.sweeps[name] = Sweep(name, run, seconds, beside)

    def run(self, name: str) -> int | None:
        """Runs a sweep now, here, and writes down how it went.

        Returns how many rows it dealt with; None when it is running elsewhere, and was not started. Whatever
        the sweep raises is raised.
        """
        with self._app.app_context():
            lock = locks.take(f"sweep-{name}")
            if lock is None:
                return None
            try:
                return _run(self.sweeps[name])
            finally:
                lock.release()

    def start(self) -> None:
        """Starts to tick. Every sweep runs at once, then each its seconds.

        One thread runs them, and another those that may take long.
        """
        self._ticker = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1), "beside": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": WAITING},
        )
        for sweep in self.sweeps.values():
            at_once = datetime.now(UTC)
            lane = "beside" if sweep.beside else "default"
            self._ticker.add_job(
                self._tick,
                "interval",
                [sweep.name],
                id=sweep.name,
                seconds=sweep.seconds,
                next_run_time=at_once,
                executor=lane,
            )
        self._ticker.start()

    def soon(self, name: str) -> None:
        """Has a sweep run at once, in the thread that ticks. Where none does, it runs when its time comes."""
        if self._ticker is not None and name not in self._wanted:
            self._wanted.add(name)
            self._ticker.modify_job(name, next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """Stops to tick, and lets another process lead."""
        if self._ticker is not None:
            self._ticker.shutdown()
        self._resign()

    def _tick(self, name: str) -> None:
        self._wanted.discard(name)  # what is wanted from here on is not seen by this run
        try:
            if self._leads():
                self.run(name)
        except Exception:  # a thread's top: the sweep is tried again when its time comes round
            log.exception("The sweep %s failed", name)

    def _leads(self) -> bool:
        with self._deciding:
            if self._leadership is not None and self._leadership.held():
                return True
            self._resign()
            with self._app.app_context():
                self._leadership = locks.take(LEADER)
            return self._leadership is not None

    def _resign(self) -> None:
        if self._leadership is not None:
            self._leadership.release()


def init_app(app: Flask) -> None:
    """Prepares ``app.extensions["scheduler"]`` for features to add their sweeps to."""
    app.extensions["scheduler"] = Scheduler(app)


def scheduler() -> Scheduler:
    """Returns the application's scheduler."""
    return cast(Scheduler, current_app.extensions["scheduler"])


def _run(sweep: Sweep) -> int:
    began, begun = now(), time.perf_counter()
    job_runs.note_start(sweep.name, began)
    try:
        rows = sweep.run(now())
    except Exception as error:
        db.session.remove()  # or what it left undone would lock the database against the note
        job_runs.note_failure(sweep.name, began, now(), _ms_since(begun), error)
        raise
    db.session.remove()
    job_runs.note_success(sweep.name, began, now(), _ms_since(begun), rows)
    return rows


def _ms_since(begun: float) -> int:
    return round(1000 * (time.perf_counter() - begun))
