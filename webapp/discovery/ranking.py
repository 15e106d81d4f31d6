"""The order of live spaces, and why each stands where it does. Pure.

A space's score is a sum of points, rounded:

====================================  =======================================================
it is the visitor's own               5,000
its host is followed by the visitor   1,500
others on its stage are               700 each
how many are there, n                 100 · log2(1 + n)
how many came in five minutes, g      60 · log2(1 + g)
how long ago it started, t            100 · (1 − t / 1 h), and nothing after an hour
it is in the visitor's language       50
====================================  =======================================================

Logarithms, because a room of 400 is not forty times as interesting as one of ten: twice as many people are
worth 100 points wherever one begins. Somebody one follows is worth more than a crowd of a hundred; somebody
who hosts more than two who speak. Nothing that is more ever scores less. Who scores the same stands in the
order of their start, the latest first, and then of their address, so that the order is total.

The reason is the part with most points of those that say something. It is shown, so it must be true by
itself: five who came are "growing", two are not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2
from typing import NamedTuple

from webapp.languages import gettext as _
from webapp.languages import number

OWN, HOST, SPEAKER, HERE, GROWTH, RECENCY, LANGUAGE = 5_000, 1_500, 700, 100, 60, 100, 50
LATELY = timedelta(minutes=5)
"""How far back growth looks."""
_FRESH = timedelta(hours=1)
_NEW = timedelta(minutes=15)
_GROWING = 5
_MANY = 20


@dataclass(frozen=True)
class Facts:
    """What a live space's place depends on. ``host`` and ``speakers`` are names of those followed."""

    public_id: str
    started_at: datetime
    own: bool = False
    host: str = ""
    speakers: tuple[str, ...] = ()
    here: int = 0
    joined: int = 0
    same_language: bool = False


class Place(NamedTuple):
    """Where a space stands: the smallest stands first."""

    minus_score: int
    minus_started: float
    public_id: str


def score(facts: Facts, now: datetime) -> int:
    """Returns the points of a space at an instant."""
    return round(sum(_points(facts, now)))


def place(facts: Facts, now: datetime) -> Place:
    """Returns where a space stands at an instant."""
    return Place(-score(facts, now), -facts.started_at.timestamp(), facts.public_id)


def reason(facts: Facts, now: datetime) -> str:
    """Says why a space is shown: the strongest of its reasons, in words."""
    parts = zip(_points(facts, now), _words(facts, now), strict=True)
    return max((part for part in parts if part[1]), default=(0, _("Live at the moment")))[1]


def _points(facts: Facts, now: datetime) -> tuple[float, ...]:
    return (
        OWN * facts.own,
        HOST * bool(facts.host),
        SPEAKER * len(facts.speakers),
        HERE * log2(1 + facts.here),
        GROWTH * log2(1 + facts.joined),
        RECENCY * max(1 - _age(facts, now) / _FRESH, 0.0),
        LANGUAGE * facts.same_language,
    )


def _words(facts: Facts, now: datetime) -> tuple[str, ...]:
    """Returns what is said of each of these points, and nothing where it is no reason to be told."""
    return (
        _("Your own space") if facts.own else "",
        _hosting(facts.host),
        _speaking(facts.speakers),
        _("Many are listening") if facts.here >= _MANY else "",
        _growing(facts.joined),
        _("New") if _age(facts, now) < _NEW else "",
        _("In your language") if facts.same_language else "",
    )


def _age(facts: Facts, now: datetime) -> timedelta:
    return max(now - facts.started_at, timedelta())


def _hosting(name: str) -> str:
    return _("%(name)s, whom you follow, is hosting", name=name) if name else ""


def _speaking(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    if len(names) == 1:
        return _("%(name)s, whom you follow, is speaking", name=names[0])
    if len(names) == 2:
        return _("%(name)s and %(other)s, whom you follow, are speaking", name=names[0], other=names[1])
    others = number(len(names) - 1)
    return _("%(name)s and %(others)s others, whom you follow, are speaking", name=names[0], others=others)


def _growing(joined: int) -> str:
    if joined < _GROWING:
        return ""
    return _("Growing: %(count)s joined in the last five minutes", count=number(joined))
