"""What happens to a recording. A space begins one and ends it in its own transaction; the rest is here."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, NotFound
from webapp.languages import gettext as _
from webapp.languages import later
from webapp.media import TICK_MS, recover
from webapp.recordings import files, withdrawals
from webapp.recordings.disk import directory
from webapp.recordings.models import Play, Recording, State, Track
from webapp.recordings.queries import GONE
from webapp.recordings.retention import HOST_ACCESS, VAULT
from webapp.spaces.live import live
from webapp.spaces.models import Space, track_file
from webapp.spaces.queries import ever_agreed
from webapp.spaces.states import clean_title
from webapp.spaces.visitor import Visitor
from webapp.sweeping import each
from webapp.vault import services as vault

PATIENCE = timedelta(minutes=1)


def begin(space: Space, now: datetime) -> Recording:
    """Makes the recording of a space that starts, and its directory."""
    recording = Recording(space_id=space.id, started_at=now, guests_allowed=space.guests_allowed)
    db.session.add(recording)
    db.session.flush()
    directory(recording)
    return recording


def stop(space: Space, now: datetime) -> None:
    """Ends a running recording early; of two who do so at once, one does. Conflict."""
    if not space.record:
        raise Conflict(_("This space is not recorded."))
    running = Recording.stopped_at.is_(None), Recording.ended_at.is_(None)
    stopped = update(Recording).where(Recording.space_id == space.id, *running).values(stopped_at=now)
    if db.session.scalar(stopped.returning(Recording.id)) is None:
        db.session.rollback()
        raise Conflict(_("The recording was stopped already."))


def end(recording: Recording, ended_at: datetime) -> None:
    """The space has ended: its host and the public have 30 days, the vault 120.

    A recording that was stopped before is heard from now on; of another the recorder has yet to say that it
    is whole. Both may come at once: whoever writes second sees what the other wrote.
    """
    db.session.refresh(recording, with_for_update={"of": Recording})
    recording.ended_at = ended_at
    recording.host_until = ended_at + HOST_ACCESS
    vault.expect(
        recording.public_id,
        recording.space.host,
        recording.space.title,
        ended_at=ended_at,
        heard_until=recording.deleted_at or recording.host_until,
        until=ended_at + VAULT,
    )
    if recording.state == State.CLOSED:
        _make_ready(recording)


def note_interruption(recording: Recording, now: datetime) -> None:
    """The recorder cannot write: what is said from now on is lost to it."""
    recording.interrupted, recording.interrupted_at = True, now
    db.session.commit()
    _tell(recording, later("The recording has stopped for now. The conversation goes on."))


def note_resumption(recording: Recording, lost_ms: int) -> None:
    """The recorder writes again."""
    recording.interrupted_at = None
    recording.lost_ms += lost_ms
    db.session.commit()
    _tell(recording, later("This space is being recorded again."))


def _tell(recording: Recording, sentence: str) -> None:
    live.changed(recording.space_id)
    if recording.stopped_at is None and recording.ended_at is None:
        live.announce(recording.space_id, sentence)


def publish(recording: Recording, duration_ms: int) -> None:
    """The files are whole: they are heard once the space has ended. Doing it again changes nothing.

    While the space is live, only the host's word ends a recording.
    """
    if recording.state != State.RECORDING or not (recording.stopped_at or recording.space.ended_at):
        return
    recording.state, recording.duration_ms = State.CLOSED, duration_ms
    db.session.flush()
    # The space may be ending this moment: whoever writes second sees what the other wrote.
    db.session.refresh(recording.space)
    if recording.space.ended_at is not None:
        _make_ready(recording)
    db.session.commit()
    live.changed(recording.space_id)


def _make_ready(recording: Recording) -> None:
    recording.state = State.READY
    recording.size_bytes = files.size_bytes(recording, files.MIX)
    db.session.add_all(_tracks(recording))


def delete_recording(recording: Recording, now: datetime) -> None:
    """Takes a recording from everybody, at once and for good. NotFound when that has been done."""
    mine = update(Recording).where(Recording.id == recording.id, Recording.deleted_at.is_(None))
    if db.session.scalar(mine.values(deleted_at=now).returning(Recording.id)) is None:
        db.session.rollback()
        raise NotFound(GONE)
    vault.note_withdrawn(recording.public_id, now)
    db.session.commit()
    withdrawals.note()


def rename_recording(recording: Recording, title: str) -> None:
    """Gives a recording, and with it its space, another title. Invalid."""
    recording.space.title = clean_title(title)
    db.session.commit()


def allow_guests(recording: Recording, allowed: bool) -> None:
    """Says whether people without an account may listen to a recording."""
    recording.guests_allowed = allowed
    db.session.commit()
    withdrawals.note()


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
    over = or_(Space.ended_at < now - patience, Recording.stopped_at < now - patience)
    waiting = select(Recording.id).join(Space).where(Recording.state == State.RECORDING, over)
    return each(db.session.scalars(waiting).all(), _publish_recovered)


def _publish_recovered(number: int) -> None:
    recording = db.session.get_one(Recording, number)
    publish(recording, recover(directory(recording)) * TICK_MS)


def forget_host(user: User, now: datetime) -> None:
    """Deletes all that somebody hosted who leaves for good, as part of the caller's transaction.

    The vault keeps its copies: deleting never shortens it.
    """
    hosted = select(Recording).join(Space).where(Space.host_id == user.id, Recording.deleted_at.is_(None))
    for recording in db.session.scalars(hosted):
        recording.deleted_at = now
        vault.note_withdrawn(recording.public_id, now)


def forget_listener(user: User) -> None:
    """Leaves of what somebody listened to that somebody did, as part of the caller's transaction."""
    for play in db.session.scalars(select(Play).where(Play.user_id == user.id)):
        play.user_id, play.listener, play.position_ms = None, f"gone-{secrets.token_hex(8)}", 0


def _tracks(recording: Recording) -> list[Track]:
    voices = {user.id: track_file(user.id) for user in ever_agreed(recording.space_id)}
    return [
        Track(recording_id=recording.id, user_id=user_id, filename=filename, size_bytes=size)
        for user_id, filename in voices.items()
        if (size := files.size_bytes(recording, filename))
    ]
