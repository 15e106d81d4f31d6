"""Tells hosts that they can record from now on, and, a week and a day before, that a recording leaves."""

from datetime import datetime, timedelta
from typing import cast

from webapp.db import db
from webapp.languages import gettext as _
from webapp.languages import later, marked, ngettext, speaking
from webapp.notifications.services import leave_word, tell
from webapp.recordings.models import Recording
from webapp.recordings.queries import hearable
from webapp.rollout.features import RECORDING
from webapp.rollout.programme import Stage
from webapp.rollout.queries import reached_by
from webapp.sweeping import each
from webapp.templating import clock_there, day_there, quoted, there

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def tell_reached(feature: str, stage: Stage, now: datetime) -> None:
    """Tells those whom a stage of the roll-out reached, in the transaction in which it began."""
    if feature == RECORDING:
        leave_word(
            reached_by(feature, stage.number),
            kind="rollout",
            sentence=later("You can record your spaces from now on. Switch it on before you start one."),
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
    space = recording.space
    title, mark = quoted(space.title), "day" if until - now <= DAY else "week"
    with speaking(space.host.language, space.host.time_zone):
        sentence = (_last_day if mark == "day" else _last_week)(title, until, now, space.zone)
    told = tell(
        space.host_id,
        kind="recording",
        sentence=sentence,
        url=space.url,
        key=f"leaves-{mark}:{recording.public_id}",
        now=now,
    )
    return told is not None


def _last_week(title: str, until: datetime, now: datetime, zone: str | None) -> str:
    days, on = -((now - until) // DAY), day_there(until, now, zone)
    if days == WEEK.days:
        return _(
            "%(title)s can be heard for another week, until %(day)s. Then nobody can listen to it any more.",
            title=title,
            day=on,
        )
    return ngettext(
        "%(title)s can be heard for another day, until %(day)s. Then nobody can listen to it any more.",
        "%(title)s can be heard for another %(num)s days, until %(day)s."
        " Then nobody can listen to it any more.",
        days,
        title=title,
        day=on,
    )


def _last_day(title: str, until: datetime, now: datetime, zone: str | None) -> str:
    sentence = marked(
        "%(title)s can be heard until tomorrow, %(day)s, %(time)s. Then nobody can listen to it any more."
    )
    if there(until, zone).date() == there(now, zone).date():
        sentence = marked(
            "%(title)s can be heard until today, %(day)s, %(time)s. Then nobody can listen to it any more."
        )
    return _(sentence, title=title, day=day_there(until, now, zone), time=clock_there(until, zone))
