"""What is in the vault at an instant, and for whom."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.vault.models import Access, Copy, Hold, Receipt


def is_due(now: datetime) -> ColumnElement[bool]:
    """The time of a copy has come: past its end, and past that of every hold."""
    return (Copy.until <= now) & (func.coalesce(Copy.held_until, Copy.until) <= now)


def copy_of(ref: str) -> Copy | None:
    """Returns the copy of something, whatever has become of it."""
    return db.session.scalar(select(Copy).where(Copy.ref == ref))


def copies_of(refs: Iterable[str]) -> dict[str, Copy]:
    """Returns the copies of several things, by ref."""
    return {copy.ref: copy for copy in db.session.scalars(select(Copy).where(Copy.ref.in_(refs)))}


def withdrawn_copies_of(owner: User, now: datetime) -> Sequence[Copy]:
    """Returns an account's copies of what can be heard no more and is not destroyed yet, the latest first."""
    theirs = select(Copy).where(Copy.owner_id == owner.id, Copy.purged_at.is_(None), Copy.heard_until <= now)
    return db.session.scalars(theirs.order_by(Copy.ended_at.desc())).all()


def copies_kept(now: datetime, before: datetime | None = None, limit: int = 50) -> Sequence[Copy]:
    """Returns copies that are kept at this instant, the latest to end first, or what follows after one."""
    kept = _kept(now).order_by(Copy.ended_at.desc(), Copy.id.desc()).limit(limit)
    return db.session.scalars(kept.where(Copy.ended_at < before) if before else kept).all()


def copy_kept(ref: str, now: datetime) -> Copy:
    """Returns a copy that is kept at this instant. NotFound."""
    copy = db.session.scalar(_kept(now).where(Copy.ref == ref))
    if copy is None:
        raise NotFound(_("There is no such copy in the vault, or not any more."))
    return copy


def active_hold(copy: Copy, now: datetime) -> Hold | None:
    """Returns the hold of a copy that ends last, of those that count at this instant."""
    holds = [hold for hold in copy.holds if hold.released_at is None and hold.until > now]
    return max(holds, key=lambda hold: hold.until, default=None)


def access_open(reviewer: User, public_id: str, now: datetime) -> Access:
    """Returns an access of this reviewer's that has not run out, to a copy that is kept. NotFound."""
    mine = select(Access).where(Access.public_id == public_id, Access.reviewer_id == reviewer.id)
    access = db.session.scalar(mine.where(Access.until > now))
    if access is None or access.copy.purging_at is not None or access.copy.kept_until <= now:
        raise NotFound(_("There is no such copy in the vault, or not any more."))
    return access


def still_open(reviewer_id: int, public_id: str, now: datetime) -> bool:
    """Tells whether somebody is a reviewer still, and this access of theirs has not run out."""
    reviewer = db.session.get(User, reviewer_id)
    if reviewer is None or not reviewer.active or not reviewer.is_reviewer:
        return False
    try:
        access_open(reviewer, public_id, now)
    except NotFound:
        return False
    return True


def accesses_of(copy: Copy) -> Sequence[Access]:
    """Returns every access to a copy, the latest first."""
    opened = select(Access).where(Access.copy_id == copy.id).order_by(Access.opened_at.desc())
    return db.session.scalars(opened).all()


def receipts_of(owner: User) -> Sequence[Receipt]:
    """Returns what is left of an account's copies that were destroyed, the latest first."""
    mine = select(Receipt).where(Receipt.owner_id == owner.id).order_by(Receipt.destroyed_at.desc())
    return db.session.scalars(mine).all()


def _kept(now: datetime) -> Select[Copy]:
    return select(Copy).where(Copy.purging_at.is_(None), ~is_due(now))
