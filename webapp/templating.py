"""What templates need beyond Jinja: people's colours, times, sizes, the theme (from its cookie)."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from string import punctuation
from typing import Any

import flask.templating
from babel import Locale
from babel.dates import format_date, format_skeleton
from flask import Flask, current_app, request
from markupsafe import Markup, escape

from webapp.clock import zone_called
from webapp.languages import gettext as _
from webapp.languages import locale, ngettext, number, zone_spoken

HUE_CLASSES = 36
BARS_APART = 3
THEMES = ("light", "dark")


def hue_class(hue: int) -> str:
    """The stylesheet's class for a hue of 0–359 degrees: ``hue-0`` … ``hue-35``."""
    return f"hue-{round(hue / 10) % HUE_CLASSES}"


def initials(name: str) -> str:
    """One or two capitals that stand for a name: of its first and last word, past brackets and the like."""
    words = [word.lstrip(punctuation) or word for word in name.split()]
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


def bars(drawn: Sequence[tuple[int, int | None]]) -> Markup:
    """The bars of a waveform on a list, 0 to 100 high and each in somebody's hue: every third of them.

    A list has hundreds, so they are written here and not in a template.
    """
    drawn_here = (
        f'<rect class="{"silence" if hue is None else hue_class(hue)}" x="{4 * number}"'
        f' y="{50 - max(height, 4) / 2:g}" width="3" height="{max(height, 4)}" />'
        for number, (height, hue) in enumerate(drawn[::BARS_APART])
    )
    return Markup("".join(drawn_here))  # noqa: S704 -- numbers and our own classes


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
    return _long(moment.astimezone(UTC).date())


def _long(on: date) -> str:
    return _written(on, "long", locale())


@lru_cache(4096)
def _written(day: date, pattern: str, written: Locale) -> str:
    return format_date(day, pattern, written)


def there(moment: datetime, zone: str | None = None) -> datetime:
    """A moment where whoever is spoken to is: in the zone they chose, else in this one, else in UTC."""
    return moment.astimezone(zone_called(zone_spoken() or zone))


def clock_there(moment: datetime, zone: str | None = None) -> str:
    """The time of day there, and in which zone that is: ``18:00 UTC``, ``19:00 CET``, ``21:00 UTC+03``."""
    local = there(moment, zone)
    name = local.tzname() or ""
    return f"{local:%H:%M} {'UTC' if name[:1] in ('+', '-') else ''}{name}"


@dataclass(frozen=True)
class When:
    """A moment that is written once it is known to whom: ``5 January 2026, 19:00 CET``."""

    moment: datetime
    zone: str | None = None
    """Where whoever is told has chosen none."""

    def __str__(self) -> str:
        return f"{_long(there(self.moment, self.zone).date())}, {clock_there(self.moment, self.zone)}"


def weekday(moment: date) -> str:
    """A day with its name: ``Monday, 5 January 2026``."""
    on = date(moment.year, moment.month, moment.day)
    return f"{_written(on, 'EEEE', locale())}, {_long(on)}"


def day(moment: datetime, now: datetime) -> str:
    """A day of UTC in a sentence; its year only where it is another one: ``5 January``."""
    return _day(moment.astimezone(UTC), now.astimezone(UTC))


def day_there(moment: datetime, now: datetime, zone: str | None = None) -> str:
    """The same of a day as it is where whoever is spoken to is."""
    return _day(there(moment, zone), there(now, zone))


def _day(moment: datetime, now: datetime) -> str:
    if moment.year != now.year:
        return _long(moment.date())
    return format_skeleton("MMMMd", moment, locale=locale())


def theme() -> str | None:
    """The theme the reader chose, or None to follow their system."""
    chosen = request.cookies.get("theme")
    return chosen if chosen in THEMES else None


class Environment(flask.templating.Environment):
    """Jinja's, in which to import a macro costs little.

    Each import compares the names of all globals with those of the template it imports; in the map of maps
    that Jinja makes of them, that took a tenth of a page's time.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Returns the environment's own globals, unless a template has some more."""
        return super().make_globals(d) if d else self.globals


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
        bars=bars,
        localtime=local_time,
        timeofday=time_of_day,
        countdown=countdown,
        plannedtime=planned_time,
        said=_,
        day=calendar_day,
        weekday=weekday,
    )
    app.jinja_env.globals.update(theme=theme)
