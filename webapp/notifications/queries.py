"""What somebody was told."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, tuple_

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.notifications.kinds import KINDS, Kind, Way
from webapp.notifications.models import Choice, Notification

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
    found = select(Notification).where(Notification.user_id == user.id, Notification.shown)
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


def choices_of(user: User) -> dict[str, dict[str, bool]]:
    """Returns what somebody wants other than by default: by kind, each way."""
    chosen: dict[str, dict[str, bool]] = {}
    for choice in db.session.scalars(select(Choice).where(Choice.user_id == user.id)):
        chosen.setdefault(choice.kind, {})[choice.way] = choice.wanted
    return chosen


def ways_of(user: User) -> dict[str, frozenset[Way]]:
    """Returns the ways that every kind takes to somebody."""
    chosen = choices_of(user)
    return {name: kind.ways(chosen.get(name, {})) for name, kind in KINDS.items()}


def takes(kind: Kind, way: Way, user_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Selects those to whom a kind goes some way, of the accounts whose numbers are in a column."""
    by_default = way in kind.on
    if way not in kind.open:
        return user_id.is_not(None) if by_default else user_id.is_(None)
    departing = Choice.kind == kind.name, Choice.way == way, Choice.wanted.is_(not by_default)
    departed = select(Choice.user_id).where(*departing)
    return user_id.not_in(departed) if by_default else user_id.in_(departed)
