"""Accounts, their roles and their tokens."""

import secrets
from datetime import datetime

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

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
    created_at: Mapped[datetime]
    roles: Mapped[list[Role]] = relationship(secondary=role_holders)  # type: ignore[assignment]

    @property
    def is_operator(self) -> bool:
        """Whether this account runs the site."""
        return self.has_role("operator")


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
