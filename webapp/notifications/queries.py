"""What somebody was told."""

from collections.abc import Sequence

from sqlalchemy import func, select, tuple_

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.notifications.models import Notification

PAGE = 30
MANY = 100
"""As many as are counted: the badge says 99+ from here on."""


def unread_count(user_id: int) -> int:
    """Returns how many notifications somebody has not read yet; 100 for any number from there on."""
    unread = select(Notification.id).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(unread.limit(MANY).subquery())) or 0


def page_of(user: User, before: str | None = None) -> tuple[Sequence[Notification], str | None]:
    """Returns a page of somebody's notifications, the newest first, and from where the next page goes on.

    It begins after the notification ``before``, which must be their own. NotFound.
    """
    place = tuple_(Notification.created_at, Notification.id)
    found = select(Notification).where(Notification.user_id == user.id)
    if before is not None:
        last = notification_of(user, before)
        found = found.where(place < (last.created_at, last.id))
    newest = found.order_by(Notification.created_at.desc(), Notification.id.desc())
    page = db.session.scalars(newest.limit(PAGE + 1)).all()
    return page[:PAGE], page[PAGE - 1].public_id if len(page) > PAGE else None


def notification_of(user: User, public_id: str) -> Notification:
    """Returns one of somebody's own notifications. NotFound."""
    own = Notification.user_id == user.id, Notification.public_id == public_id
    notification = db.session.scalar(select(Notification).where(*own))
    if notification is None:
        raise NotFound(_("This notification is not, or no longer, here."))
    return notification
