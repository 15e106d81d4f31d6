"""What happens to a recording. A space begins one and ends it in its own transaction; the rest is here."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from webapp.db import db
from webapp.errors import NotFound
from webapp.media import TICK_MS, MediaCoreError, recover
from webapp.recordings import media_files
from webapp.recordings.disk import directory
from webapp.recordings.models import Play, Recording, State, Track
from webapp.recordings.queries import GONE, MIX
from webapp.spaces.live import live
from webapp.spaces.models import Membership, Space
from webapp.spaces.states import clean_title
from webapp.spaces.visitor import Visitor

HOST_ACCESS = timedelta(days=30)
VAULT = timedelta(days=120)
PATIENCE = timedelta(minutes=1)

log = logging.getLogger(__name__)


def begin(space: Space, now: datetime) -> Recording:
    """Makes the recording of a space that starts, and its directory."""
    recording = Recording(space_id=space.id, started_at=now)
    db.session.add(recording)
    db.session.flush()
    directory(recording)
    return recording


def start_clocks(recording: Recording, ended_at: datetime) -> None:
    """The space has ended: its host and the public have 30 days, the vault 120."""
    recording.ended_at = ended_at
    recording.host_until = ended_at + HOST_ACCESS
    recording.vault_until = ended_at + VAULT


def note_interruption(recording: Recording, now: datetime) -> None:
    """The recorder cannot write: what is said from now on is lost to it."""
    recording.interrupted, recording.interrupted_at = True, now
    db.session.commit()
    live.changed(recording.space_id)


def note_resumption(recording: Recording, lost_ms: int) -> None:
    """The recorder writes again."""
    recording.interrupted_at = None
    recording.lost_ms += lost_ms
    db.session.commit()
    live.changed(recording.space_id)


def publish(recording: Recording, duration_ms: int) -> None:
    """Makes the recording of an ended space heard: its files are whole. Doing it again changes nothing."""
    if recording.state != State.RECORDING or recording.space.ended_at is None:
        return
    recording.state = State.READY
    recording.duration_ms = duration_ms
    recording.size_bytes = _size_bytes(recording, MIX)
    db.session.add_all(_tracks(recording))
    db.session.commit()
    live.changed(recording.space_id)


def delete_recording(recording: Recording, now: datetime) -> None:
    """Takes a recording from everybody, at once and for good. NotFound when that has been done."""
    mine = update(Recording).where(Recording.id == recording.id, Recording.deleted_at.is_(None))
    deleted = db.session.scalar(mine.values(deleted_at=now).returning(Recording.id))
    db.session.commit()
    if deleted is None:
        raise NotFound(GONE)


def rename_recording(recording: Recording, title: str) -> None:
    """Gives a recording, and with it its space, another title. Invalid."""
    recording.space.title = clean_title(title)
    db.session.commit()


def allow_guests(recording: Recording, allowed: bool) -> None:
    """Says whether people without an account may listen to a recording."""
    recording.guests_allowed = allowed
    db.session.commit()


def note_position(recording: Recording, visitor: Visitor, position_ms: int, now: datetime) -> None:
    """Remembers how far somebody with a number has listened. The first time, that is a play."""
    listener = visitor.listener or ""
    position = min(max(position_ms, 0), recording.duration_ms)
    play = db.session.get(Play, (recording.id, listener))
    if play is None:
        user_id = visitor.user.id if visitor.user else None
        play = Play(recording_id=recording.id, listener=listener, user_id=user_id, first_at=now)
        db.session.add(play)
    play.position_ms, play.last_at = position, now
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()  # their other request was first, and a play is counted once


def publish_unfinished(now: datetime, patience: timedelta = PATIENCE) -> int:
    """Publishes what ended without the recorder's word: the process died, or the word was lost."""
    ended = Space.ended_at < now - patience
    published = 0
    for recording in db.session.scalars(
        select(Recording).join(Space).where(Recording.state == State.RECORDING, ended)
    ).all():
        try:
            publish(recording, recover(directory(recording)) * TICK_MS)
            published += 1
        except (OSError, MediaCoreError):
            log.exception("Recording %d could not be published", recording.id)
    return published


def _size_bytes(recording: Recording, filename: str) -> int:
    """Returns 0 for a file that was never written."""
    try:
        return media_files.stat(recording, filename).size_bytes
    except FileNotFoundError:
        return 0


def _tracks(recording: Recording) -> list[Track]:
    agreed = Membership.space_id == recording.space_id, Membership.consent == "yes"
    members = db.session.scalars(select(Membership).where(*agreed))
    sizes = {member: _size_bytes(recording, member.track) for member in members}
    return [
        Track(recording_id=recording.id, user_id=member.user_id, filename=member.track, size_bytes=size)
        for member, size in sizes.items()
        if size
    ]
