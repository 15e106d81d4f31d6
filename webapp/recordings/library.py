"""What a host sees of their own recordings, and a listener of their own listening."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound
from webapp.recordings import files
from webapp.recordings.models import Play, Recording, Track
from webapp.recordings.queries import GONE, hosted_by, replay_views
from webapp.recordings.retention import clock
from webapp.recordings.shown import Download, LibraryPage, OwnRecording, Sealed
from webapp.spaces.models import Space
from webapp.spaces.queries import came_to
from webapp.spaces.shown import Person
from webapp.spaces.visitor import Visitor
from webapp.vault.queries import copies_of, receipts_of, withdrawn_copies_of

PAGE = 24
LAST_PAGE = 1_000_000
NEARLY_OVER_MS = 10_000
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def page_of(user: User, page: int, now: datetime) -> LibraryPage:
    """Returns one page, from 1 on, of an account's own recordings, the newest first."""
    own = hosted_by(user.id, now).order_by(Recording.ended_at.desc(), Recording.id.desc())
    with_tracks = own.options(selectinload(Recording.tracks)).offset((page - 1) * PAGE).limit(PAGE + 1)
    found = db.session.scalars(with_tracks).all()
    own_page = LibraryPage(page, _own(found[:PAGE], now), more=len(found) > PAGE, sealed=[], receipts=[])
    return own_page if page > 1 else replace(own_page, sealed=_sealed(user, now), receipts=receipts_of(user))


def _sealed(user: User, now: datetime) -> list[Sealed]:
    """Tells of what can be heard no more and is not destroyed yet. A copy alone knows its own dates."""
    return [
        Sealed(
            copy.title,
            copy.ended_at,
            clock(
                now,
                heard_until=copy.heard_until,
                vault_until=copy.until,
                held_until=copy.held_until,
                gone_at=copy.heard_until,
            ),
        )
        for copy in withdrawn_copies_of(user, now)
    ]


def own_recording(recording: Recording, now: datetime) -> OwnRecording:
    """Returns a recording as its host's list shows it."""
    return _own([recording], now)[0]


def _own(recordings: Sequence[Recording], now: datetime) -> list[OwnRecording]:
    plays, listeners = _plays(recordings), came_to([recording.space_id for recording in recordings])
    copies = copies_of([recording.public_id for recording in recordings])
    return [
        OwnRecording(
            url=it.space.url,
            title=it.space.title,
            replay=replay,
            started_at=it.started_at,
            vault_until=copies[it.public_id].kept_until,
            guests_allowed=it.guests_allowed,
            plays=plays.get(it.id, 0),
            listeners=listeners.get(it.space_id, 0),
            downloads=_downloads(it),
        )
        for it, replay in zip(recordings, replay_views(recordings, now), strict=True)
    ]


def _downloads(recording: Recording) -> list[Download]:
    tracks = sorted(recording.tracks, key=lambda track: track.user.display_name.casefold())
    return [Download("mix", files.MIX, recording.size_bytes), *map(_track, tracks)]


def _track(track: Track) -> Download:
    return Download(str(track.id), track.filename, track.size_bytes, Person.of(track.user))


def download_of(recording: Recording, name: str) -> Download:
    """Returns what a name in an address stands for: the mix, or a track by its number. NotFound."""
    if name == "mix":
        return Download("mix", files.MIX, recording.size_bytes)
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


def resume_ms(recording: Recording, visitor: Visitor) -> int:
    """Returns where the visitor stopped listening; 0 when that was never, or nearly at the end."""
    return resumes_of([recording], visitor).get(recording.id, 0)


def resumes_of(recordings: Sequence[Recording], visitor: Visitor) -> dict[int, int]:
    """Returns the same of many, by number; where it is 0, that is left out."""
    if not recordings or not visitor.listener:
        return {}
    ends = {recording.id: recording.duration_ms - NEARLY_OVER_MS for recording in recordings}
    theirs = Play.listener == visitor.listener, Play.recording_id.in_(ends)
    found = db.session.execute(select(Play.recording_id, Play.position_ms).where(*theirs))
    return {number: position_ms for number, position_ms in found if 0 < position_ms < ends[number]}
