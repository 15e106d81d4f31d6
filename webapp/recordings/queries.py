"""What can be heard, by whom, and how it is shown."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, lazyload

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound, Unavailable
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.recordings import files, waveform
from webapp.recordings.models import Finding, Recording, State
from webapp.recordings.retention import VAULT, Clock, clock
from webapp.recordings.waveform import Spoken
from webapp.spaces.archive import Run
from webapp.spaces.gates import admit, refusal
from webapp.spaces.models import Space
from webapp.spaces.queries import ever_agreed_in, shown_to
from webapp.spaces.shown import Outcome, Person, ReplayView, Turn
from webapp.spaces.visitor import Visitor
from webapp.storage import Files
from webapp.vault.models import Copy
from webapp.vault.queries import copies_of

GONE = marked("This recording is not, or no longer, available.")
_PICTURES = 256
FINDINGS = 500

log = logging.getLogger(__name__)


class Picture(NamedTuple):
    """Bars, each with who spoke most in it, and turns."""

    bars: list[tuple[int, int | None]]
    turns: list[Spoken]


def hearable(now: datetime) -> Select[Recording]:
    """Selects what can be heard at this instant: recorded, not deleted, within 30 days.

    What has left does not come back, not even where the clock is set back: then its bytes are gone already.
    """
    ready = select(Recording).where(Recording.state == State.READY, Recording.size_bytes > 0)
    there = ready.where(Recording.deleted_at.is_(None), Recording.withdrawn_at.is_(None))
    return there.where(Recording.host_until > now)


def hearable_by(signed_in: bool, now: datetime) -> Select[Recording]:
    """Selects of it what somebody with an account, or without one, may hear."""
    return hearable(now) if signed_in else hearable(now).where(Recording.guests_allowed)


def heard_by(visitor: Visitor, public_id: str, now: datetime) -> Recording:
    """Returns a recording that the visitor may hear. NotFound; Refused, by the gates of its space."""
    recording = _found(hearable_by(visitor.signed_in, now).where(Recording.public_id == public_id))
    admit(recording.space, visitor)
    return recording


def recording_of_host(user: User, public_id: str, now: datetime) -> Recording:
    """Returns a recording of one's own, as long as it can be heard. NotFound."""
    return recording_hosted_by(user.id, public_id, now)


def recording_hosted_by(host_id: int, public_id: str, now: datetime) -> Recording:
    """Returns a recording of the host with this number, as long as it can be heard. NotFound."""
    return _found(hosted_by(host_id, now).where(Recording.public_id == public_id))


def may_be_heard(recording_id: int, account_id: int | None, now: datetime) -> bool:
    """Tells whether an account, or with None somebody without one, may still hear a recording."""
    visitor = Visitor(db.session.get(User, account_id) if account_id else None)
    recording = db.session.scalar(hearable_by(visitor.signed_in, now).where(Recording.id == recording_id))
    return recording is not None and refusal(recording.space, visitor) is None


def hosted_by(host_id: int, now: datetime) -> Select[Recording]:
    """Selects what somebody hosted and can be heard at this instant."""
    return hearable(now).where(Recording.space.has(Space.host_id == host_id))


def _found(selected: Select[Recording]) -> Recording:
    recording = db.session.scalar(selected)
    if recording is None:
        raise NotFound(_(GONE))
    return recording


def recording_of(space_id: int) -> Recording | None:
    """Returns what was recorded of a space, whoever may hear it."""
    return db.session.scalar(select(Recording).where(Recording.space_id == space_id))


def recordings_of(space_ids: Iterable[int]) -> dict[int, Recording]:
    """Returns the same of several spaces, without these; whose has none is left out."""
    found = select(Recording).where(Recording.space_id.in_(space_ids)).options(lazyload(Recording.space))
    return {recording.space_id: recording for recording in db.session.scalars(found)}


def stopped_at(space_id: int) -> datetime | None:
    """Tells when the host stopped recording a space, if they did."""
    return db.session.scalar(select(Recording.stopped_at).where(Recording.space_id == space_id))


def runs_of(space_ids: Iterable[int]) -> dict[int, Run]:
    """Tells of spaces how their recordings go. Whose has none is left out."""
    asked = select(Recording.space_id, Recording.stopped_at, Recording.interrupted_at)
    found = db.session.execute(asked.where(Recording.space_id.in_(space_ids)))
    return {space_id: Run(stopped, lost is not None) for space_id, stopped, lost in found}


def outcome_of(recording: Recording | None, signed_in: bool, now: datetime) -> Outcome:
    """Says in a word what is left of an ended space. What was deleted and what is over are the same."""
    if recording is None:
        return "unrecorded"
    if recording.deleted_at is not None or recording.withdrawn_at is not None:
        return "gone"
    if recording.state != State.READY:
        return "preparing"
    if recording.size_bytes == 0:
        return "unrecorded"
    if recording.host_until is None or recording.host_until <= now:
        return "gone"
    return "ready" if signed_in or recording.guests_allowed else "members"


def newest(
    visitor: Visitor, limit: int, now: datetime, host: User | None = None
) -> list[tuple[Space, ReplayView]]:
    """Returns what the visitor is shown and can hear now, the latest to end first; of one host, or of all."""
    latest = listed_for(visitor, now, host).order_by(Recording.ended_at.desc())
    return replays_of(with_spaces(latest.limit(limit)), now)


def listed_for(visitor: Visitor, now: datetime, host: User | None = None) -> Select[Recording]:
    """Selects, with their spaces, what the visitor is shown and can hear now; of one host, or of all."""
    return hearable_by(visitor.signed_in, now).join(Space).where(shown_to(visitor, host))


def with_spaces(selected: Select[Recording]) -> Sequence[Recording]:
    """Returns recordings that were selected with their spaces."""
    return db.session.scalars(selected.options(contains_eager(Recording.space))).all()


def replays_of(recordings: Sequence[Recording], now: datetime) -> list[tuple[Space, ReplayView]]:
    """Returns recordings with their spaces, as lists show them, in their order."""
    return [(it.space, view) for it, view in zip(recordings, replay_views(recordings, now), strict=True)]


def findings() -> Sequence[Finding]:
    """Returns what the last comparison of rows and files found, as far as it can be looked through."""
    return db.session.scalars(select(Finding).order_by(Finding.what, Finding.key).limit(FINDINGS)).all()


def replay_view(recording: Recording, now: datetime) -> ReplayView:
    """Returns a recording as its page shows it."""
    return _replay_views([recording], now, with_turns=True)[0]


def replay_views(recordings: Sequence[Recording], now: datetime) -> list[ReplayView]:
    """Returns recordings as lists show them, with as many queries as for one."""
    return _replay_views(recordings, now, with_turns=False)


def _replay_views(recordings: Sequence[Recording], now: datetime, with_turns: bool) -> list[ReplayView]:
    voices = _voices([recording.space_id for recording in recordings])
    clocks = clocks_of(recordings, now)
    return [
        _replay_view(recording, picture, voices[recording.space_id], a_clock, with_turns)
        for recording, picture, a_clock in zip(recordings, _pictures(recordings), clocks, strict=True)
    ]


def _replay_view(
    recording: Recording, picture: Picture, people: dict[int, Person], a_clock: Clock, with_turns: bool
) -> ReplayView:
    turns = picture.turns if with_turns else []
    hues: dict[int | None, int] = {number: person.hue for number, person in people.items()}
    return ReplayView(
        rid=recording.public_id,
        audio_url=f"/recordings/{recording.public_id}/audio",
        duration_ms=recording.duration_ms,
        size_bytes=recording.size_bytes,
        interrupted=recording.interrupted,
        lost_ms=recording.lost_ms,
        stopped_at=recording.stopped_at,
        bars=[(height, hues.get(person)) for height, person in picture.bars],
        turns=[Turn(people[t.person], t.start_ms, t.end_ms) for t in turns if t.person in people],
        clock=a_clock.sentence,
        then=a_clock.then,
    )


def clocks_of(recordings: Iterable[Recording], now: datetime) -> list[Clock]:
    """Says of ended recordings who can hear each, until when, and what happens then."""
    copies = copies_of([recording.public_id for recording in recordings])
    return [_clock_of(recording, copies.get(recording.public_id), now) for recording in recordings]


def _clock_of(recording: Recording, copy: Copy | None, now: datetime) -> Clock:
    return clock(
        now,
        heard_until=cast(datetime, recording.host_until),
        vault_until=copy.until if copy else cast(datetime, recording.ended_at) + VAULT,
        held_until=copy.held_until if copy else None,
        gone_at=recording.deleted_at or recording.withdrawn_at,
        destroyed_at=copy.purged_at if copy else None,
        who=replace(recording.space.door, guests=recording.guests_allowed).who,
    )


def _voices(space_ids: Iterable[int]) -> dict[int, dict[int, Person]]:
    """Returns those who agreed to be recorded, by number, by space. No turn is written while one does not."""
    voices: dict[int, dict[int, Person]] = defaultdict(dict)
    for space_id, user in ever_agreed_in(space_ids):
        voices[space_id][user.id] = Person.of(user)
    return voices


def picture_of(recording: Recording) -> Picture:
    """Returns what there is to see of a recording. Unavailable while its store does not answer."""
    return _picture(files.place(recording), recording.public_id)


def _pictures(recordings: Sequence[Recording]) -> list[Picture]:
    """Returns what there is to see of each. Where the store does not answer, there is nothing, at once."""
    found: list[Picture] = []
    try:
        for recording in recordings:
            found.append(picture_of(recording))
    except Unavailable as error:
        log.warning("Recordings are shown without their waveforms: %s", error)
    return [*found, *[Picture([], [])] * (len(recordings) - len(found))]


@lru_cache(_PICTURES)
def _picture(place: Files, public_id: str) -> Picture:
    """Returns bars and turns, from files that do not change once a recording is ready."""
    turns = waveform.joined(waveform.parse_turns(files.read(place, public_id, files.TURNS)))
    return Picture(waveform.bars(files.read(place, public_id, files.PEAKS), turns), turns)
