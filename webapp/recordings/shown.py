"""What templates are given: plain values, with nothing left to look up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.recordings.retention import Clock
from webapp.spaces.shown import Person, ReplayView
from webapp.vault.models import Receipt


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
class Sealed:
    """A recording that left its host, as they are told of it."""

    title: str
    ended_at: datetime
    clock: Clock


@dataclass(frozen=True)
class LibraryPage:
    """A page, from 1 on, of a host's recordings; the first has what is left of those that are gone."""

    number: int
    recordings: list[OwnRecording]
    more: bool
    sealed: list[Sealed]
    receipts: Sequence[Receipt]
