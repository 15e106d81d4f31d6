"""When a space is planned for: a time of some place becomes an instant. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from webapp.errors import Invalid
from webapp.languages import gettext as _
from webapp.languages import marked

AHEAD = timedelta(days=30)
"""How far ahead a space may be planned."""
PATIENCE = timedelta(minutes=30)
"""How long after its time a space may still start."""
NUDGE_BEFORE = timedelta(minutes=30)
"""How long before that its host is reminded."""
ZONE_MAX = 40
_AS_A_BROWSER_SENDS_IT = "%Y-%m-%dT%H:%M"
_NO_PLACES = frozenset({"localtime", "Factory"})
_REGIONS = frozenset(
    {
        marked("Africa"),
        marked("America"),
        marked("Antarctica"),
        marked("Arctic"),
        marked("Asia"),
        marked("Atlantic"),
        marked("Australia"),
        marked("Europe"),
        marked("Indian"),
        marked("Pacific"),
    }
)


@dataclass(frozen=True)
class Plan:
    """The instant a space is to start, and the zone in which its host thinks of it."""

    at: datetime
    zone: str

    @classmethod
    def read(cls, local: str, zone: str, now: datetime) -> "Plan":
        """Reads what a ``datetime-local`` field holds, and checks that it can be planned. Invalid.

        Of a time that comes twice, as clocks go back, it is the first.
        """
        plan = cls(_instant(_wall_time(local), zone), zone)
        plan.check(now)
        return plan

    def check(self, now: datetime) -> None:
        """Invalid unless this is still to come, and within 30 days."""
        if self.at <= now:
            raise Invalid(_("That time is over. Choose one that is still to come."))
        if self.at > now + AHEAD:
            raise Invalid(
                _(
                    "A space can be planned up to %(days)s days ahead. Choose an earlier time.",
                    days=AHEAD.days,
                )
            )

    @property
    def local(self) -> str:
        """The time where the host is, as a ``datetime-local`` field takes it."""
        return self.at.astimezone(ZoneInfo(self.zone)).strftime(_AS_A_BROWSER_SENDS_IT)


@cache
def zones() -> frozenset[str]:
    """Returns the name of every zone that a place may have."""
    return frozenset(available_timezones() - _NO_PLACES)


@cache
def zones_by_region() -> dict[str, list[tuple[str, str]]]:
    """Returns the zones to choose from, each with what it is called, by the part of the world."""
    found: dict[str, list[tuple[str, str]]] = {marked("World"): [("UTC", "UTC")]}
    for name in sorted(zones()):
        region, _, place = name.partition("/")
        if region in _REGIONS:
            found.setdefault(region, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return found


def _wall_time(text: str) -> datetime:
    if not text.strip():
        raise Invalid(_("Say when the space starts."))
    try:
        return datetime.strptime(text.strip(), _AS_A_BROWSER_SENDS_IT)
    except ValueError as error:
        raise Invalid(_("Write the day and the time such as 2026-01-05T18:00.")) from error


def _instant(wall: datetime, zone: str) -> datetime:
    if zone not in zones():
        raise Invalid(_("Choose the zone that this time is meant in."))
    place = ZoneInfo(zone)
    try:
        instant = wall.replace(tzinfo=place).astimezone(UTC)
        there = instant.astimezone(place).replace(tzinfo=None)
    except OverflowError as error:
        raise Invalid(_("Write a time of this century.")) from error
    if there != wall:
        raise Invalid(
            _(
                "%(time)s does not exist on that day: the clocks there go forward. Choose another time.",
                time=f"{wall:%H:%M}",
            )
        )
    return instant
