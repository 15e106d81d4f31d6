import sqlite3
from collections.abc import Iterator

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from webapp.app import create_app
from webapp.config import Settings
from webapp.db import Model, db


@pytest.fixture
def migrated(settings: Settings) -> Iterator[Flask]:
    """An application whose database was made by the migrations, from nothing."""
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        yield app
        db.engine.dispose()


def test_migrations_make_what_the_models_say(migrated: Flask) -> None:
    flask_migrate.check()
    tables = {name for name in inspect(db.engine).get_table_names() if not name.startswith("search_")}
    assert tables == {*Model.metadata.tables, "alembic_version"}


def test_migrating_again_changes_nothing(migrated: Flask) -> None:
    flask_migrate.upgrade()
    flask_migrate.check()


def test_migrations_go_back_to_nothing(migrated: Flask) -> None:
    flask_migrate.downgrade(revision="base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]


def test_foreign_keys_are_kept_again_after_a_migration(migrated: Flask) -> None:
    connection = db.engine.raw_connection()
    assert isinstance(connection.driver_connection, sqlite3.Connection)
    assert connection.driver_connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    connection.close()


def test_answers_about_voices_are_kept_with_their_words(settings: Settings) -> None:
    with create_app(settings).app_context():
        flask_migrate.upgrade(revision="0001")
        with db.engine.begin() as connection:
            for statement in _AN_ANSWER_OF_0001:
                connection.exec_driver_sql(statement)
        flask_migrate.upgrade(revision="announced")
        with db.engine.connect() as connection:
            kept = connection.exec_driver_sql("SELECT space_id, user_id, answer, at, wording FROM consents")
            assert kept.all() == [(1, 1, "yes", "2026-01-05 18:00:00.000000", "May we?")]
        flask_migrate.downgrade(revision="0001")
        with db.engine.connect() as connection:
            columns = "user_id, consent_at, consent_wording"
            back = connection.exec_driver_sql(f"SELECT {columns} FROM memberships")
            assert back.all() == [(1, "2026-01-05 18:00:00.000000", "May we?"), (2, None, None)]
        with pytest.raises(IntegrityError, match="ck_memberships_seat"), db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE memberships SET role = 'speaker', seat = 13 WHERE user_id = 2")
        db.engine.dispose()


_THEN = "2026-01-05 18:00:00.000000"
_AN_ANSWER_OF_0001 = (
    "INSERT INTO users (id, email, password, active, fs_uniquifier, handle, display_name, hue, created_at)"
    f" VALUES (1, 'a', '', 1, 'a', 'alice', 'Alice', 0, '{_THEN}'),"
    f" (2, 'b', '', 1, 'b', 'bob', 'Bob', 0, '{_THEN}')",
    "INSERT INTO spaces (id, public_id, host_id, title, topics, record, state, created_at)"
    f" VALUES (1, 'tea', 1, 'Tea', '[]', 1, 'scheduled', '{_THEN}')",
    "INSERT INTO memberships (space_id, user_id, role, seat, muted, consent, consent_at, consent_wording)"
    f" VALUES (1, 1, 'host', 0, 1, 'yes', '{_THEN}', 'May we?')",
    "INSERT INTO memberships (space_id, user_id, role, muted) VALUES (1, 2, 'listener', 1)",
)


def test_guests_who_were_removed_stay_removed(settings: Settings) -> None:
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade(revision="0001")
        row = "(1, 'guest-beef', '2026-01-05 18:00:00.000000')"
        with db.engine.connect() as connection:
            connection.execute(text("PRAGMA foreign_keys=OFF"))
            connection.execute(text(f"INSERT INTO removed_guests VALUES {row}"))
            connection.commit()
            flask_migrate.upgrade(revision="library")
            kept = connection.execute(text("SELECT guest, came_at, removed_at FROM guests")).all()
        assert kept == [("guest-beef", "2026-01-05 18:00:00.000000", "2026-01-05 18:00:00.000000")]
        db.engine.dispose()


def test_there_and_back_again_every_ended_recording_has_its_copy(settings: Settings) -> None:
    with create_app(settings).app_context():
        flask_migrate.upgrade(revision="0001")
        with db.engine.begin() as connection:
            for statement in (*_AN_ANSWER_OF_0001, _A_RECORDING_OF_0001):
                connection.exec_driver_sql(statement)
        flask_migrate.upgrade()
        flask_migrate.downgrade(revision="0001")
        with db.engine.connect() as connection:
            kept = connection.exec_driver_sql("SELECT vault_until FROM recordings").all()
            assert kept == [("2026-05-05 18:00:00.000000",)]
            users = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'users'").scalar()
            assert "AUTOINCREMENT" in str(users)
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            copies = connection.exec_driver_sql("SELECT ref, until FROM vault_copies").all()
            assert copies == [("recorded", "2026-05-05 18:00:00.000000")]
        db.engine.dispose()


_A_RECORDING_OF_0001 = (
    "INSERT INTO recordings (id, public_id, space_id, state, started_at, ended_at, interrupted, lost_ms,"
    f" duration_ms, size_bytes, host_until, vault_until) VALUES (1, 'recorded', 1, 'ready', '{_THEN}',"
    f" '{_THEN}', 0, 0, 0, 1, '2026-02-04 18:00:00.000000', '2026-05-05 18:00:00.000000')"
)


def test_who_wanted_no_mails_still_wants_no_reminders_by_mail(settings: Settings) -> None:
    columns = "id, email, password, active, fs_uniquifier, handle, display_name, hue, created_at, mails"
    values = "{0}, '{0}', '', 1, '{0}', '{0}', '{0}', 0, '2026-01-05 18:00:00', {1}"
    person = f"INSERT INTO users ({columns}) VALUES ({values})"
    with create_app(settings).app_context():
        flask_migrate.upgrade(revision="people")
        with db.engine.begin() as connection:
            connection.exec_driver_sql(person.format(1, 0))
            connection.exec_driver_sql(person.format(2, 1))
        flask_migrate.upgrade(revision="told")
        with db.engine.connect() as connection:
            chosen = connection.exec_driver_sql("SELECT user_id, kind, way, wanted FROM notification_choices")
            assert chosen.all() == [(1, "reminder", "mail", 0)]
        flask_migrate.downgrade(revision="people")
        with db.engine.connect() as connection:
            back = connection.exec_driver_sql("SELECT id, mails FROM users ORDER BY id")
            assert back.all() == [(1, 0), (2, 1)]
        db.engine.dispose()
