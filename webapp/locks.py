"""Locks that one holder on a site has at a time. They end with their process, however it ends.

Beside SQLite a lock is a file's, which the kernel frees. With PostgreSQL, which several machines may share,
it is an advisory one on a connection of its own, which the server frees.
"""

import fcntl
import hashlib
from pathlib import Path
from typing import IO, Protocol

from flask import current_app
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.config import Settings
from webapp.db import db


class Lock(Protocol):
    """A lock that was taken."""

    def held(self) -> bool:
        """Tells whether it is still ours."""

    def release(self) -> None:
        """Lets somebody else take it."""


def take(name: str) -> Lock | None:
    """Takes the lock of this name; None when another has it. Needs an application context."""
    if db.engine.dialect.name == "postgresql":
        return _take_advisory(db.engine, name)
    settings: Settings = current_app.extensions["settings"]
    return _take_file(settings.data_dir / "locks" / f"{name}.lock")


class _FileLock:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def held(self) -> bool:
        return not self._file.closed

    def release(self) -> None:
        self._file.close()


def _take_file(path: Path) -> _FileLock | None:
    path.parent.mkdir(exist_ok=True)
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return _FileLock(file)


class _AdvisoryLock:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def held(self) -> bool:
        try:
            return not self._connection.closed and self._connection.scalar(select(1)) == 1
        except SQLAlchemyError:
            return False

    def release(self) -> None:
        self._connection.close()


def _take_advisory(engine: Engine, name: str) -> _AdvisoryLock | None:
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()  # to close it, and not to give it back to the pool, is what frees the lock
    try:
        taken = connection.scalar(select(func.pg_try_advisory_lock(_key(name))))
    except SQLAlchemyError:
        connection.close()
        raise
    if taken:
        return _AdvisoryLock(connection)
    connection.close()
    return None


def _key(name: str) -> int:
    """Returns the number, of 64 bits and signed, that stands for a name among advisory locks."""
    return int.from_bytes(hashlib.sha256(f"parley {name}".encode()).digest()[:8], signed=True)
