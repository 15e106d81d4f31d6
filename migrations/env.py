"""Runs migrations on the application's database."""

from alembic import context
from flask import current_app
from sqlalchemy import text

from webapp.db import Model, UtcDateTime


def render_item(kind, value, _context):
    """Writes our own types as the plain ones they are stored as, so that no migration needs our code."""
    return "sa.DateTime()" if kind == "type" and isinstance(value, UtcDateTime) else False


def run(connection):
    """Runs what is asked for in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


with current_app.extensions["migrate"].db.engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # A table is altered by copying it and dropping the first: what refers to it must not go along.
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.commit()
    run(connection)
    connection.detach()
