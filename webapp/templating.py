"""What templates need beyond Jinja: people's colours, times, sizes, the theme (from its cookie)."""

from datetime import UTC, datetime

from flask import Flask, current_app, request
from markupsafe import Markup, escape

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
        return f"{seconds} sec"
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "")
    return " ".join(filter(None, parts))


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: ``1 listener``, ``1,200 listeners``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def ordinal(place: int) -> str:
    """A place in a row: ``1st``, ``22nd``, ``113th``."""
    last = place % 10 if place % 100 not in (11, 12, 13) else 0
    return f"{place:,}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def quoted(title: str) -> str:
    """A title as it stands in a sentence: ``“Tea”``."""
    return f"“{title}”"


def site_link(path: str) -> str:
    """A path of this site as an address that may be read anywhere, such as in a mail."""
    return f"{current_app.extensions['settings'].address}{path}"


def filesize(size_bytes: int) -> str:
    """A size in decimal units: ``312 bytes``, ``940 kB``, ``21.4 MB``."""
    if size_bytes < 1_000:
        return plural(size_bytes, "byte")
    if size_bytes < 1_000_000:
        return f"{round(size_bytes / 1000)} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"


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
        f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{moment:%A}, {calendar_day(moment)}", f"{moment:%H:%M}"
    )


def calendar_day(moment: datetime) -> str:
    """A day in UTC, as it is written in a letter: ``5 January 2026``."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%B %Y}"


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
        plural=plural,
        ordinal=ordinal,
        filesize=filesize,
        localtime=local_time,
        timeofday=time_of_day,
        countdown=countdown,
        plannedtime=planned_time,
        day=calendar_day,
    )
    app.jinja_env.globals.update(theme=theme)
