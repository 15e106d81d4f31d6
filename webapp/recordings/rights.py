"""What recordings keep of a person."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.accounts.rights import File, Keeper
from webapp.db import db
from webapp.languages import marked
from webapp.recordings import files, services
from webapp.recordings.models import Play, Recording, Track
from webapp.recordings.queries import hearable, outcome_of
from webapp.spaces.models import Space
from webapp.vault.queries import copy_of


def kept_of(user: User, now: datetime) -> dict[str, object]:
    """Returns the recordings a person hosted, and those that have a track of their voice."""
    hosted = select(Recording).join(Space).where(Space.host_id == user.id).order_by(Recording.id)
    tracks = select(Track, Recording).join(Recording).where(Track.user_id == user.id).order_by(Track.id)
    plays = select(Play, Recording).join(Recording, Recording.id == Play.recording_id)
    return {
        "hosted": [_recording(recording, now) for recording in db.session.scalars(hosted)],
        "voice": [
            _recording(recording, now) | {"track_bytes": track.size_bytes}
            for track, recording in db.session.execute(tracks)
        ],
        "plays": [
            _play(play, recording)
            for play, recording in db.session.execute(
                plays.where(Play.user_id == user.id).order_by(Play.first_at)
            )
        ],
    }


def voice_of(user: User, now: datetime) -> Iterator[File]:
    """Yields a person's own voice, of every recording that can still be heard."""
    theirs = hearable(now).join(Track).where(Track.user_id == user.id).add_columns(Track.filename)
    names: set[str] = set()
    for recording, filename in db.session.execute(theirs.order_by(Recording.id)).all():
        size_bytes = files.size_bytes(recording, filename)
        if size_bytes == 0:
            continue
        name = _filename(recording, names)
        names.add(name.casefold())
        yield f"voice/{name}.opus", size_bytes, files.stream(recording, filename, 0, size_bytes)


def _filename(recording: Recording, taken: set[str]) -> str:
    """Returns the space's title as a file may be called; with the recording's id where that is not enough."""
    title = "".join(c if c.isalnum() or c in "-_" else " " for c in recording.space.title)
    name = " ".join(title.split())
    if name and name.casefold() not in taken:
        return name
    return f"{name} {recording.public_id}".strip()


def _recording(recording: Recording, now: datetime) -> dict[str, object]:
    copy = copy_of(recording.public_id)
    return {
        "address": recording.space.url,
        "title": recording.space.title,
        "started_at": recording.started_at,
        "ended_at": recording.ended_at,
        "duration_ms": recording.duration_ms,
        "size_bytes": recording.size_bytes,
        "can_be_heard": outcome_of(recording, True, now) == "ready",
        "can_be_heard_until": recording.host_until,
        "in_the_vault_until": copy.kept_until if copy else None,
        "deleted_at": recording.deleted_at,
    }


def _play(play: Play, recording: Recording) -> dict[str, object]:
    return {
        "address": recording.space.url,
        "first_at": play.first_at,
        "last_at": play.last_at,
        "position_ms": play.position_ms,
    }


def forget(user: User, now: datetime) -> None:
    """Deletes what a person hosted, and takes their name off what they listened to, which stays counted.

    It is part of the caller's transaction.
    """
    services.forget_host(user, now)
    services.forget_listener(user)


KEEPER = Keeper(
    "recordings",
    export=kept_of,
    files=voice_of,
    forget=forget,
    kept=marked(
        "The recordings you hosted, and, where you agreed to be recorded, a track of your own voice. Anybody"
        " can listen for 30 days; a copy waits in the vault until day 120, for reviewers alone. Which"
        " recordings you listened to, when, and how far."
    ),
    consequence=marked(
        "The recordings you hosted are gone for everybody. A sealed copy of each stays in the vault until 120"
        " days after its space ended, for reviewers alone. Your voice in other people's recordings stays"
        " until those end. That somebody listened to them stays counted, without your name."
    ),
)
