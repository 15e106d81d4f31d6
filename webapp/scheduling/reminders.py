"""The sweep over planned spaces: who is to be told what by now.

Each claims a row, tells and posts in one transaction, so that nobody is told twice and nobody is forgotten,
however often the sweep runs or dies. What comes too late to be of use is not said.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import and_, delete, or_, select, update

from webapp import sweeping
from webapp.accounts.models import User
from webapp.db import db
from webapp.languages import gettext as _
from webapp.languages import ngettext, speaking
from webapp.notifications.services import tell
from webapp.scheduling.models import Reminder
from webapp.scheduling.services import NEAR, close_no_show
from webapp.spaces.gates import refusal
from webapp.spaces.live import live
from webapp.spaces.models import Space
from webapp.spaces.states import State
from webapp.spaces.times import NUDGE_BEFORE, PATIENCE
from webapp.spaces.visitor import Visitor
from webapp.templating import clock_there, day_there, quoted

MINUTE = timedelta(minutes=1)
USEFUL = timedelta(hours=12)
"""How long a mail is of use that says what has become of a space."""
FIRST_NUDGE, LAST_NUDGE = 1, 2

Waiting = tuple[int, int]
"""A space and a person: the key of a reminder."""


def remind(now: datetime) -> int:
    """Closes what nobody started, reminds hosts, and tells whoever waits; returns how many things it did."""
    return sweeping.each_of(
        (lambda: _not_started(now), lambda space_id: _close(space_id, now)),
        (lambda: _to_be_nudged(now), lambda space_id: _nudge(space_id, now)),
        (lambda: _near(now), lambda key: _tell_near(key, now)),
        (_moved, lambda key: _tell_moved(key, now)),
        (_over, lambda key: _tell_over(key, now)),
    )


# Hosts


def _not_started(now: datetime) -> Sequence[int]:
    over = Space.state == State.SCHEDULED, Space.scheduled_for <= now - PATIENCE
    return db.session.scalars(select(Space.id).where(*over)).all()


def _close(space_id: int, now: datetime) -> bool:
    if not close_no_show(space_id, now):
        return False
    space = db.session.get_one(Space, space_id, populate_existing=True)
    with speaking(space.host.language, space.host.time_zone):
        sentence = _(
            "Your space %(title)s was cancelled: it had not started half an hour after its time.",
            title=quoted(space.title),
        )
    _say(space.host, space, "no-show", sentence, now, now + USEFUL)
    return True


def _to_be_nudged(now: datetime) -> Sequence[int]:
    its_time = and_(Space.scheduled_for <= now, Space.nudges < LAST_NUDGE)
    soon = and_(Space.scheduled_for <= now + NUDGE_BEFORE, Space.nudges < FIRST_NUDGE)
    planned = select(Space.id).where(Space.state == State.SCHEDULED)
    return db.session.scalars(planned.where(or_(its_time, soon))).all()


def _nudge(space_id: int, now: datetime) -> bool:
    """Reminds a host of the half hour before, and of the time; of the time alone, where the server slept."""
    space = db.session.get_one(Space, space_id)
    at = cast(datetime, space.scheduled_for)
    nudge = LAST_NUDGE if at <= now else FIRST_NUDGE
    waiting = Space.id == space_id, Space.state == State.SCHEDULED, Space.scheduled_for == at
    unnudged = update(Space).where(*waiting, Space.nudges < nudge).values(nudges=nudge)
    if not _claimed(unnudged.returning(Space.id)):
        return False
    until = at + PATIENCE
    with speaking(space.host.language, space.host.time_zone):
        sentence = _its_time(space, until) if nudge == LAST_NUDGE else _soon(space, _minutes(at - now))
    _say(space.host, space, f"nudge-{nudge}-{_number(at)}", sentence, now, until)
    return True


def _its_time(space: Space, until: datetime) -> str:
    return _(
        "It is time for your space %(title)s. Start it by %(time)s, or it is cancelled.",
        title=quoted(space.title),
        time=clock_there(until, space.zone),
    )


def _soon(space: Space, minutes: int) -> str:
    return ngettext(
        "Your space %(title)s starts in %(num)s minute.",
        "Your space %(title)s starts in %(num)s minutes.",
        minutes,
        title=quoted(space.title),
    )


# Those who wait


def _near(now: datetime) -> Sequence[Waiting]:
    soon = Space.scheduled_for > now, Space.scheduled_for <= now + NEAR
    unaware = Reminder.near_for.is_distinct_from(Space.scheduled_for)
    return _waiting(Space.state == State.SCHEDULED, unaware, *soon)


def _tell_near(key: Waiting, now: datetime) -> bool:
    reminder = db.session.get(Reminder, key)
    if reminder is None:
        return False
    user, space = reminder.user, reminder.space
    at = cast(datetime, space.scheduled_for)
    unaware = update(Reminder).where(*_is(key), Reminder.near_for.is_distinct_from(at))
    if not _claimed(unaware.values(near_for=at, known_for=at).returning(Reminder.user_id)):
        return False
    with speaking(user.language, user.time_zone):
        sentence = ngettext(
            "%(space)s starts in %(num)s minute.",
            "%(space)s starts in %(num)s minutes.",
            _minutes(at - now),
            space=_named(space),
        )
    _say(user, space, f"near-{_number(at)}", sentence, now, at)
    return True


def _moved() -> Sequence[Waiting]:
    unaware = Reminder.known_for.is_distinct_from(Space.scheduled_for)
    return _waiting(Space.state == State.SCHEDULED, unaware)


def _tell_moved(key: Waiting, now: datetime) -> bool:
    reminder = db.session.get(Reminder, key)
    if reminder is None:
        return False
    user, space = reminder.user, reminder.space
    at = cast(datetime, space.scheduled_for)
    unaware = update(Reminder).where(*_is(key), Reminder.known_for.is_distinct_from(at))
    if not _claimed(unaware.values(known_for=at).returning(Reminder.user_id)):
        return False
    with speaking(user.language, user.time_zone):
        sentence = _(
            "%(space)s now starts on %(day)s, %(time)s.",
            space=_named(space),
            day=day_there(at, now, space.zone),
            time=clock_there(at, space.zone),
        )
    _say(user, space, f"moved-{space.sequence}", sentence, now, at)
    return True


def _over() -> Sequence[Waiting]:
    return _waiting(Space.state != State.SCHEDULED)


def _tell_over(key: Waiting, now: datetime) -> bool:
    """Lets a reminder go, and says why; but not to whoever is there already, nor when all is over."""
    reminder = db.session.get(Reminder, key)
    if reminder is None:
        return False
    user, space = reminder.user, reminder.space
    is_here = user.id in live.presence.people(space.id)
    if not _claimed(delete(Reminder).where(*_is(key)).returning(Reminder.user_id)):
        return False
    if space.state == State.ENDED or is_here:
        db.session.commit()
        return False
    with speaking(user.language, user.time_zone):
        sentence = _what_became(space)
    _say(user, space, str(space.state), sentence, now, now + USEFUL)
    return True


def _what_became(space: Space) -> str:
    if space.state == State.LIVE:
        return _("%(space)s is live now.", space=_named(space))
    if space.ended_reason == "no_show":
        return _(
            "%(space)s was cancelled: it had not started half an hour after its time.", space=_named(space)
        )
    return _("%(space)s was cancelled.", space=_named(space))


def _waiting(*such: Any) -> Sequence[Waiting]:
    keys = select(Reminder.space_id, Reminder.user_id).join(Space, Space.id == Reminder.space_id)
    return [(space_id, user_id) for space_id, user_id in db.session.execute(keys.where(*such)).all()]


def _is(key: Waiting) -> tuple[Any, ...]:
    space_id, user_id = key
    return Reminder.space_id == space_id, Reminder.user_id == user_id


# All of them


def _claimed(change: Any) -> bool:
    """Makes a change in this transaction; False when it is made already."""
    if db.session.scalar(change) is None:
        db.session.rollback()
        return False
    return True


def _say(user: User, space: Space, about: str, sentence: str, now: datetime, until: datetime) -> None:
    """Tells somebody; commits what was claimed with it.

    Who may not enter any more, because the host blocked them or let others in alone, is told nothing.
    """
    if refusal(space, Visitor(user)):
        db.session.commit()
        return
    tell(
        user.id,
        kind="reminder",
        sentence=sentence,
        url=space.url,
        key=f"{about}:{space.public_id}",
        by=None if user.id == space.host_id else space.host_id,
        now=now,
        until=until,
    )


def _named(space: Space) -> str:
    return _("%(title)s with %(name)s", title=quoted(space.title), name=space.host.display_name)


def _minutes(left: timedelta) -> int:
    return -(-left // MINUTE)


def _number(at: datetime) -> int:
    return int(at.timestamp())
