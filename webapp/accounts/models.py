"""Accounts, their roles and their tokens."""

import secrets
from datetime import datetime

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, String, Table
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.names import BIO_MAX
from webapp.db import Model

role_holders = Table(
    "role_holders",
    Model.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Model, RoleMixin):
    """What an account may do for the whole site."""

    __tablename__ = "roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)


class User(Model, UserMixin):
    """An account."""

    __tablename__ = "users"
    __table_args__ = ({"sqlite_autoincrement": True},)  # a number never names two people

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: secrets.token_hex(32))
    handle: Mapped[str] = mapped_column(String(20), unique=True)
    display_name: Mapped[str] = mapped_column(String(50))
    hue: Mapped[int]
    bio: Mapped[str] = mapped_column(String(BIO_MAX), default="", server_default="")
    time_zone: Mapped[str | None] = mapped_column(String(64))
    """An IANA name; None follows the device."""
    language: Mapped[str | None] = mapped_column(String(16))
    """None follows what the browser asks for."""
    created_at: Mapped[datetime]
    tf_primary_method: Mapped[str | None] = mapped_column(String(20))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None]
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(
        MutableList.as_mutable(JSON(none_as_null=True))
    )
    roles: Mapped[list[Role]] = relationship(secondary=role_holders)  # type: ignore[assignment]

    @property
    def is_operator(self) -> bool:
        """Whether this account runs the site."""
        return self.has_role("operator")

    @property
    def is_reviewer(self) -> bool:
        """Whether this account may look at what was reported."""
        return self.has_role("reviewer")

    @property
    def has_two_factor(self) -> bool:
        """Whether signing in asks this account for a code as well."""
        return bool(self.tf_primary_method and self.tf_totp_secret)


class Follow(Model):
    """Somebody wants to hear of somebody else. Nobody follows themself, nor across a block."""

    __tablename__ = "follows"
    __table_args__ = (CheckConstraint("follower_id <> followed_id", "another"),)

    follower_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    followed_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime]


class Block(Model):
    """Somebody keeps somebody else away from themself and their spaces."""

    __tablename__ = "blocks"
    __table_args__ = (CheckConstraint("blocker_id <> blocked_id", "another"),)

    blocker_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    blocked_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime]


class ApiToken(Model):
    """A secret that lets a program act as its owner. Only its SHA-256 is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()
