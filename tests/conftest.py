"""What every test of the web application shares: an application on a frozen clock, and people."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextvars import Context
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import ORMExecuteState

from tests.compiled import share_compiled, share_rules
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.app import create_app
from webapp.config import Settings
from webapp.db import db

PASSWORD = "seven quiet rooms"

LIVES = int(os.environ.get("LIVES", "0"))
"""How many random lives a space leads in a long run; otherwise there are few, and the same each time."""

hypothesis.settings.register_profile(
    "parley",
    deadline=None,  # a busy machine is no defect
    derandomize=not LIVES,
)
hypothesis.settings.load_profile("parley")
share_rules()


class FrozenClock:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def tick(self, **by: float) -> datetime:
        """Lets time pass: ``tick(days=30)``."""
        self._now += timedelta(**by)
        return self._now


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "data", demo=False)


@pytest.fixture
def app(settings: Settings, clock: FrozenClock) -> Iterator[Flask]:
    """An application with an empty database. Neither the media core nor any job runs."""
    app = create_app(settings, clock)
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Browser
    app.testing = True
    hash_quickly(app)
    with app.app_context():
        share_compiled(app)
        create_tables()
        yield app
        db.session.remove()
        db.engine.dispose()


def hash_quickly(app: Flask) -> None:
    """Has passwords cost little: they are slow on purpose, and many are asked for."""
    app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=64)


EMPTY: dict[str, bytes] = {}
"""A database without a row, once there was one."""


def create_tables() -> None:
    """Makes the database of an application; all but the first of SQLite's are copies."""
    if "empty" in EMPTY and db.engine.dialect.name == "sqlite" and db.engine.url.database:
        Path(db.engine.url.database).write_bytes(EMPTY["empty"])
        return
    db.create_all()
    raw = db.engine.raw_connection()
    if isinstance(raw.dbapi_connection, sqlite3.Connection):
        EMPTY["empty"] = raw.dbapi_connection.serialize()
    raw.close()


class Browser(FlaskClient):
    """A browser: its requests run outside the test's context, and the test sees what they changed."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        response = Context().run(super().open, *args, buffered=True, **kwargs)
        db.session.expire_all()
        return response


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def person(app: Flask, clock: FrozenClock) -> Callable[[str], User]:
    """Makes an account from a name: ``person("Alice")`` has the handle alice."""

    def make(name: str) -> User:
        handle = name.lower()
        return accounts.add_account(f"{handle}@example.com", hashed_password(), handle, name, clock.now())

    return make


@cache
def hashed_password() -> str:
    """The hash of PASSWORD, made once."""
    return hash_password(PASSWORD)


@pytest.fixture
def alice(person: Callable[[str], User]) -> User:
    """The one who owns things."""
    return person("Alice")


@pytest.fixture
def bob(person: Callable[[str], User]) -> User:
    """The one who may help."""
    return person("Bob")


@pytest.fixture
def charlie(person: Callable[[str], User]) -> User:
    """The outsider, who may not."""
    return person("Charlie")


@pytest.fixture
def operator(app: Flask, clock: FrozenClock) -> User:
    """The one who runs the site."""
    return accounts.sign_up("olga@example.com", hashed_password(), "olga", "Olga", clock.now())


@pytest.fixture
def queries_of_postgresql(app: Flask) -> Iterator[list[str]]:
    """What is asked of the database, as PostgreSQL would be: it locks rows where SQLite locks everything."""
    asked: list[str] = []

    def note(state: ORMExecuteState) -> None:
        if state.is_select:
            asked.append(str(state.statement.compile(dialect=postgresql.dialect())))

    event.listen(db.session, "do_orm_execute", note)
    yield asked
    event.remove(db.session, "do_orm_execute", note)


@pytest.fixture
def sign_in(app: Flask) -> Callable[[User], FlaskClient]:
    """Returns a browser in which somebody is signed in: ``sign_in(alice).get("/")``."""

    def browser(user: User) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = user.fs_uniquifier
            session["_fresh"] = True
        return client

    return browser
