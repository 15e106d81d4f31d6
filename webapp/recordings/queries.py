"""What can be heard, by whom, and how it is shown."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import cast

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound
from webapp.recordings import media_files, waveform
from webapp.recordings.models import Play, Recording, State, Track
from webapp.recordings.shown import Download, LibraryPage, OwnRecording
from webapp.recordings.waveform import Spoken
from webapp.spaces.models import Guest, Membership, Space
from webapp.spaces.shown import Bar, Outcome, Person, ReplayView, Turn
from webapp.spaces.visitor import Visitor

MIX = "mix.opus"
PAGE = 24
LAST_PAGE = 1_000_000
GONE = "This recording is not, or no longer, available."
NEARLY_OVER_MS = 10_000
_PICTURES = 256
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def hearable(now: datetime) -> Select[Recording]:
    """Selects what can be heard at this instant: recorded, not deleted, within 30 days."""
    ready = select(Recording).where(Recording.state == State.READY, Recording.size_bytes > 0)
    return ready.where(Recording.deleted_at.is_(None), Recording.host_until > now)


def hearable_by(signed_in: bool, now: datetime) -> Select[Recording]:
    """Selects of it what somebody with an account, or without one, may hear."""
    return hearable(now) if signed_in else hearable(now).where(Recording.guests_allowed)


def heard_by(visitor: Visitor, public_id: str, now: datetime) -> Recording:
    """Returns a recording that the visitor may hear. NotFound."""
    return _found(hearable_by(visitor.signed_in, now).where(Recording.public_id == public_id))


def recording_of_host(user: User, public_id: str, now: datetime) -> Recording:
    """Returns a recording of one's own, as long as it can be heard. NotFound."""
    return recording_hosted_by(user.id, public_id, now)


def recording_hosted_by(host_id: int, public_id: str, now: datetime) -> Recording:
    """Returns a recording of the host with this number, as long as it can be heard. NotFound."""
    return _found(_hosted_by(host_id, now).where(Recording.public_id == public_id))


def may_be_heard(recording_id: int, signed_in: bool, now: datetime) -> bool:
    """Tells whether somebody with an account, or without one, may still hear a recording."""
    still = hearable_by(signed_in, now).where(Recording.id == recording_id)
    return db.session.scalar(still.with_only_columns(Recording.id)) is not None


def _hosted_by(host_id: int, now: datetime) -> Select[Recording]:
    return hearable(now).where(Recording.space.has(Space.host_id == host_id))


def _found(selected: Select[Recording]) -> Recording:
    recording = db.session.scalar(selected)
    if recording is None:
        raise NotFound(GONE)
    return recording


def recording_of(space_id: int) -> Recording | None:
    """Returns what was recorded of a space, whoever may hear it."""
    return db.session.scalar(select(Recording).where(Recording.space_id == space_id))


def outcome_of(recording: Recording | None, signed_in: bool, now: datetime) -> Outcome:
    """Says in a word what is left of an ended space. What was deleted and what is over are the same."""
    if recording is None:
        return "unrecorded"
    if recording.deleted_at is not None:
        return "gone"
    if recording.state == State.RECORDING:
        return "preparing"
    if recording.size_bytes == 0:
        return "unrecorded"
    if recording.host_until is None or recording.host_until <= now:
        return "gone"
    return "ready" if signed_in or recording.guests_allowed else "members"


def newest(visitor: Visitor, limit: int, now: datetime) -> list[tuple[Space, ReplayView]]:
    """Returns what the visitor can hear now, the latest to end first."""
    latest = hearable_by(visitor.signed_in, now).order_by(Recording.ended_at.desc()).limit(limit)
    with_stage = latest.options(joinedload(Recording.space).selectinload(Space.stage))
    found = db.session.scalars(with_stage).all()
    return [(it.space, view) for it, view in zip(found, replay_views(found, now), strict=True)]


def library(user: User, page: int, now: datetime) -> LibraryPage:
    """Returns one page, from 1 on, of an account's own recordings, the newest first."""
    own = _hosted_by(user.id, now).order_by(Recording.ended_at.desc(), Recording.id.desc())
    with_tracks = own.options(selectinload(Recording.tracks)).offset((page - 1) * PAGE).limit(PAGE + 1)
    found = db.session.scalars(with_tracks).all()
    return LibraryPage(page, _own(found[:PAGE], now), more=len(found) > PAGE)


def own_recording(recording: Recording, now: datetime) -> OwnRecording:
    """Returns a recording as its host's list shows it."""
    return _own([recording], now)[0]


def _own(recordings: Sequence[Recording], now: datetime) -> list[OwnRecording]:
    plays, listeners = _plays(recordings), _listeners(recordings)
    return [
        OwnRecording(
            url=it.space.url,
            title=it.space.title,
            replay=replay,
            started_at=it.started_at,
            vault_until=cast(datetime, it.vault_until),
            guests_allowed=it.guests_allowed,
            plays=plays.get(it.id, 0),
            listeners=listeners.get(it.space_id, 0),
            downloads=_downloads(it),
        )
        for it, replay in zip(recordings, replay_views(recordings, now), strict=True)
    ]


def _downloads(recording: Recording) -> list[Download]:
    tracks = sorted(recording.tracks, key=lambda track: track.user.display_name.casefold())
    return [Download("mix", MIX, recording.size_bytes), *map(_track, tracks)]


def _track(track: Track) -> Download:
    return Download(str(track.id), track.filename, track.size_bytes, Person.of(track.user))


def download_of(recording: Recording, name: str) -> Download:
    """Returns what a name in an address stands for: the mix, or a track by its number. NotFound."""
    if name == "mix":
        return Download("mix", MIX, recording.size_bytes)
    numbered = select(Track).where(Track.recording_id == recording.id)
    track = db.session.scalar(numbered.where(Track.id == int(name))) if _NUMBER.fullmatch(name) else None
    if track is None:
        raise NotFound(GONE)
    return _track(track)


def _plays(recordings: Iterable[Recording]) -> dict[int, int]:
    """Counts who listened, once each, by recording. The host does not count."""
    by_others = or_(Play.user_id.is_(None), Play.user_id != Space.host_id)
    counted = select(Play.recording_id, func.count()).join(Recording).join(Space).where(by_others)
    ids = [recording.id for recording in recordings]
    found = db.session.execute(counted.where(Play.recording_id.in_(ids)).group_by(Play.recording_id))
    return dict(found.all())


def _listeners(recordings: Iterable[Recording]) -> dict[int, int]:
    """Counts who was there while it was live, on the stage or off it, by space. The host does not count."""
    ids = [recording.space_id for recording in recordings]
    members = select(Membership.space_id, func.count()).join(Space).group_by(Membership.space_id)
    came = Membership.joined_at.is_not(None), Membership.user_id != Space.host_id
    guests = select(Guest.space_id, func.count()).group_by(Guest.space_id)
    counts: dict[int, int] = defaultdict(int)
    for counted in (
        members.where(Membership.space_id.in_(ids), *came),
        guests.where(Guest.space_id.in_(ids)),
    ):
        for space_id, count in db.session.execute(counted):
            counts[space_id] += count
    return counts


def resume_ms(recording: Recording, visitor: Visitor) -> int:
    """Returns where the visitor stopped listening; 0 when that was never, or nearly at the end."""
    play = db.session.get(Play, (recording.id, visitor.listener)) if visitor.listener else None
    if play is None or play.position_ms >= recording.duration_ms - NEARLY_OVER_MS:
        return 0
    return play.position_ms


def replay_view(recording: Recording, now: datetime) -> ReplayView:
    """Returns a recording as its page shows it."""
    return replay_views([recording], now)[0]


def replay_views(recordings: Sequence[Recording], now: datetime) -> list[ReplayView]:
    """Returns recordings as pages show them, with as many queries as for one."""
    voices = _voices([recording.space_id for recording in recordings])
    return [_replay_view(recording, voices[recording.space_id], now) for recording in recordings]


def _replay_view(recording: Recording, people: dict[int, Person], now: datetime) -> ReplayView:
    bars, turns = _picture(recording.public_id, recording.id)
    return ReplayView(
        rid=recording.public_id,
        audio_url=f"/recordings/{recording.public_id}/audio",
        duration_ms=recording.duration_ms,
        size_bytes=recording.size_bytes,
        interrupted=recording.interrupted,
        lost_ms=recording.lost_ms,
        bars=[Bar(height, people[p].hue if p in people else None) for height, p in bars],
        turns=[Turn(people[t.person], t.start_ms, t.end_ms) for t in turns if t.person in people],
        clock=clock_sentence(cast(datetime, recording.host_until), now, recording.guests_allowed),
    )


def clock_sentence(until: datetime, now: datetime, guests_allowed: bool = True) -> str:
    """Says who can hear a recording, and until when."""
    who = "Anyone" if guests_allowed else "Anyone with an account"
    year = f" {until.year}" if until.year != now.year else ""
    return f"{who} can listen until {until.day} {until:%B}{year}."


def _voices(space_ids: Iterable[int]) -> dict[int, dict[int, Person]]:
    """Returns those who agreed to be recorded, by number, by space."""
    agreed = Membership.space_id.in_(space_ids), Membership.consent == "yes"
    voices: dict[int, dict[int, Person]] = defaultdict(dict)
    for space_id, user in db.session.execute(select(Membership.space_id, User).join(User).where(*agreed)):
        voices[space_id][user.id] = Person.of(user)
    return voices


@lru_cache(_PICTURES)
def _picture(_public_id: str, recording_id: int) -> tuple[list[tuple[int, int | None]], list[Spoken]]:
    """Returns bars and turns, from files that do not change once a recording is ready."""
    recording = db.session.get_one(Recording, recording_id)
    turns = waveform.joined(waveform.parse_turns(_read(recording, "turns.ndjson")))
    return waveform.bars(_read(recording, "peaks.u8"), turns), turns


def _read(recording: Recording, name: str) -> bytes:
    try:
        return media_files.read(recording, name)
    except FileNotFoundError:
        return b""
