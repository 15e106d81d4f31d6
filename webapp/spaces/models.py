"""Spaces and who was in them."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Enum, ForeignKey, Index, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.db import Model, public_id
from webapp.spaces.leading import Company, Standing
from webapp.spaces.states import QUESTION_MAX, STAGE_SEATS, TITLE_MAX, Door, OpenTo, Role, State
from webapp.spaces.times import ZONE_MAX, Plan


def _one_of(words: type[StrEnum]) -> Enum:
    return Enum(
        words, native_enum=False, length=9, values_callable=lambda kind: [word.value for word in kind]
    )


class Space(Model):
    """A conversation, from its announcement to whatever is left of it."""

    __tablename__ = "spaces"
    __table_args__ = (Index(None, "state", "started_at"), Index(None, "state", "scheduled_for"))

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=public_id)
    host_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    topics: Mapped[list[str]] = mapped_column(JSON)
    record: Mapped[bool]
    open_to: Mapped[OpenTo] = mapped_column(_one_of(OpenTo), default=OpenTo.ANYONE, server_default="anyone")
    guests_allowed: Mapped[bool] = mapped_column(default=True, server_default=true())
    state: Mapped[State] = mapped_column(_one_of(State), default=State.SCHEDULED)
    created_at: Mapped[datetime]
    scheduled_for: Mapped[datetime | None]
    zone: Mapped[str | None] = mapped_column(String(ZONE_MAX))
    """In which its host said when it is scheduled for."""
    edited_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was changed before it started, for calendars and for pages that wait."""
    nudges: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of their two reminders the host has had."""
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(String(20))
    """Why it ended, or was cancelled."""
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    lost_at: Mapped[datetime | None]
    leaderless_since: Mapped[datetime | None]
    empty_since: Mapped[datetime | None]
    requests_open: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether listeners may ask to speak."""
    plan_told_at: Mapped[datetime | None]
    start_told_at: Mapped[datetime | None]
    """When those who follow the host were told that it is planned, and that it is live."""
    host: Mapped[User] = relationship(foreign_keys=[host_id], lazy="joined", innerjoin=True)
    stage: Mapped[list["Membership"]] = relationship(
        primaryjoin="and_(Space.id == Membership.space_id, Membership.seat.is_not(None))",
        order_by="Membership.seat",
        viewonly=True,
    )

    @property
    def url(self) -> str:
        """The one address of this space, in every state."""
        return f"/spaces/{self.public_id}"

    @property
    def door(self) -> Door:
        return Door(self.open_to, self.guests_allowed)

    @property
    def plan(self) -> Plan | None:
        """When it is to start, if its host said so."""
        return Plan(self.scheduled_for, self.zone) if self.scheduled_for and self.zone else None

    @property
    def standing(self) -> Standing:
        """Who leads, and since when what is missing, as last written."""
        return Standing(self.leader_id, self.lost_at, self.leaderless_since, self.empty_since)

    def company(self, present: Collection[int]) -> Company:
        """Returns who of the stage is connected; ``present`` are all who are."""
        cohosts = [member for member in self.stage if member.role == Role.COHOST]
        return Company(
            host=self.host_id,
            cohosts=tuple(member.user_id for member in sorted(cohosts, key=_joining)),
            connected={member.user_id for member in self.stage if member.user_id in present},
        )


class Membership(Model):
    """What an account is in a space. Who is on the stage has a seat; who was removed keeps the row alone."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("space_id", "seat"),
        CheckConstraint(f"seat BETWEEN 0 AND {STAGE_SEATS - 1}", "seat"),
        CheckConstraint("(role = 'listener') = (seat IS NULL)", "stage"),
        CheckConstraint("removed_at IS NULL OR role = 'listener'", "removed"),
        Index(
            "ix_memberships_host",
            "space_id",
            unique=True,
            sqlite_where=text("role = 'host'"),
            postgresql_where=text("role = 'host'"),
        ),
        Index(
            "ix_memberships_on_stage",
            "user_id",
            "space_id",
            "seat",
            sqlite_where=text("seat IS NOT NULL"),
            postgresql_where=text("seat IS NOT NULL"),
        ),
    )

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[Role] = mapped_column(_one_of(Role), default=Role.LISTENER)
    seat: Mapped[int | None]
    muted: Mapped[bool] = mapped_column(default=True)
    joined_at: Mapped[datetime | None] = mapped_column(index=True)
    left_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    spoken_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    voice_told_at: Mapped[datetime | None]
    """When those who follow them were told that they speak here."""
    consent: Mapped[str | None] = mapped_column(String(3))
    """The latest of their answers, which ``Consent`` keeps."""
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    @property
    def on_stage(self) -> bool:
        return self.seat is not None

    @property
    def track(self) -> str:
        """The file that this voice is written to now; empty unless its owner agrees."""
        return track_file(self.user_id) if self.consent == "yes" else ""


def _joining(member: Membership) -> tuple[bool, datetime | None, int]:
    return member.joined_at is None, member.joined_at, member.user_id


class Invitation(Model):
    """A listener may come to the stage of a live space, until they answer."""

    __tablename__ = "invitations"

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    user: Mapped[User] = relationship(foreign_keys=user_id, lazy="joined", innerjoin=True)
    invited_by: Mapped[User] = relationship(foreign_keys=invited_by_id, lazy="joined", innerjoin=True)


class SpeakRequest(Model):
    """A listener would like to speak in a live space, until they are answered or take it back."""

    __tablename__ = "speak_requests"

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    question: Mapped[str] = mapped_column(String(QUESTION_MAX))
    asked_at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class Consent(Model):
    """An answer about the recording of one's voice, and the words before it. Each stands until the next."""

    __tablename__ = "consents"
    __table_args__ = (Index(None, "space_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    answer: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]
    wording: Mapped[str] = mapped_column(String(300))


def track_file(user_id: int) -> str:
    """Names the file of somebody's voice, in every recording."""
    return f"track-{user_id}.opus"


class Guest(Model):
    """Somebody without an account who was in a space: the number in their session."""

    __tablename__ = "guests"

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True)
    guest: Mapped[str] = mapped_column(String(22), primary_key=True)
    came_at: Mapped[datetime] = mapped_column(index=True)
    removed_at: Mapped[datetime | None]
