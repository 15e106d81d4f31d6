"""Who asked to be reminded of what."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.db import Model
from webapp.spaces.models import Space


class Reminder(Model):
    """Somebody waits for a space. It goes once they were told that it is live, or that it never will be."""

    __tablename__ = "reminders"

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    asked_at: Mapped[datetime]
    known_for: Mapped[datetime | None]
    """The time of the space as far as they know: who knows another one is told."""
    near_for: Mapped[datetime | None]
    """The time of which they know that it is near, for they were told or asked shortly before it."""
    space: Mapped[Space] = relationship(lazy="joined", innerjoin=True)
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
