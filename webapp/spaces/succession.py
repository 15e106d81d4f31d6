"""Keeps every live space led, and ends those that nobody leads any more."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, select, update

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden
from webapp.languages import gettext as _
from webapp.spaces import services
from webapp.spaces.leading import EndReason, Standing, over, settled
from webapp.spaces.live import live
from webapp.spaces.models import Membership, Space
from webapp.spaces.states import Role, State, check_live
from webapp.sweeping import each


def settle_all(now: datetime) -> int:
    """Settles every live space that is not as it should be; returns in how many something changed."""
    return each(list(_uneasy()), lambda space_id: settle(space_id, now))


def _uneasy() -> Iterator[int]:
    """Finds the spaces whose leader is missing, has been, or should be another. The others cost one query."""
    rank = and_(Membership.space_id == Space.id, Membership.user_id == Space.leader_id)
    led = select(Space.id, Space.host_id, Space.leader_id, Space.lost_at, Membership.role)
    for number, host, leader, lost_at, role in db.session.execute(
        led.outerjoin(Membership, rank).where(Space.state == State.LIVE)
    ).all():
        present = live.presence.people(number)
        as_it_should_be = role == (Role.COHOST if host not in present else Role.HOST)
        if lost_at is not None or leader not in present or not as_it_should_be:
            yield number


def settle(space_id: int, now: datetime) -> bool:
    """Writes who leads a space now and since when who is missing, or ends it. True when that changed it."""
    space = db.session.get(Space, space_id, populate_existing=True)
    if space is None or space.state != State.LIVE:
        return False
    was = space.standing
    standing = settled(was, space.company(live.presence.people(space_id)), now)
    if reason := over(standing, now):
        return _finish(space, reason, now)
    if standing.lost_at is not None:
        live.changed(space_id)  # what there is to tell of an absence depends on how long it has lasted
    return standing != was and _replace(space, was, standing)


def _finish(space: Space, reason: EndReason, now: datetime) -> bool:
    try:
        services.finish_space(space, reason, now)
    except Conflict:
        return False  # somebody else ended it this very moment
    return True


def _replace(space: Space, was: Standing, standing: Standing) -> bool:
    """Writes how things stand, unless somebody has written since we looked: then it is looked at again."""
    unchanged = (
        Space.leader_id.is_not_distinct_from(was.leader),
        Space.lost_at.is_not_distinct_from(was.lost_at),
        Space.leaderless_since.is_not_distinct_from(was.leaderless_since),
        Space.empty_since.is_not_distinct_from(was.empty_since),
    )
    return _write(space, standing, *unchanged)


def hand_over(space: Space, actor: User, handle: str, now: datetime) -> None:
    """The host leaves, and a co-host who is there leads until they come back. Forbidden, Conflict."""
    if space.host_id != actor.id:
        raise Forbidden(_("Only the host can hand this space over."))
    check_live(space.state)
    heir = _heir(space, handle)
    live.presence.left(space.id, actor.id)
    services.note_departure(space.id, actor.id, now)
    if not _write(space, Standing(leader=heir)):
        check_live(State.ENDED)


def _heir(space: Space, handle: str) -> int:
    present = live.presence.people(space.id)
    for member in space.stage:
        if member.role == Role.COHOST and member.user.handle == handle and member.user_id in present:
            return member.user_id
    raise Conflict(_("Only a co-host who is here can lead in your place. Look who is on the stage."))


def _write(space: Space, standing: Standing, *conditions: object) -> bool:
    running = update(Space).where(Space.id == space.id, Space.state == State.LIVE, *conditions)  # type: ignore[arg-type]
    values = {
        "leader_id": standing.leader,
        "lost_at": standing.lost_at,
        "leaderless_since": standing.leaderless_since,
        "empty_since": standing.empty_since,
    }
    written = db.session.scalar(running.values(values).returning(Space.id)) is not None
    db.session.commit()
    live.changed(space.id)
    return written
