"""What became of the sweeps: the last run of each, written down for whoever runs the site."""

import logging
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.db import Model, db

ERROR_MAX = 2_000

log = logging.getLogger(__name__)


class JobRun(Model):
    """The last run of one sweep, and how many there were. One that was killed has begun and not finished."""

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    last_started_at: Mapped[datetime]
    last_finished_at: Mapped[datetime | None]
    last_succeeded_at: Mapped[datetime | None]
    last_rows: Mapped[int | None]
    last_ms: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(ERROR_MAX))
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)

    @property
    def unfinished(self) -> bool:
        """Whether the last run goes on, or was cut off."""
        return self.last_finished_at is None or self.last_finished_at < self.last_started_at


def all_runs() -> dict[str, JobRun]:
    """Returns what is known of every sweep that ever ran, by name."""
    return {run.name: run for run in db.session.scalars(select(JobRun))}


def note_start(name: str, began: datetime) -> None:
    """Writes down that a run has begun."""
    _write(name, began, {})


def note_success(name: str, began: datetime, ended: datetime, ms: int, rows: int) -> None:
    """Writes down that a run went well."""
    ending = {"last_finished_at": ended, "last_succeeded_at": ended, "last_ms": ms}
    _write(name, began, {**ending, "last_rows": rows, "last_error": None}, runs=1)


def note_failure(name: str, began: datetime, ended: datetime, ms: int, error: Exception) -> None:
    """Writes down that a run failed, and at what."""
    said = f"{type(error).__name__}: {error}"[:ERROR_MAX]
    ending = {"last_finished_at": ended, "last_ms": ms, "last_rows": None, "last_error": said}
    _write(name, began, ending, runs=1, failures=1)


def _write(name: str, began: datetime, fields: dict[str, object], runs: int = 0, failures: int = 0) -> None:
    """Writes in a session of its own, whatever state the sweep left its own in.

    A database that is locked or missing is logged only: what the sweep did, or failed at, matters more.
    """
    try:
        with Session(db.engine) as session, session.begin():
            run = session.get(JobRun, name) or JobRun(name=name, runs=0, failures=0)
            for field, value in {"last_started_at": began, **fields}.items():
                setattr(run, field, value)
            run.runs += runs
            run.failures += failures
            session.add(run)
    except SQLAlchemyError:
        log.exception("The run of %s could not be written down", name)
