"""What happens to a recording. A space begins one and ends it in its own transaction; the rest is here."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.db import db
from webapp.media import TICK_MS, MediaCoreError, recover
from webapp.recordings import files
from webapp.recordings.disk import directory
from webapp.recordings.models import Recording, State, Track
from webapp.recordings.retention import HOST_ACCESS, VAULT
from webapp.spaces.live import live
from webapp.spaces.models import Membership, Space
from webapp.vault import services as vault

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
    vault.expect(
        recording.public_id,
        recording.space.host,
        recording.space.title,
        ended_at=ended_at,
        heard_until=recording.host_until,
        until=ended_at + VAULT,
    )


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
    recording.size_bytes = files.size_bytes(recording, files.MIX)
    db.session.add_all(_tracks(recording))
    db.session.commit()
    live.changed(recording.space_id)


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


def _tracks(recording: Recording) -> list[Track]:
    agreed = Membership.space_id == recording.space_id, Membership.consent == "yes"
    members = db.session.scalars(select(Membership).where(*agreed))
    sizes = {member: files.size_bytes(recording, member.track) for member in members}
    return [
        Track(recording_id=recording.id, user_id=member.user_id, filename=member.track, size_bytes=size)
        for member, size in sizes.items()
        if size
    ]
