"""What can be heard, and how it is shown."""

from datetime import datetime
from functools import lru_cache
from typing import cast

from sqlalchemy import Select, select

from webapp.db import db
from webapp.errors import NotFound
from webapp.recordings import waveform
from webapp.recordings.models import Recording, State
from webapp.recordings.waveform import Spoken
from webapp.spaces.queries import ever_agreed
from webapp.spaces.shown import Bar, Outcome, Person, ReplayView, Turn
from webapp.storage import storage

MIX = "mix.opus"
_PICTURES = 256


def hearable(now: datetime) -> Select[Recording]:
    """Selects what anybody may hear at this instant: recorded, not deleted, within 30 days."""
    ready = select(Recording).where(Recording.state == State.READY, Recording.size_bytes > 0)
    return ready.where(Recording.deleted_at.is_(None), Recording.host_until > now)


def heard_by_anybody(public_id: str, now: datetime) -> Recording:
    """Returns a recording that may be heard. NotFound."""
    recording = db.session.scalar(hearable(now).where(Recording.public_id == public_id))
    if recording is None:
        raise NotFound("This recording is not, or no longer, available.")
    return recording


def recording_of(space_id: int) -> Recording | None:
    """Returns what was recorded of a space, whoever may hear it."""
    return db.session.scalar(select(Recording).where(Recording.space_id == space_id))


def stopped_at(space_id: int) -> datetime | None:
    """Tells when the host stopped recording a space, if they did."""
    return db.session.scalar(select(Recording.stopped_at).where(Recording.space_id == space_id))


def outcome_of(recording: Recording | None, now: datetime) -> Outcome:
    """Says in a word what is left of an ended space."""
    if recording is None:
        return "unrecorded"
    if recording.deleted_at is not None:
        return "deleted"
    if recording.state != State.READY:
        return "preparing"
    if recording.size_bytes == 0:
        return "unrecorded"
    return "ready" if recording.host_until is not None and recording.host_until > now else "expired"


def replay_view(recording: Recording, now: datetime) -> ReplayView:
    """Returns a recording as its page shows it."""
    bars, turns = _picture(recording.public_id)
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
        clock=clock_sentence(cast(datetime, recording.host_until), now),
    )


def clock_sentence(until: datetime, now: datetime) -> str:
    """Says who can hear a recording, and until when."""
    year = f" {until.year}" if until.year != now.year else ""
    return f"Anyone can listen until {until.day} {until:%B}{year}."


def _voices(space_id: int) -> dict[int, Person]:
    """Returns those who agreed to be recorded, by number. No turn is written while somebody does not."""
    return {user.id: Person.of(user) for user in ever_agreed(space_id)}


@lru_cache(_PICTURES)
def _picture(public_id: str) -> tuple[list[tuple[int, int | None]], list[Spoken]]:
    """Returns bars and turns, from files that do not change once a recording is ready."""
    turns = waveform.joined(waveform.parse_turns(_read(f"{public_id}/turns.ndjson")))
    return waveform.bars(_read(f"{public_id}/peaks.u8"), turns), turns


def _read(key: str) -> bytes:
    try:
        return storage().read(key)
    except FileNotFoundError:
        return b""
