"""Features that are rolled out, their stages, who is on the list, and what happened."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Enum, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.db import Model
from webapp.rollout.platforms import Platform
from webapp.rollout.programme import Stage

LABEL_MAX = 40


class Feature(Model):
    """A feature that somebody has begun to roll out. One without a row, or without stages, everybody has."""

    __tablename__ = "features"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    changed_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]


class RolloutStage(Model):
    """A stage, as ``programme.Stage`` explains it."""

    __tablename__ = "rollout_stages"
    __table_args__ = (CheckConstraint("permille BETWEEN 0 AND 1000", "permille"),)

    feature: Mapped[str] = mapped_column(ForeignKey("features.name", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(String(LABEL_MAX))
    starts_at: Mapped[datetime]
    permille: Mapped[int]
    platforms: Mapped[list[str]] = mapped_column(JSON)

    @classmethod
    def of(cls, feature: str, stage: Stage) -> "RolloutStage":
        return cls(
            feature=feature,
            number=stage.number,
            label=stage.label,
            starts_at=stage.starts_at,
            permille=stage.permille,
            platforms=sorted(stage.platforms),
        )

    def plain(self) -> Stage:
        """Returns it as a value."""
        platforms = frozenset(map(Platform, self.platforms))
        return Stage(self.number, self.label, self.starts_at, self.permille, platforms)


class Listed(Model):
    """Somebody who has a feature from its first stage on."""

    __tablename__ = "rollout_listed"

    feature: Mapped[str] = mapped_column(ForeignKey("features.name", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    added_at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class EventKind(StrEnum):
    """What can happen to a programme."""

    STARTED = "started"
    BEGAN = "began"
    PAUSED = "paused"
    RESUMED = "resumed"
    JUMPED = "jumped"
    CHANGED = "changed"
    OPENED = "opened"
    LISTED = "listed"
    UNLISTED = "unlisted"


class RolloutEvent(Model):
    """Something that happened to a programme. ``at`` is when; ``noted_at`` is when it was written down.

    That a stage began at an instant is written down once. ``by_id`` is empty for what came with time, and for
    what was done on the command line.
    """

    __tablename__ = "rollout_events"
    __table_args__ = (UniqueConstraint("feature", "kind", "stage", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    feature: Mapped[str] = mapped_column(ForeignKey("features.name", ondelete="CASCADE"))
    kind: Mapped[EventKind] = mapped_column(
        Enum(EventKind, native_enum=False, length=9, values_callable=lambda kinds: [k.value for k in kinds])
    )
    stage: Mapped[int | None]
    subject: Mapped[str] = mapped_column(String(LABEL_MAX), default="")
    at: Mapped[datetime]
    noted_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    by: Mapped[User | None] = relationship(lazy="joined")
