"""What people were told."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column, validates

from webapp.db import Model, public_id
from webapp.security import is_own_path


class Notification(Model):
    """A whole sentence for one person. ``key`` says what it is about: nobody is told of that twice."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index(None, "key"),
        Index("ix_notifications_newest", "user_id", "created_at", "id"),
        Index(
            "ix_notifications_unread",
            "user_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=public_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    sentence: Mapped[str] = mapped_column(String(500))
    url: Mapped[str | None] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    shown: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether it stands on the page. What somebody wants another way alone is kept for its key."""

    @validates("url")
    def _is_of_this_site(self, _name: str, url: str | None) -> str | None:
        check_url(url)
        return url


class Choice(Model):
    """Somebody wants a kind of notification some way, or not, other than by default."""

    __tablename__ = "notification_choices"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True, index=True)
    way: Mapped[str] = mapped_column(String(4), primary_key=True)
    wanted: Mapped[bool]


def check_url(url: str | None) -> None:
    """ValueError unless it is an address of this site, or none."""
    if url is not None and not (url.isascii() and is_own_path(url)):
        raise ValueError(f"{url!r} is not a path of this site.")
