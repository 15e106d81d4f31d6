"""Who offers their recordings as a podcast, and which files were made for it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.db import Model
from webapp.recordings.models import Recording


class Podcast(Model):
    """A host offers their public recordings as a podcast; without a row they do not."""

    __tablename__ = "podcasts"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    guid: Mapped[str] = mapped_column(String(36))
    """By which directories know it, for its whole life (podcast:guid)."""
    since: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class Episode(Model):
    """The file of a recording that podcast players play: claimed, and once it is whole, made.

    It lies beside the recording's other files, and goes with them.
    """

    __tablename__ = "episodes"

    recording_id: Mapped[int] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True
    )
    claimed_at: Mapped[datetime]
    attempts: Mapped[int]
    made_at: Mapped[datetime | None]
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    recording: Mapped[Recording] = relationship(lazy="joined", innerjoin=True)
