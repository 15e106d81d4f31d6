"""Who waits for which space."""

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.db import db
from webapp.scheduling.models import Reminder
from webapp.spaces.models import Space


def reminded_spaces(user: User) -> frozenset[str]:
    """Returns the public ids of the spaces that somebody asked to be reminded of."""
    asked = select(Space.public_id).join(Reminder, Reminder.space_id == Space.id)
    return frozenset(db.session.scalars(asked.where(Reminder.user_id == user.id)))


def is_reminded(user: User, space: Space) -> bool:
    """Tells whether somebody asked to be reminded of a space."""
    return db.session.get(Reminder, (space.id, user.id)) is not None
