"""What can be heard, and how it is shown."""

from datetime import datetime
from functools import lru_cache
from typing import cast

from sqlalchemy import Select, select

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound
from webapp.recordings import files, waveform
from webapp.recordings.models import Recording, State
from webapp.recordings.retention import VAULT, Clock, clock
from webapp.recordings.waveform import Spoken
from webapp.spaces.models import Membership
from webapp.spaces.shown import Bar, Outcome, Person, ReplayView, Turn
from webapp.storage import Files
from webapp.vault.queries import copy_of

_PICTURES = 256


def hearable(now: datetime) -> Select[Recording]:
    """Selects what anybody may hear at this instant: recorded, not deleted, within 30 days.

    What has left does not come back, not even where the clock is set back: then its bytes are gone already.
    """
    ready = select(Recording).where(Recording.state == State.READY, Recording.size_bytes > 0)
    there = ready.where(Recording.deleted_at.is_(None), Recording.withdrawn_at.is_(None))
    return there.where(Recording.host_until > now)


def heard_by_anybody(public_id: str, now: datetime) -> Recording:
    """Returns a recording that may be heard. NotFound."""
    recording = db.session.scalar(hearable(now).where(Recording.public_id == public_id))
    if recording is None:
        raise NotFound("This recording is not, or no longer, available.")
    return recording


def recording_of(space_id: int) -> Recording | None:
    """Returns what was recorded of a space, whoever may hear it."""
    return db.session.scalar(select(Recording).where(Recording.space_id == space_id))


def outcome_of(recording: Recording | None, now: datetime) -> Outcome:
    """Says in a word what is left of an ended space."""
    if recording is None:
        return "unrecorded"
    if recording.deleted_at is not None:
        return "deleted"
    if recording.state == State.RECORDING:
        return "preparing"
    if recording.size_bytes == 0:
        return "unrecorded"
    return "ready" if recording.host_until is not None and recording.host_until > now else "expired"


def replay_view(recording: Recording, now: datetime) -> ReplayView:
    """Returns a recording as its page shows it."""
    bars, turns = _picture(files.place(recording), recording.public_id)
    people = _voices(recording.space_id)
    return ReplayView(
        rid=recording.public_id,
        audio_url=f"/recordings/{recording.public_id}/audio",
        duration_ms=recording.duration_ms,
        size_bytes=recording.size_bytes,
        interrupted=recording.interrupted,
        lost_ms=recording.lost_ms,
        bars=[Bar(height, people[p].hue if p in people else None) for height, p in bars],
        turns=[Turn(people[t.person], t.start_ms, t.end_ms) for t in turns if t.person in people],
        clock=clock_of(recording, now).sentence,
        then=clock_of(recording, now).then,
    )


def clock_of(recording: Recording, now: datetime) -> Clock:
    """Says who can hear an ended recording, until when, and what happens then."""
    copy = copy_of(recording.public_id)
    ended_at = cast(datetime, recording.ended_at)
    return clock(
        now,
        heard_until=cast(datetime, recording.host_until),
        vault_until=copy.until if copy else ended_at + VAULT,
        held_until=copy.held_until if copy else None,
        gone_at=recording.deleted_at or recording.withdrawn_at,
        destroyed_at=copy.purged_at if copy else None,
    )


def _voices(space_id: int) -> dict[int, Person]:
    """Returns those who agreed to be recorded, by number."""
    agreed = Membership.space_id == space_id, Membership.consent == "yes"
    users = db.session.scalars(select(User).join(Membership).where(*agreed))
    return {user.id: Person.of(user) for user in users}


@lru_cache(_PICTURES)
def _picture(place: Files, public_id: str) -> tuple[list[tuple[int, int | None]], list[Spoken]]:
    """Returns bars and turns, from files that do not change once a recording is ready."""
    turns = waveform.joined(waveform.parse_turns(files.read(place, public_id, files.TURNS)))
    return waveform.bars(files.read(place, public_id, files.PEAKS), turns), turns
