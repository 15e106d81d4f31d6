"""What other sites are told of a page. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.spaces.shown import Person


class Scene(StrEnum):
    """How the picture of a page is lit."""

    PLANNED = "planned"
    LIVE = "live"
    RECORDED = "recorded"
    OVER = "over"
    """Nothing can be heard here, now or later."""
    WRITTEN = "written"
    """It is there to be read."""


class Offer(StrEnum):
    """What a site that asks how to show a page is given."""

    PLAYER = "player"
    LINK = "link"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Preview:
    """What somebody without an account may know of a page at an instant.

    ``path`` is its one address. ``sentence`` says how things stand, ``label`` the same in a word or two.
    ``headline`` is what its picture and its player are called, where that is not its title.
    ``people`` are the faces, the first is whose page it is, unless it is ``writer``'s. ``embed`` is where its
    player is, if it has one, ``audio`` where its sound, and ``stream`` where that comes from while live.
    ``listed`` pages may be found by search engines.
    Others may keep what they were told for ``keep_s`` seconds; an open player looks each ``look_again_s``.
    """

    path: str
    title: str
    sentence: str
    label: str
    scene: Scene
    people: tuple[Person, ...]
    headline: str = ""
    writer: Person | None = None
    details: str = ""
    rec: bool = False
    listed: bool = True
    offer: Offer = Offer.LINK
    embed: str = ""
    audio: str = ""
    stream: str = ""
    duration_ms: int = 0
    starts_at: datetime | None = None
    look_again_s: int = 300
    keep_s: int = 60

    @property
    def author(self) -> Person | None:
        """Whose page it is."""
        return self.writer or (self.people[0] if self.people else None)

    @property
    def shown_as(self) -> str:
        """What its picture and its player are called."""
        return self.headline or self.title
