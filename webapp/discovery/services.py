"""What can be done with the search index."""

from webapp.db import db
from webapp.discovery import schema


def reindex() -> None:
    """Makes the index and its triggers where they are missing, and every entry anew."""
    schema.install(db.session.connection())
    schema.fill(db.session.connection())
    db.session.commit()
