"""Who follows whom, and who keeps whom away.

Whoever was blocked is not told: to them the other account is as if it did not exist.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Executable,
    Select,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import Block, Follow, User
from webapp.accounts.rights import Keeper
from webapp.db import UtcDateTime, db
from webapp.errors import Conflict, Invalid, NotFound
from webapp.languages import gettext as _
from webapp.languages import marked

NOBODY = marked("There is nobody of that name here.")
PAGE = 60


@dataclass(frozen=True)
class Standing:
    """What somebody is to an account they look at; all False for a guest."""

    own: bool = False
    follows: bool = False
    followed_by: bool = False
    blocks: bool = False


# What is so


def account_for(viewer: User | None, handle: str) -> User:
    """Returns the account with this handle. NotFound, also where it blocks the viewer."""
    user = db.session.scalar(select(User).where(User.handle == handle.lower(), User.active))
    if user is None or (viewer is not None and is_blocked(viewer.id, by=user.id)):
        raise NotFound(_(NOBODY))
    return user


def is_blocked(user_id: int, *, by: int) -> bool:
    """Tells whether an account keeps another away."""
    return db.session.get(Block, (by, user_id)) is not None


def is_followed(user_id: int, *, by: int) -> bool:
    """Tells whether an account follows another."""
    return db.session.get(Follow, (by, user_id)) is not None


def blockers_among(user_ids: Collection[int], user_id: int) -> set[int]:
    """Returns who of these keeps an account away."""
    return set(db.session.scalars(blockers_of(user_id).where(Block.blocker_id.in_(user_ids))))


def followers_among(user_ids: Collection[int], user_id: int) -> set[int]:
    """Returns who of these follows an account."""
    return set(db.session.scalars(follower_ids(user_id).where(Follow.follower_id.in_(user_ids))))


def standing_of(viewer: User | None, other: User) -> Standing:
    """Tells what a viewer is to somebody else, or that it is themself."""
    if viewer is None:
        return Standing()
    if viewer.id == other.id:
        return Standing(own=True)
    return Standing(
        follows=is_followed(other.id, by=viewer.id),
        followed_by=is_followed(viewer.id, by=other.id),
        blocks=is_blocked(other.id, by=viewer.id),
    )


def counts_of(user: User) -> tuple[int, int]:
    """Returns how many follow an account, and how many it follows."""
    followers = select(func.count()).where(Follow.followed_id == user.id).scalar_subquery()
    followed = select(func.count()).where(Follow.follower_id == user.id).scalar_subquery()
    row = db.session.execute(select(followers, followed)).one()
    return row[0], row[1]


def followers_of(user: User, viewer: User | None, page: int = 1) -> tuple[list[User], bool]:
    """Returns a page, from 1 on, of who follows an account, the latest first, and whether there are more.

    Whoever blocks the viewer is left out.
    """
    follower = select(User).join(Follow, Follow.follower_id == User.id)
    return _page(follower.where(Follow.followed_id == user.id).order_by(*_LATEST_FOLLOW), viewer, page)


def followed_by(user: User, viewer: User | None, page: int = 1) -> tuple[list[User], bool]:
    """Returns a page of whom an account follows, in the same way."""
    followed = select(User).join(Follow, Follow.followed_id == User.id)
    return _page(followed.where(Follow.follower_id == user.id).order_by(*_LATEST_FOLLOW), viewer, page)


def blocked_by(user: User, page: int = 1) -> tuple[list[User], bool]:
    """Returns a page of whom an account keeps away, in the same way."""
    kept_away = select(User).join(Block, Block.blocked_id == User.id).where(Block.blocker_id == user.id)
    return _page(kept_away.order_by(Block.since.desc(), User.id), None, page)


_LATEST_FOLLOW = (Follow.since.desc(), User.id)


def _page(selected: Select[User], viewer: User | None, page: int) -> tuple[list[User], bool]:
    if viewer is not None:
        selected = selected.where(User.id.not_in(blockers_of(viewer.id)))
    found = db.session.scalars(selected.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    return list(found[:PAGE]), len(found) > PAGE


def blockers_of(user_id: int) -> Select[int]:
    """Selects the numbers of those who keep an account away."""
    return select(Block.blocker_id).where(Block.blocked_id == user_id)


def kept_apart(user_id: int) -> ColumnElement[bool]:
    """Selects of accounts those that keep this one away, and those that it keeps away."""
    return User.id.in_(apart_from(user_id))


def are_apart(user_id: int, other_id: int) -> bool:
    """Tells whether either of two accounts keeps the other away."""
    return is_blocked(user_id, by=other_id) or is_blocked(other_id, by=user_id)


def apart_from(user_id: int) -> CompoundSelect[int]:
    """Selects the numbers of those who keep an account away, and of those it keeps away."""
    return union(blockers_of(user_id), select(Block.blocked_id).where(Block.blocker_id == user_id))


def followed_ids(user_id: int) -> Select[int]:
    """Selects the numbers of those whom an account follows."""
    return select(Follow.followed_id).where(Follow.follower_id == user_id)


def follower_ids(user_id: int) -> Select[int]:
    """Selects the numbers of those who follow an account."""
    return select(Follow.follower_id).where(Follow.followed_id == user_id)


# What can be done


def follow(actor: User, other: User, now: datetime) -> bool:
    """Begins to follow; False when that was so. Invalid, Conflict, NotFound where the other blocks."""
    if actor.id == other.id:
        raise Invalid(_("You cannot follow yourself."))
    if is_blocked(actor.id, by=other.id):
        raise NotFound(_(NOBODY))
    if is_blocked(other.id, by=actor.id):
        raise Conflict(_("You blocked %(name)s. Unblock them first.", name=other.display_name))
    # Asked once more in the same statement: the other may be blocking them at this moment.
    apart = select(Block.since).where(or_(_blocks(actor.id, other.id), _blocks(other.id, actor.id)))
    row = select(literal(actor.id), literal(other.id), literal(now, UtcDateTime)).where(~apart.exists())
    return _adds(insert(Follow).from_select(["follower_id", "followed_id", "since"], row))


def unfollow(actor: User, other: User) -> None:
    """Follows no more. Doing it again changes nothing."""
    db.session.execute(delete(Follow).where(_follows(actor.id, other.id)))
    db.session.commit()


def block(actor: User, other: User, now: datetime) -> bool:
    """Keeps somebody away, and ends that either follows the other; False when that was so. Invalid."""
    if actor.id == other.id:
        raise Invalid(_("You cannot block yourself."))
    is_new = _adds(insert(Block).values(blocker_id=actor.id, blocked_id=other.id, since=now))
    either = or_(_follows(actor.id, other.id), _follows(other.id, actor.id))
    db.session.execute(delete(Follow).where(either))
    db.session.commit()
    return is_new


def unblock(actor: User, other: User) -> None:
    """Keeps somebody away no more; nobody follows anybody again by that. Doing it again changes nothing."""
    db.session.execute(delete(Block).where(_blocks(actor.id, other.id)))
    db.session.commit()


def _follows(follower_id: int, followed_id: int) -> ColumnElement[bool]:
    return and_(Follow.follower_id == follower_id, Follow.followed_id == followed_id)


def _blocks(blocker_id: int, blocked_id: int) -> ColumnElement[bool]:
    return and_(Block.blocker_id == blocker_id, Block.blocked_id == blocked_id)


def _adds(row: Executable) -> bool:
    """Commits a row, unless there is one already: False."""
    try:
        added = db.session.execute(row).rowcount == 1  # type: ignore[attr-defined]
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return False
    return bool(added)


# What is kept of a person


def _kept_of(user: User, _now: datetime) -> dict[str, object]:
    """Returns whom somebody follows and blocked, and who follows them. Who blocked them is not theirs."""
    followers = select(User.handle, Follow.since).join(Follow, Follow.follower_id == User.id)
    followed = select(User.handle, Follow.since).join(Follow, Follow.followed_id == User.id)
    blocked = select(User.handle, Block.since).join(Block, Block.blocked_id == User.id)
    return {
        "follows": _listed(followed.where(Follow.follower_id == user.id)),
        "followed_by": _listed(followers.where(Follow.followed_id == user.id)),
        "blocks": _listed(blocked.where(Block.blocker_id == user.id)),
    }


def _listed(selected: Select[str, datetime]) -> list[dict[str, object]]:
    rows = db.session.execute(selected.order_by(User.handle))
    return [{"handle": handle, "since": since} for handle, since in rows]


def _forget(user: User, _now: datetime) -> None:
    """Part of the caller's transaction."""
    follows = or_(Follow.follower_id == user.id, Follow.followed_id == user.id)
    blocks = or_(Block.blocker_id == user.id, Block.blocked_id == user.id)
    db.session.execute(delete(Follow).where(follows))
    db.session.execute(delete(Block).where(blocks))


KEEPER = Keeper(
    "relations",
    export=_kept_of,
    forget=_forget,
    kept=marked("Whom you follow, who follows you, and whom you blocked."),
    consequence=marked("You follow nobody any more, nobody follows you, and nobody is blocked by you."),
)
