"""What templates are given: plain values, with nothing left to look up."""

from dataclasses import dataclass
from datetime import datetime

from webapp.spaces.shown import Person, ReplayView


@dataclass(frozen=True)
class Download:
    """A file that a host can take home: the mix, or the track of a speaker. ``name`` stands in addresses."""

    name: str
    filename: str
    size_bytes: int
    speaker: Person | None = None


@dataclass(frozen=True)
class OwnRecording:
    """A recording as its host's list shows it."""

    url: str
    title: str
    replay: ReplayView
    started_at: datetime
    vault_until: datetime
    guests_allowed: bool
    plays: int
    listeners: int
    downloads: list[Download]


@dataclass(frozen=True)
class LibraryPage:
    """A page, from 1 on, of a host's recordings."""

    number: int
    recordings: list[OwnRecording]
    more: bool
