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
    READY = "ready"


class Recording(Model):
    """What a space leaves behind. Who may hear it is a question of the instant: see ``queries.hearable``."""

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
    ended_at: Mapped[datetime | None]
    interrupted: Mapped[bool] = mapped_column(default=False)
    interrupted_at: Mapped[datetime | None]
    lost_ms: Mapped[int] = mapped_column(default=0)
    duration_ms: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    host_until: Mapped[datetime | None]
    vault_until: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    guests_allowed: Mapped[bool] = mapped_column(default=True)
    space: Mapped[Space] = relationship(lazy="joined", innerjoin=True)
    tracks: Mapped[list["Track"]] = relationship()

    def key(self, filename: str) -> str:
        """Returns where a file of this recording is kept."""
        return f"{self.public_id}/{filename}"


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
