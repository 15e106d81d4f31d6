"""Which browsers are sent word, and what is to be sent to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import ColumnElement, delete, insert, literal, select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.db import UtcDateTime, db
from webapp.errors import Conflict, Invalid
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.notifications.kinds import Kind, Way
from webapp.notifications.models import Notification
from webapp.notifications.push import address
from webapp.notifications.push.courier import unpadded
from webapp.notifications.push.keys import courier, push_keys
from webapp.notifications.push.models import Push, Subscription, in_use
from webapp.notifications.queries import takes
from webapp.scheduler import scheduler

BROWSERS_MAX = 10
KEPT_FOR = timedelta(days=1)
"""Nothing waits longer than this to be sent."""
POINT_BYTES, SECRET_BYTES = 65, 16
NOT_SET_UP = marked("This site does not send notifications to browsers.")


def subscribe(user: User, endpoint: str, p256dh: str, auth: str, now: datetime) -> Subscription:
    """Sends word to a browser from now on, in which an account is signed in. Invalid, Conflict.

    Whoever used that browser before hears nothing there any more. An eleventh takes the place of the one
    that has been there longest.
    """
    keys = push_keys()
    if keys is None:
        raise Conflict(_(NOT_SET_UP))
    _check(endpoint, p256dh, auth)
    db.session.execute(delete(Subscription).where(Subscription.endpoint == endpoint))
    made = Subscription(
        user_id=user.id,
        sign_in=user.fs_uniquifier,
        server_key=keys.public,
        endpoint=endpoint,
        p256dh=p256dh.rstrip("="),
        auth=auth.rstrip("="),
        created_at=now,
    )
    db.session.add(made)
    try:
        db.session.flush()
    except IntegrityError as error:  # it was sent twice at this moment
        db.session.rollback()
        raise Conflict(_("This browser is being added already.")) from error
    _make_room(user)
    db.session.commit()
    return made


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    parts = address.split(endpoint, courier().port)
    if courier().port is not None:
        address.check_literal(parts.hostname or "")
    try:
        point, secret = unpadded(p256dh.rstrip("=")), unpadded(auth.rstrip("="))
        fits = len(point) == POINT_BYTES and len(secret) == SECRET_BYTES
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        fits = False
    if not fits:
        raise Invalid(_("Those are not the keys of a browser."))


def _make_room(user: User) -> None:
    own = select(Subscription.id).where(Subscription.user_id == user.id).order_by(Subscription.id.desc())
    oldest = db.session.scalars(own.offset(BROWSERS_MAX)).all()
    db.session.execute(delete(Subscription).where(Subscription.id.in_(oldest)))


def unsubscribe(user: User, public_id: str) -> None:
    """Sends one's own browser nothing any more. Doing it again changes nothing."""
    own = Subscription.user_id == user.id, Subscription.public_id == public_id
    db.session.execute(delete(Subscription).where(*own))
    db.session.commit()


def unsubscribe_all(user: User) -> None:
    """Sends nothing to any browser of somebody."""
    forget(user)
    db.session.commit()


def stay(user: User, public_id: str) -> None:
    """Notes that a browser stayed signed in when its owner took another password."""
    own = Subscription.user_id == user.id, Subscription.public_id == public_id
    here = db.session.scalar(select(Subscription).where(*own))
    if here is not None:
        here.sign_in = user.fs_uniquifier
        db.session.commit()


def is_on(user: User, public_id: str) -> bool:
    """Tells whether word is sent to this browser of somebody's."""
    keys = push_keys()
    if keys is None:
        return False
    own = Subscription.user_id == user.id, Subscription.public_id == public_id
    return db.session.scalar(select(Subscription.id).where(*own, in_use(keys.public))) is not None


def browsers_of(user: User) -> int:
    """Counts the browsers of somebody that word is sent to."""
    keys = push_keys()
    if keys is None:
        return 0
    return len(
        db.session.scalars(
            select(Subscription.id).where(Subscription.user_id == user.id, in_use(keys.public))
        ).all()
    )


def post(kind: Kind, told: Iterable[ColumnElement[bool]], now: datetime, until: datetime) -> None:
    """Has notifications sent to the browsers of those who want it so, in the caller's transaction."""
    keys = push_keys()
    if keys is None:
        return
    until = min(until, now + KEPT_FOR)
    when = literal(now, UtcDateTime), literal(until, UtcDateTime), literal(0)
    waiting = (
        select(Subscription.id, Notification.id, *when)
        .join(Notification, Notification.user_id == Subscription.user_id)
        .where(*told, in_use(keys.public), takes(kind, Way.PUSH, Notification.user_id.expression))
    )
    columns = ["subscription_id", "notification_id", "due_at", "until", "tries"]
    db.session.execute(insert(Push).from_select(columns, waiting))


def send_soon() -> None:
    """Has what waits sent at once, where this process does that."""
    if push_keys() is not None:
        scheduler().soon("push")


def drop(user: User, kinds: Sequence[str]) -> None:
    """Drops what waits to be sent to somebody of some kinds, in the caller's transaction."""
    told = select(Notification.id).where(Notification.user_id == user.id, Notification.kind.in_(kinds))
    db.session.execute(delete(Push).where(Push.notification_id.in_(told)))


def prune() -> None:
    """Forgets browsers in which no owner is signed in, and those of another key; the caller commits."""
    keys = push_keys()
    if keys is not None:
        db.session.execute(delete(Subscription).where(~in_use(keys.public)))


def forget(user: User) -> None:
    """Forgets somebody's browsers, in the caller's transaction."""
    db.session.execute(delete(Subscription).where(Subscription.user_id == user.id))


def export(user: User) -> list[dict[str, Any]]:
    """Returns the browsers of somebody, without what only proves who they are."""
    own = select(Subscription).where(Subscription.user_id == user.id).order_by(Subscription.id)
    return [
        {"push_service": address.split(each.endpoint, None).hostname, "since": each.created_at}
        for each in db.session.scalars(own)
    ]
