"""Runs migrations on the application's database."""

from alembic import context
from flask import current_app
from sqlalchemy import text

from webapp.db import Model, UtcDateTime
from webapp.discovery import schema


def render_item(kind, value, _context):
    """Writes our own types as the plain ones they are stored as, so that no migration needs our code."""
    return "sa.DateTime()" if kind == "type" and isinstance(value, UtcDateTime) else False


def include_name(name, kind, _parents):
    """Leaves the search index alone, which is no table of a model: see ``webapp.discovery.schema``."""
    return kind != "table" or not name.startswith("search_")


def run(connection):
    """Runs what is asked for in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        render_item=render_item,
        include_name=include_name,
    )
    with context.begin_transaction():
        context.run_migrations()
        schema.repair(connection)


with current_app.extensions["migrate"].db.engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # A table is altered by copying it and dropping the first: what refers to it must not go along, and
        # triggers that name it are not read while it is not there.
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.execute(text("PRAGMA legacy_alter_table=ON"))
        connection.commit()
    run(connection)
    connection.detach()
