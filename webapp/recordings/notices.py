"""Tells hosts, a week and a day before, that a recording of theirs leaves."""

from datetime import datetime, timedelta
from typing import cast

from webapp.db import db
from webapp.notifications.services import tell
from webapp.recordings.models import Recording
from webapp.recordings.queries import hearable
from webapp.recordings.retention import day
from webapp.templating import plural, quoted

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
_THEN = "Then nobody can listen to it any more."


def tell_hosts(now: datetime) -> int:
    """Tells whoever is to be told by now; returns how many were. Whoever was told once is not told again.

    Who was not told in time, for the server slept, hears of the day alone.
    """
    leaving = db.session.scalars(hearable(now).where(Recording.host_until <= now + WEEK)).all()
    return sum(_tell(recording, now) for recording in leaving)


def _tell(recording: Recording, now: datetime) -> bool:
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
