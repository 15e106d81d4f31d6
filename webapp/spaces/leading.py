"""Who leads a live space, and when it ends by itself. Pure: given instants and who is connected.

The host leads whenever they are connected. A leader who loses the connection has a minute to come back, then
the first co-host to have joined leads who is there. With nobody to lead, or nobody on the stage, for five
minutes the space ends.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

GRACE = timedelta(seconds=60)
PATIENCE = timedelta(minutes=5)
BLINK = timedelta(seconds=3)
"""An absence that nobody is told of: a page was loaded again, or the server was."""

EndReason = Literal["host", "cohost", "no_leader", "abandoned"]
"""Why a space ended: somebody who led it said so, or one of the two that nobody says."""


@dataclass(frozen=True)
class Standing:
    """How things stood when somebody last looked; an instant is None while what it counts is there.

    ``lost_at``: since when the leader is not connected. ``leaderless_since``: since when nobody is who could
    lead. ``empty_since``: since when nobody is who has a seat on the stage.
    """

    leader: int | None = None
    lost_at: datetime | None = None
    leaderless_since: datetime | None = None
    empty_since: datetime | None = None


@dataclass(frozen=True)
class Company:
    """The stage: the host, the co-hosts in the order in which they joined, and who of it is connected."""

    host: int
    cohosts: tuple[int, ...]
    connected: Collection[int]

    @property
    def able(self) -> list[int]:
        """Those who could lead now; the host comes first."""
        return [person for person in (self.host, *self.cohosts) if person in self.connected]


@dataclass(frozen=True)
class Notice:
    """What everybody is to know of it. ``waiting`` and ``ending`` are for the leader, and have an end."""

    kind: Literal["led", "waiting", "ending"]
    leader: int
    heir: int | None = None
    until: datetime | None = None


def settled(was: Standing, company: Company, now: datetime) -> Standing:
    """Returns how things stand now."""
    leader = _leader(was, company, now)
    still_lost = was.lost_at if leader == was.leader else None
    return Standing(
        leader=leader,
        lost_at=None if leader in company.connected else still_lost or now,
        leaderless_since=None if company.able else was.leaderless_since or now,
        empty_since=None if company.connected else was.empty_since or now,
    )


def _leader(was: Standing, company: Company, now: datetime) -> int:
    host, connected = company.host, company.connected
    incumbent = was.leader if was.leader in (host, *company.cohosts) else None
    if host in connected:
        return host
    if incumbent is not None and (incumbent in connected or _in_grace(was, now)):
        return incumbent
    return next(iter(company.able), incumbent or host)


def _in_grace(was: Standing, now: datetime) -> bool:
    return now < (was.lost_at or now) + GRACE


def over(standing: Standing, now: datetime) -> EndReason | None:
    """Tells why a space has to end now; None when it has not."""
    if standing.empty_since is not None and now >= standing.empty_since + PATIENCE:
        return "abandoned"
    if standing.leaderless_since is not None and now >= standing.leaderless_since + PATIENCE:
        return "no_leader"
    return None


def notice(standing: Standing, company: Company, now: datetime) -> Notice | None:
    """Returns what there is to tell; None while the host leads, and for as long as a blink lasts."""
    leader = company.host if standing.leader is None else standing.leader
    if standing.lost_at is None or now < standing.lost_at + BLINK:
        return None if leader == company.host else Notice("led", leader)
    if standing.leaderless_since is not None:
        return Notice("ending", leader, until=standing.leaderless_since + PATIENCE)
    heir = next(iter(company.able), None)
    return Notice("waiting", leader, heir, standing.lost_at + GRACE)
