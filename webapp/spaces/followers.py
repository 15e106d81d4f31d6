"""The sweep that tells people what those whom they follow do: that they are live, plan a space, or speak.

What is to be told is a column that is still empty. Each run claims a row and tells all who may hear of it in
one transaction and a few statements, so that whoever starts a space waits for none of it, and nobody is told
twice or forgotten, however often it runs or dies. What is over by then is not said.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update

from webapp import sweeping
from webapp.accounts.models import User
from webapp.accounts.relations import follower_ids, kept_apart
from webapp.db import db
from webapp.languages import later
from webapp.notifications.bell import bell
from webapp.notifications.push.services import send_soon
from webapp.notifications.services import leave_word
from webapp.spaces.gates import may_enter
from webapp.spaces.live import live
from webapp.spaces.models import Membership, Space
from webapp.spaces.states import OpenTo, Role, State
from webapp.templating import When

SPEAKS_MS = 3_000
"""Somebody who has talked for so long speaks; a cough is shorter."""
USEFUL = timedelta(hours=2)
"""How long a push or a mail is of use that says that something goes on."""

Seat = tuple[int, int]


def tell_followers(now: datetime) -> int:
    """Tells whoever is to be told by now; returns how many things were."""
    return sweeping.each_of(
        (lambda: _planned(now), lambda number: _tell_plan(number, now)),
        (_started, lambda number: _tell_start(number, now)),
        (_speaking, lambda seat: _tell_voice(seat, now)),
    )


def _planned(now: datetime) -> Sequence[int]:
    planned = Space.state == State.SCHEDULED, Space.scheduled_for > now
    return db.session.scalars(select(Space.id).where(*planned, Space.plan_told_at.is_(None))).all()


def _tell_plan(space_id: int, now: datetime) -> bool:
    untold = Space.id == space_id, Space.state == State.SCHEDULED, Space.plan_told_at.is_(None)
    if not _claimed(update(Space).where(*untold).values(plan_told_at=now).returning(Space.id)):
        return False
    space = db.session.get_one(Space, space_id, populate_existing=True)
    if space.scheduled_for is None:
        db.session.rollback()
        return False
    at = space.scheduled_for
    sentence = later(
        "%(name)s plans “%(title)s” for %(when)s.",
        name=space.host.display_name,
        title=space.title,
        when=When(at, space.zone),
    )
    _tell(space, space.host, "planned", sentence, f"planned:{space.public_id}", now, at)
    return True


def _started() -> Sequence[int]:
    untold = Space.state == State.LIVE, Space.start_told_at.is_(None)
    return db.session.scalars(select(Space.id).where(*untold)).all()


def _tell_start(space_id: int, now: datetime) -> bool:
    untold = Space.id == space_id, Space.state == State.LIVE, Space.start_told_at.is_(None)
    if not _claimed(update(Space).where(*untold).values(start_told_at=now).returning(Space.id)):
        return False
    space = db.session.get_one(Space, space_id, populate_existing=True)
    sentence = later("%(name)s is live: “%(title)s”.", name=space.host.display_name, title=space.title)
    _tell(space, space.host, "live", sentence, f"live:{space.public_id}", now, now + USEFUL)
    return True


def _speaking() -> Sequence[Seat]:
    """Whoever speaks in a live space. That its host is live was said already."""
    speaking = (
        Membership.seat.is_not(None),
        Membership.role != Role.HOST,
        Membership.spoken_ms >= SPEAKS_MS,
        Membership.voice_told_at.is_(None),
    )
    seats = select(Membership.space_id, Membership.user_id).join(Space, Space.id == Membership.space_id)
    found = db.session.execute(seats.where(Space.state == State.LIVE, *speaking)).all()
    return [(space_id, user_id) for space_id, user_id in found]


def _tell_voice(seat: Seat, now: datetime) -> bool:
    untold = Membership.space_id == seat[0], Membership.user_id == seat[1], Membership.voice_told_at.is_(None)
    change = update(Membership).where(*untold).values(voice_told_at=now)
    if not _claimed(change.returning(Membership.user_id)):
        return False
    space, speaker = db.session.get_one(Space, seat[0]), db.session.get_one(User, seat[1])
    sentence = later("%(name)s speaks in “%(title)s”.", name=speaker.display_name, title=space.title)
    key = f"speaks-{speaker.id}:{space.public_id}"
    _tell(space, speaker, "speaks", sentence, key, now, now + USEFUL)
    return True


def _claimed(change: Any) -> bool:
    """Makes a change in this transaction; False when it is made already."""
    if db.session.scalar(change) is None:
        db.session.rollback()
        return False
    return True


def _tell(
    space: Space, whom: User, kind: str, sentence: str, key: str, now: datetime, until: datetime
) -> None:
    """Tells those who follow somebody and may enter the space; commits what was claimed with it.

    Whoever has opened it already hears for themself.
    """
    told: list[int] = []
    if space.open_to != OpenTo.LINK:
        here = set(live.presence.people(space.id))
        hear = [number for number in db.session.scalars(_followers(space, whom)) if number not in here]
        told = leave_word(hear, kind=kind, sentence=sentence, url=space.url, key=key, now=now, until=until)
    db.session.commit()
    send_soon()
    for person in live.presence.everybody().intersection(told):
        bell.ring(person, sentence)


def _followers(space: Space, whom: User) -> Select[int]:
    """Selects those who follow somebody, may enter a space, and are on no side of a block with its host."""
    other = User.id != space.host_id, ~kept_apart(whom.id), ~kept_apart(space.host_id)
    following = User.id.in_(follower_ids(whom.id)), User.active
    return select(User.id).where(*following, *other, may_enter(space)).order_by(User.id)
