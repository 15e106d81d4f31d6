"""What a host decides about their podcast, and the sweep that makes its files.

A file lies beside the recording's own, so it is shelved and erased with them (``recordings.keeping``). The
sweep may be killed anywhere: what is not made is made again, and what nobody may hear any more is removed.
"""

import hashlib
import logging
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete

from webapp.accounts.models import User
from webapp.db import db
from webapp.failpoints import reach
from webapp.podcast.models import Episode, Podcast
from webapp.podcast.queries import podcast_of, unwanted, waiting
from webapp.recordings import files, withdrawals
from webapp.recordings.models import Recording
from webapp.recordings.queries import hearable
from webapp.storage import storage
from webapp.sweeping import each

log = logging.getLogger(__name__)
NAME = "podcast.m4a"
PIECE_BYTES = 1 << 18
PODCASTS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace of podcast:guid."""
LONGEST_S = 4 * 3600


def offer(user: User, feed_address: str, now: datetime) -> None:
    """Offers somebody's public recordings as a podcast. Doing it again changes nothing."""
    if podcast_of(user.id) is None:
        db.session.add(Podcast(user_id=user.id, guid=guid_of(feed_address), since=now))
        db.session.commit()


def withdraw(user: User) -> None:
    """Offers them no more, from this very instant; the files go with the next sweep."""
    db.session.execute(delete(Podcast).where(Podcast.user_id == user.id))
    db.session.commit()
    withdrawals.note()


def guid_of(feed_address: str) -> str:
    """Returns by which id directories know a podcast: made from its first address, without its scheme."""
    return str(uuid.uuid5(PODCASTS, feed_address.partition("://")[2].rstrip("/")))


def make_episodes(now: datetime) -> int:
    """Removes what nobody may hear any more, and makes what is missing, one file at a time."""
    dropped = each(db.session.scalars(unwanted(now)).all(), _drop)
    return dropped + each(db.session.scalars(waiting(now)).all(), lambda number: _make(number, now))


def make_again(episode: Episode) -> None:
    """Says of an episode whose file is not there any more that it is not made: the next sweep does it."""
    log.warning("The podcast file of recording %s is gone; it will be made again.", episode.recording_id)
    episode.made_at = None
    db.session.commit()


def _drop(number: int) -> None:
    episode = db.session.get_one(Episode, number)
    _remove(episode.recording)
    reach("podcast: file removed")
    db.session.delete(episode)
    db.session.commit()


def _make(number: int, now: datetime) -> bool:
    """False if it may not be heard any more once it is made."""
    recording = db.session.get_one(Recording, number)
    _claim(number, now)
    reach("podcast: claimed")
    with tempfile.TemporaryDirectory() as directory:
        made = _encoded(recording, Path(directory))
        _put(recording, made)
        reach("podcast: file put")
        return _note_made(recording, made, now)


def _claim(number: int, now: datetime) -> None:
    """Notes the attempt before it is made: a file on which the process dies is not tried for ever."""
    episode = db.session.get(Episode, number)
    if episode is None:
        episode = Episode(recording_id=number, attempts=0, claimed_at=now)
        db.session.add(episode)
    episode.claimed_at, episode.attempts = now, episode.attempts + 1
    db.session.commit()


def _encoded(recording: Recording, directory: Path) -> Path:
    source, target = directory / files.MIX, directory / NAME
    with source.open("wb") as file:
        for piece in files.stream(recording, files.MIX, 0, recording.size_bytes):
            file.write(piece)
    program = [sys.executable, "-m", "webapp.podcast.encoding", str(source), str(target)]
    subprocess.run(program, check=True, timeout=LONGEST_S, capture_output=True)  # noqa: S603
    return target


def _put(recording: Recording, made: Path) -> None:
    files.place(recording).put(files.key(recording, NAME), _pieces(made))


def _note_made(recording: Recording, made: Path, now: datetime) -> bool:
    """Says that a file is whole. Meanwhile its recording may have gone to the shelf, or altogether."""
    place = files.place(recording)
    db.session.expire_all()
    if db.session.scalar(hearable(now).where(Recording.id == recording.id)) is None:
        _drop(recording.id)
        return False
    if files.place(recording) is not place:
        _put(recording, made)
    digest = hashlib.sha256()
    for piece in _pieces(made):
        digest.update(piece)
    episode = db.session.get_one(Episode, recording.id)
    episode.made_at, episode.size_bytes, episode.sha256 = now, made.stat().st_size, digest.hexdigest()
    db.session.commit()
    reach("podcast: row written")
    return True


def _remove(recording: Recording) -> None:
    for place in {storage().disk, storage().shelf}:
        place.delete(files.key(recording, NAME))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def forget(user: User) -> None:
    """Ends somebody's podcast with their account, as part of the caller's transaction."""
    db.session.execute(delete(Podcast).where(Podcast.user_id == user.id))
