"""Tells hosts that they can record from now on, and, a week and a day before, that a recording leaves."""

from datetime import datetime, timedelta
from typing import cast

from webapp.db import db
from webapp.notifications.services import leave_word, tell
from webapp.recordings.models import Recording
from webapp.recordings.queries import hearable
from webapp.recordings.retention import day
from webapp.rollout.features import RECORDING
from webapp.rollout.programme import Stage
from webapp.rollout.queries import reached_by
from webapp.sweeping import each
from webapp.templating import plural, quoted

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
_THEN = "Then nobody can listen to it any more."


def tell_reached(feature: str, stage: Stage, now: datetime) -> None:
    """Tells those whom a stage of the roll-out reached, in the transaction in which it began."""
    if feature == RECORDING:
        leave_word(
            reached_by(feature, stage.number),
            kind="rollout",
            sentence="You can record your spaces from now on. Switch it on before you start one.",
            url="/spaces/new",
            key=f"rollout:{feature}",
            now=now,
        )


def tell_hosts(now: datetime) -> int:
    """Tells whoever is to be told by now; returns how many were. Whoever was told once is not told again.

    Who was not told in time, for the server slept, hears of the day alone.
    """
    leaving = hearable(now).where(Recording.host_until <= now + WEEK).with_only_columns(Recording.id)
    return each(db.session.scalars(leaving).all(), lambda number: _tell(number, now))


def _tell(number: int, now: datetime) -> bool:
    recording = db.session.get_one(Recording, number)
    until = cast(datetime, recording.host_until)
    mark, sentence = (
        ("day", _last_day(until, now)) if until - now <= DAY else ("week", _last_week(until, now))
    )
    told = tell(
        recording.space.host_id,
        kind="recording",
        sentence=f"{quoted(recording.space.title)} can be heard {sentence}. {_THEN}",
        url=recording.space.url,
        key=f"leaves-{mark}:{recording.public_id}",
        now=now,
    )
    return told is not None


def _last_week(until: datetime, now: datetime) -> str:
    days = -((now - until) // DAY)
    left = "week" if days == WEEK.days else plural(days, "day")
    return f"for another {left}, until {day(until, now)}"


def _last_day(until: datetime, now: datetime) -> str:
    word = "today" if until.date() == now.date() else "tomorrow"
    return f"until {word}, {day(until, now)}, {until:%H:%M} UTC"
