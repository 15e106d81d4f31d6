"""What happens to notifications."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.db import db
from webapp.notifications.bell import bell
from webapp.notifications.models import Notification, check_url
from webapp.notifications.queries import notification_of

KEPT_ONCE_READ = timedelta(days=90)


def tell(
    user_id: int, *, kind: str, sentence: str, url: str | None, key: str, now: datetime
) -> Notification | None:
    """Tells somebody a whole sentence in plain text, and shows it where they are. Commits.

    ``url`` is a path of this site that says more. Returns None, with nobody told, when something of this key
    was told them before, be it by another process at this moment, or when the account is gone. A key is
    remembered as long as the notification: at least 90 days.
    """
    db.session.flush()  # what the caller did wrong is not to be taken for being told twice
    notification = Notification(
        user_id=user_id, kind=kind, sentence=sentence, url=url, key=key, created_at=now
    )
    is_new = _add(notification)
    db.session.commit()
    if not is_new:
        return None
    bell.ring(user_id, sentence)
    return notification


def leave_word(
    user_ids: Iterable[int], *, kind: str, sentence: str, url: str | None, key: str, now: datetime
) -> list[int]:
    """Tells many the same, in the caller's transaction; they see it on the next page that they open.

    Whoever was told something of this key before is not told again. Returns those who were told now, for
    the caller to ring once that is committed.
    """
    check_url(url)
    told = set(db.session.scalars(select(Notification.user_id).where(Notification.key == key)))
    news = [user_id for user_id in user_ids if user_id not in told]
    same = {"kind": kind, "sentence": sentence, "url": url, "key": key, "created_at": now}
    if news:  # many rows, so without an object for each
        db.session.execute(insert(Notification), [{"user_id": user_id, **same} for user_id in news])
    return news


def _add(notification: Notification) -> bool:
    """Leaves it to the unique key who was first; whatever else is in the transaction stays in it."""
    try:
        with db.session.begin_nested():
            db.session.add(notification)
    except IntegrityError:
        return False
    return True


def mark_read(user: User, public_id: str, now: datetime) -> Notification:
    """Notes that somebody read one of their own notifications, and returns it. NotFound."""
    notification = notification_of(user, public_id)
    if notification.read_at is None:
        notification.read_at = now
        db.session.commit()
        bell.ring(user.id)
    return notification


def mark_all_read(user: User, now: datetime) -> None:
    """Notes that somebody read everything there is."""
    unread = Notification.user_id == user.id, Notification.read_at.is_(None)
    db.session.execute(update(Notification).where(*unread).values(read_at=now))
    db.session.commit()
    bell.ring(user.id)


def prune(now: datetime) -> int:
    """Destroys what was read 90 days ago."""
    old = delete(Notification).where(Notification.read_at < now - KEPT_ONCE_READ)
    pruned = len(db.session.scalars(old.returning(Notification.id)).all())
    db.session.commit()
    return pruned


def forget(user: User) -> None:
    """Destroys all that somebody was told, in the caller's transaction: their account goes."""
    db.session.execute(delete(Notification).where(Notification.user_id == user.id))


def export(user: User) -> list[dict[str, str | None]]:
    """Returns all that somebody was told, the oldest first, for them to take away."""
    own = select(Notification).where(Notification.user_id == user.id)
    return [
        {
            "kind": each.kind,
            "sentence": each.sentence,
            "url": each.url,
            "created_at": each.created_at.isoformat(),
            "read_at": each.read_at.isoformat() if each.read_at else None,
        }
        for each in db.session.scalars(own.order_by(Notification.created_at, Notification.id))
    ]
