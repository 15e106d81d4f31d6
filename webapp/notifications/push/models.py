"""The browsers that are sent word, and what waits to be sent."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, String, UniqueConstraint, and_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.db import Model, public_id
from webapp.notifications.models import Notification
from webapp.notifications.push.address import ENDPOINT_MAX


class Subscription(Model):
    """A browser in which somebody is signed in, at a push service. It is of use as long as they are."""

    __tablename__ = "push_subscriptions"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=public_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    sign_in: Mapped[str] = mapped_column(String(64))
    """What named its owner in their cookie: another password, or signing out everywhere, ends it."""
    server_key: Mapped[str] = mapped_column(String(87))
    """Our public key when it was made: its push service takes messages that this one signs."""
    endpoint: Mapped[str] = mapped_column(String(ENDPOINT_MAX), unique=True)
    p256dh: Mapped[str] = mapped_column(String(87))
    auth: Mapped[str] = mapped_column(String(22))
    created_at: Mapped[datetime]


class Push(Model):
    """A notification that waits to be sent to a browser; after ``until`` it is of no use any more."""

    __tablename__ = "pushes"
    __table_args__ = (UniqueConstraint("subscription_id", "notification_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("push_subscriptions.id", ondelete="CASCADE"))
    notification_id: Mapped[int] = mapped_column(
        ForeignKey("notifications.id", ondelete="CASCADE"), index=True
    )
    due_at: Mapped[datetime] = mapped_column(index=True)
    until: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    subscription: Mapped[Subscription] = relationship(lazy="joined", innerjoin=True)
    notification: Mapped[Notification] = relationship(lazy="joined", innerjoin=True)


def in_use(server_key: str) -> ColumnElement[bool]:
    """Selects the subscriptions of browsers whose owners are signed in there, made with this key of ours."""
    owner = User.id == Subscription.user_id, User.active, User.fs_uniquifier == Subscription.sign_in
    return and_(Subscription.server_key == server_key, select(User.id).where(*owner).exists())
