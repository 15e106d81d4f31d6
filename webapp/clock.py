"""Time as something one is given, so that a test can say what time it is."""

from datetime import UTC, datetime
from typing import Protocol, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import current_app


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Returns the present instant, in UTC and aware of it."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def now() -> datetime:
    """Returns the present instant by the application's clock."""
    return cast(Clock, current_app.extensions["clock"]).now()


def zone_called(name: str | None) -> ZoneInfo:
    """Returns the zone of an IANA name; UTC where there is none, or none of that name any more."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
