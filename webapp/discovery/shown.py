"""What the Spaces tab and the search are given: plain values, with nothing left to look up."""

from dataclasses import dataclass
from enum import StrEnum

from webapp.spaces.shown import Person, SpaceCard


class Kind(StrEnum):
    """The sections of the tab, in their order."""

    LIVE = "live"
    UPCOMING = "upcoming"
    RECORDED = "recorded"


@dataclass(frozen=True)
class Wish:
    """What somebody wants to see: one topic, or all; where those are whom they follow, or anywhere."""

    topic: str = ""
    followed: bool = False

    @property
    def narrow(self) -> bool:
        return bool(self.topic or self.followed)


@dataclass(frozen=True)
class Section:
    """Some spaces of a kind, and where the next ones begin; nowhere, if these are all."""

    kind: Kind
    cards: list[SpaceCard]
    after: str = ""


@dataclass(frozen=True)
class Topic:
    """What spaces are about, as one of their hosts wrote it, and how many a visitor may see."""

    key: str
    label: str
    count: int


@dataclass(frozen=True)
class Tab:
    """The whole tab."""

    sections: list[Section]
    topics: list[Topic]


@dataclass(frozen=True)
class Found:
    """What a search found: spaces, those that are live first, then those to come; and people."""

    spaces: list[SpaceCard]
    people: list[Person]
