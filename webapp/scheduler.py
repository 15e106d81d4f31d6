"""Sweeps: small jobs that look, every so often, for what is due.

APScheduler only ticks. What is due is a column in our own tables, and every sweep may run at any time, twice
or late. Of all processes on a machine one leads and runs them; a lock on a file settles which.
"""

import fcntl
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask, current_app

from webapp.clock import now
from webapp.config import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sweep:
    """A job: given the present instant, in an application context, it returns how many rows it dealt with."""

    name: str
    run: Callable[[datetime], int]
    seconds: int


class Scheduler:
    """The sweeps of an application. Nothing runs by itself until ``start``."""

    def __init__(self, app: Flask, lock_path: Path) -> None:
        self._app = app
        self._lock_path = lock_path
        self._lock: IO[bytes] | None = None
        self._ticker: BackgroundScheduler | None = None
        self.sweeps: dict[str, Sweep] = {}

    def add(self, name: str, run: Callable[[datetime], int], *, seconds: int) -> None:
        """Registers a sweep that runs each ``seconds``."""
        self.sweeps[name] = Sweep(name, run, seconds)

    def run(self, name: str) -> None:
        """Runs a sweep now, here."""
        with self._app.app_context():
            self.sweeps[name].run(now())

    def start(self) -> None:
        """Starts to tick, in one thread. Every sweep runs at once, then each its seconds."""
        self._ticker = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "misfire_grace_time": None},
        )
        for sweep in self.sweeps.values():
            at_once = datetime.now(UTC)
            self._ticker.add_job(
                self._tick, "interval", [sweep.name], seconds=sweep.seconds, next_run_time=at_once
            )
        self._ticker.start()

    def stop(self) -> None:
        """Stops to tick, and lets another process lead."""
        if self._ticker is not None:
            self._ticker.shutdown()
        if self._lock is not None:
            self._lock.close()

    def _tick(self, name: str) -> None:
        if not self._leads():
            return
        try:
            self.run(name)
        except Exception:  # a thread's top: the sweep is tried again when its time comes round
            log.exception("The sweep %s failed", name)

    def _leads(self) -> bool:
        if self._lock is None:
            self._lock = _try_lock(self._lock_path)
        return self._lock is not None


def init_app(app: Flask, settings: Settings) -> None:
    """Prepares ``app.extensions["scheduler"]`` for features to add their sweeps to."""
    app.extensions["scheduler"] = Scheduler(app, settings.data_dir / "scheduler.lock")


def scheduler() -> Scheduler:
    """Returns the application's scheduler."""
    return cast(Scheduler, current_app.extensions["scheduler"])


def _try_lock(path: Path) -> IO[bytes] | None:
    """Returns the file, locked until it is closed or the process ends; None when another process has it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
