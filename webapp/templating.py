"""What templates need beyond Jinja: people's colours, times, sizes, the theme (from its cookie)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from babel.dates import format_date, format_skeleton
from flask import Flask, current_app, request
from markupsafe import Markup, escape

from webapp.languages import gettext as _
from webapp.languages import locale, ngettext, number

HUE_CLASSES = 36
THEMES = ("light", "dark")


def hue_class(hue: int) -> str:
    """The stylesheet's class for a hue of 0–359 degrees: ``hue-0`` … ``hue-35``."""
    return f"hue-{round(hue / 10) % HUE_CLASSES}"


def initials(name: str) -> str:
    """One or two capitals that stand for a name: first and last word's first letters."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def clock_time(ms: int) -> str:
    """A position in a recording, as players write it: ``0:07``, ``12:31``, ``1:02:03``."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def duration(ms: int) -> str:
    """A length in words, as coarse as a person would say it: ``40 sec``, ``12 min``, ``1 h 5 min``."""
    seconds = round(ms / 1000)
    if seconds < 60:
        return _("%(seconds)s sec", seconds=seconds)
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return _("%(minutes)s min", minutes=minutes)
    return (
        _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
        if minutes
        else _("%(hours)s h", hours=hours)
    )


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun in English, for the command line: ``1 row``, ``1,200 rows``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def ordinal(place: int) -> str:
    """A place in a row: ``1st``, ``22nd``, ``113th``."""
    last = place % 10 if place % 100 not in (11, 12, 13) else 0
    said = {1: _("%(place)sst"), 2: _("%(place)snd"), 3: _("%(place)srd")}.get(last, _("%(place)sth"))
    return said % {"place": number(place)}


def quoted(title: str) -> str:
    """A title as it stands in a sentence: ``“Tea”``."""
    return _("“%(title)s”", title=title)


def site_link(path: str) -> str:
    """A path of this site as an address that may be read anywhere, such as in a mail."""
    return f"{current_app.extensions['settings'].address}{path}"


def filesize(size_bytes: int) -> str:
    """A size in decimal units: ``312 bytes``, ``940 kB``, ``21.4 MB``."""
    if size_bytes < 1_000:
        return ngettext("%(num)s byte", "%(num)s bytes", size_bytes)
    if size_bytes < 1_000_000:
        return _("%(size)s kB", size=round(size_bytes / 1000))
    return _("%(size)s MB", size=number(size_bytes / 1_000_000, "0.0"))


def local_time(moment: datetime) -> Markup:
    """A moment as ``<time data-local>``: UTC in words, which the client rewrites in the reader's own zone.

    ``moment`` is aware.
    """
    moment = moment.astimezone(UTC)
    words = f"{calendar_day(moment)}, {moment:%H:%M} UTC"
    return Markup('<time datetime="{}" data-local>{}</time>').format(
        f"{moment:%Y-%m-%dT%H:%M:%SZ}", escape(words)
    )


def time_of_day(moment: datetime) -> Markup:
    """The same with the time alone, for what was just now."""
    moment = moment.astimezone(UTC)
    return Markup('<time datetime="{}" data-local="time">{} UTC</time>').format(
        f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{moment:%H:%M}"
    )


def countdown(until: datetime, left_ms: int) -> Markup:
    """How long it is until a moment, which the client counts down; a screen reader is told it once."""
    return Markup(
        '<time datetime="{}" data-until data-left-ms="{}" aria-hidden="true">{}</time>'
        '<span class="visually-hidden">{}</span>'
    ).format(
        f"{until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", left_ms, clock_time(left_ms + 999), duration(left_ms)
    )


def planned_time(moment: datetime) -> Markup:
    """The same for what is still to come, with the day of the week."""
    moment = moment.astimezone(UTC)
    return Markup('<time datetime="{}" data-local="planned">{}, {} UTC</time>').format(
        f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        weekday(moment),
        f"{moment:%H:%M}",
    )


def calendar_day(moment: datetime) -> str:
    """A day in UTC, as it is written in a letter: ``5 January 2026``."""
    return format_date(moment.astimezone(UTC), "long", locale())


@dataclass(frozen=True)
class Day:
    """A day that is written once it is known in which language."""

    moment: datetime

    def __str__(self) -> str:
        return calendar_day(self.moment)


def weekday(moment: date) -> str:
    """A day with its name: ``Monday, 5 January 2026``."""
    return f"{format_date(moment, 'EEEE', locale())}, {format_date(moment, 'long', locale())}"


def day(moment: datetime, now: datetime) -> str:
    """A day of UTC in a sentence; its year only where it is another one: ``5 January``."""
    if moment.year != now.year:
        return calendar_day(moment)
    return format_skeleton("MMMMd", moment.astimezone(UTC), locale=locale())


def theme() -> str | None:
    """The theme the reader chose, or None to follow their system."""
    chosen = request.cookies.get("theme")
    return chosen if chosen in THEMES else None


def init_templating(app: Flask) -> None:
    """Register the filters and globals above on the application's Jinja environment."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        hue_class=hue_class,
        initials=initials,
        clock_time=clock_time,
        duration=duration,
        number=number,
        plural=plural,
        ordinal=ordinal,
        filesize=filesize,
        localtime=local_time,
        timeofday=time_of_day,
        countdown=countdown,
        plannedtime=planned_time,
        said=_,
        day=calendar_day,
        weekday=weekday,
    )
    app.jinja_env.globals.update(theme=theme)
