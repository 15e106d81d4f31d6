import sqlite3
from collections.abc import Iterator

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect, text

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
    assert set(inspect(db.engine).get_table_names()) == {*Model.metadata.tables, "alembic_version"}


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
