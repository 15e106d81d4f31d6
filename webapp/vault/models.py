"""Sealed copies, what keeps them longer, who opened them, and what is left when they are gone."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.db import Model, public_id

REASON_MAX = 500


class Copy(Model):
    """A copy that waits for review. ``ref`` is the public id of what it is a copy of.

    It is kept until ``until``, or until ``held_until`` where that is later, whatever anybody does.
    """

    __tablename__ = "vault_copies"
    __table_args__ = (Index(None, "purged_at", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(22), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    title: Mapped[str] = mapped_column(String(70))
    ended_at: Mapped[datetime]
    heard_until: Mapped[datetime]
    until: Mapped[datetime]
    held_until: Mapped[datetime | None]
    sealed_at: Mapped[datetime | None]
    purging_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    owner: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    files: Mapped[list["SealedFile"]] = relationship(order_by="SealedFile.name")
    holds: Mapped[list["Hold"]] = relationship(order_by="Hold.placed_at")

    @property
    def kept_until(self) -> datetime:
        """When its time has come, as things stand."""
        return max(self.until, self.held_until or self.until)

    def key(self, name: str) -> str:
        """Returns where a file of this copy is kept."""
        return f"{self.ref}/{name}.sealed"


class SealedFile(Model):
    """A file of a copy, as it was before it was sealed."""

    __tablename__ = "vault_files"
    __table_args__ = (UniqueConstraint("copy_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(ForeignKey("vault_copies.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(63))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))


class Hold(Model):
    """A reviewer keeps a copy longer, for an appeal. It ends at ``until``, or sooner when it is released."""

    __tablename__ = "vault_holds"

    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(ForeignKey("vault_copies.id", ondelete="CASCADE"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    placed_at: Mapped[datetime]
    until: Mapped[datetime]
    released_at: Mapped[datetime | None]
    reviewer: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class Access(Model):
    """A reviewer opened a copy, said why, and could listen until ``until``."""

    __tablename__ = "vault_accesses"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=public_id)
    copy_id: Mapped[int] = mapped_column(ForeignKey("vault_copies.id", ondelete="CASCADE"), index=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    opened_at: Mapped[datetime]
    until: Mapped[datetime]
    copy: Mapped[Copy] = relationship(lazy="joined", innerjoin=True)
    reviewer: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class Receipt(Model):
    """Says that a copy was destroyed: what it was, who could hear it until when, and when it ceased to be.

    ``files`` has the name, size in bytes and SHA-256 of each, ``holds`` the reason and the time of each.
    """

    __tablename__ = "deletion_receipts"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(22), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    title: Mapped[str] = mapped_column(String(70))
    ended_at: Mapped[datetime]
    heard_until: Mapped[datetime]
    kept_until: Mapped[datetime]
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    holds: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    destroyed_at: Mapped[datetime]
