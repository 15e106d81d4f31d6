"""Recordings, and whose voices they hold."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.db import Model, public_id
from webapp.spaces.models import Space


class State(StrEnum):
    """Whether the recorder is done with it."""

    RECORDING = "recording"
    CLOSED = "closed"
    """It was stopped early and its files are whole; the space goes on."""
    READY = "ready"


class Recording(Model):
    """What a space leaves behind. Who may hear it is a question of the instant: see ``queries.hearable``.

    Its files are on the recorder's disk, from ``shelved_at`` on the shelf, and from ``erased_at`` on nowhere;
    ``withdrawn_at`` is when they began to be removed. The sealed copy is another matter (``webapp.vault``).
    """

    __tablename__ = "recordings"
    __table_args__ = (Index(None, "state", "host_until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=public_id)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"), unique=True)
    state: Mapped[State] = mapped_column(
        Enum(
            State, native_enum=False, length=9, values_callable=lambda kind: [state.value for state in kind]
        ),
        default=State.RECORDING,
    )
    started_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    interrupted: Mapped[bool] = mapped_column(default=False)
    interrupted_at: Mapped[datetime | None]
    lost_ms: Mapped[int] = mapped_column(default=0)
    duration_ms: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    host_until: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    shelved_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    guests_allowed: Mapped[bool] = mapped_column(default=True)
    space: Mapped[Space] = relationship(lazy="joined", innerjoin=True)
    tracks: Mapped[list["Track"]] = relationship()


class Play(Model):
    """Somebody listened to a recording, however often, and how far they came the last time."""

    __tablename__ = "plays"

    recording_id: Mapped[int] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True
    )
    listener: Mapped[str] = mapped_column(String(22), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    position_ms: Mapped[int]


class Track(Model):
    """One speaker's own voice, on the timeline of the mix."""

    __tablename__ = "tracks"
    __table_args__ = (UniqueConstraint("recording_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(63))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class Finding(Model):
    """Something that the last comparison of rows and files found."""

    __tablename__ = "findings"

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(200))
    found_at: Mapped[datetime]
