"""What a post shows of the space it links to: derived when it is shown, and never kept.

``kind_of`` is the rule, pure. ``cards_of`` asks for what many cards show with as many queries as for one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import select

from webapp.db import db
from webapp.recordings.library import resumes_of
from webapp.recordings.models import Recording
from webapp.recordings.queries import outcome_of, recordings_of, replay_views
from webapp.scheduling.queries import reminded_spaces
from webapp.spaces.gates import Refusal, refusals
from webapp.spaces.live import live
from webapp.spaces.models import Space
from webapp.spaces.queries import came_to, space_views
from webapp.spaces.shown import Outcome, Person, ReplayView, SpaceView
from webapp.spaces.states import State
from webapp.spaces.visitor import Visitor

FACES = 5
GONE_FOR_GOOD = ("gone", "ended", "cancelled")


class Kind(StrEnum):
    """What a card says of its space."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"
    """It was not recorded."""
    PREPARING = "preparing"
    REPLAY = "replay"
    MEMBERS = "members"
    """Who has an account may listen, and this viewer has none."""
    CANCELLED = "cancelled"
    CLOSED = "closed"
    """It is for others, as far as it may be known."""
    GONE = "gone"
    """Deleted, expired, or nothing that this viewer may know of."""


_ENDED: dict[Outcome, Kind] = {
    "unrecorded": Kind.ENDED,
    "preparing": Kind.PREPARING,
    "ready": Kind.REPLAY,
    "members": Kind.MEMBERS,
    "gone": Kind.GONE,
}
_NOT_ENDED = {
    State.SCHEDULED: Kind.SCHEDULED,
    State.LIVE: Kind.LIVE,
    State.CANCELLED: Kind.CANCELLED,
}


class Viewer(NamedTuple):
    """Whoever looks at a card: whether they have an account, and why they may not enter, if they may not."""

    signed_in: bool
    refusal: Refusal | None = None


def kind_of(space: Space, recording: Recording | None, viewer: Viewer, now: datetime) -> Kind:
    """Says what a space is to a viewer at an instant, from what was recorded of it."""
    if viewer.refusal is not None:
        return Kind.CLOSED if viewer.refusal.template else Kind.GONE
    if space.state == State.ENDED:
        return _ENDED[outcome_of(recording, viewer.signed_in, now)]
    return _NOT_ENDED[space.state]


class Ref(NamedTuple):
    """What a card is of: a space, and the millisecond of its recording at which it begins to play."""

    space: Space
    start_ms: int


@dataclass(frozen=True)
class Card:
    """A card as a page shows it. Of what is gone it holds nothing but where it was.

    ``sentence`` says why the viewer may not enter. ``listened`` is how many came to what was not recorded.
    """

    kind: Kind
    public_id: str
    start_ms: int
    title: str = ""
    host: Person | None = None
    faces: tuple[Person, ...] = ()
    on_stage: int = 0
    listeners: int = 0
    record: bool = False
    recording_now: bool = False
    scheduled_for: datetime | None = None
    ended_at: datetime | None = None
    listened: int = 0
    sentence: str = ""
    replay: ReplayView | None = None
    is_host: bool = False
    is_reminded: bool = False
    resume_ms: int = field(default=0, repr=False)

    @property
    def begins_ms(self) -> int:
        """Where it begins to play: at the second that was meant, or else where the viewer stopped."""
        return self.start_ms or self.resume_ms

    @property
    def url(self) -> str:
        """Where it leads: to the space, at the second that was meant."""
        second = f"?t={self.start_ms // 1000}" if self.start_ms and self.kind == Kind.REPLAY else ""
        return f"/spaces/{self.public_id}{second}"

    @property
    def key(self) -> str:
        """Names it in a page, and when a page asks for it again."""
        return f"{self.public_id}.{self.start_ms // 1000}"

    @property
    def version(self) -> str:
        """Changes with whatever it shows, but for where the viewer stopped, which moves as they listen."""
        return blake2b(repr(self).encode(), digest_size=6).hexdigest()

    @property
    def is_final(self) -> bool:
        """Whether it can become nothing else."""
        return self.kind in GONE_FOR_GOOD


def cards_of(refs: Iterable[Ref], visitor: Visitor, now: datetime) -> dict[Ref, Card]:
    """Returns the cards of spaces, as a visitor sees them."""
    wanted = list(dict.fromkeys(refs))
    spaces = list({ref.space.id: ref.space for ref in wanted}.values())
    if not spaces:
        return {}
    known = _Known(spaces, visitor, now)
    return {ref: known.card(ref) for ref in wanted}


def spaces_called(public_ids: Iterable[str]) -> dict[str, Space]:
    """Returns the spaces with these public ids, whoever may enter them."""
    found = select(Space).where(Space.public_id.in_(list(public_ids)))
    return {space.public_id: space for space in db.session.scalars(found)}


def spaces_numbered(numbers: Collection[int]) -> dict[int, Space]:
    """Returns the spaces with these numbers, whoever may enter them."""
    found = db.session.scalars(select(Space).where(Space.id.in_(numbers))) if numbers else ()
    return {space.id: space for space in found}


class _Known:
    """What is known of some spaces, asked for once."""

    def __init__(self, spaces: Sequence[Space], visitor: Visitor, now: datetime) -> None:
        self._visitor = visitor
        self._refusals = refusals(spaces, visitor)
        recordings = recordings_of([space.id for space in spaces])
        self._kinds = {
            space.id: kind_of(space, recordings.get(space.id), self._viewer(space), now) for space in spaces
        }
        opened = [space for space in spaces if self._kinds[space.id] not in (Kind.GONE, Kind.CLOSED)]
        self._views = {view.public_id: view for view in space_views(opened, live.presence.people)}
        self._came = came_to(self._which(Kind.ENDED))
        waits = visitor.user if self._which(Kind.SCHEDULED) else None
        self._reminded = reminded_spaces(waits) if waits else frozenset()
        heard = [recordings[number] for number in self._which(Kind.REPLAY)]
        views = zip(heard, replay_views(heard, now), strict=True)
        self._replays = {recording.space_id: view for recording, view in views}
        resumes = resumes_of(heard, visitor)
        self._resumes = {recording.space_id: resumes.get(recording.id, 0) for recording in heard}

    def _viewer(self, space: Space) -> Viewer:
        return Viewer(self._visitor.signed_in, self._refusals.get(space.id))

    def _which(self, kind: Kind) -> list[int]:
        return [number for number, its_kind in self._kinds.items() if its_kind == kind]

    def card(self, ref: Ref) -> Card:
        space, kind = ref.space, self._kinds[ref.space.id]
        if kind == Kind.GONE:
            return Card(kind, space.public_id, ref.start_ms)
        if kind == Kind.CLOSED:
            host, sentence = Person.of(space.host), self._refusals[space.id].sentence
            return Card(kind, space.public_id, ref.start_ms, space.title, host, sentence=sentence)
        return self._open(ref, kind, self._views[space.public_id])

    def _open(self, ref: Ref, kind: Kind, view: SpaceView) -> Card:
        stage = tuple(seat.person for seat in view.seats)
        replay = self._replays.get(ref.space.id)
        return Card(
            kind,
            view.public_id,
            min(ref.start_ms, replay.duration_ms) if replay else ref.start_ms,
            title=view.title,
            host=view.host,
            faces=stage[:FACES] or (view.host,),
            on_stage=view.on_stage,
            listeners=view.listeners if kind == Kind.LIVE else 0,
            record=view.record,
            recording_now=view.recording_now,
            scheduled_for=view.scheduled_for,
            ended_at=view.ended_at,
            listened=self._came.get(ref.space.id, 0),
            replay=replay,
            is_host=self._visitor.user is not None and self._visitor.user.id == ref.space.host_id,
            is_reminded=view.public_id in self._reminded,
            resume_ms=self._resumes.get(ref.space.id, 0),
        )
