"""What templates are given: plain values, with nothing left to look up."""

from dataclasses import dataclass

from webapp.moments.kinds import Kind


@dataclass(frozen=True)
class Link:
    """A link that is or was pinned, with the domain it leads to and where the recording was then."""

    number: int
    address: str
    title: str
    domain: str
    at_ms: int | None


@dataclass(frozen=True)
class Remembered:
    """A moment that the visitor remembers."""

    number: int
    at_ms: int
    note: str


@dataclass(frozen=True)
class Moments:
    """What stands beside a recording."""

    links: list[Link]
    reactions: list[tuple[Kind, int]]
    marks: list[Remembered]
