"""Where the bytes of a recording go: sealed into the vault, onto the shelf, and off every disk.

Each function deals with what is due, may run twice, late or beside itself, and may be killed anywhere: the
next run does the rest. Nothing is removed before what takes its place was read back.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Select, or_, select, update

from webapp.db import db
from webapp.errors import Unavailable
from webapp.failpoints import reach
from webapp.languages import gettext as _
from webapp.recordings import files
from webapp.recordings.models import Recording, State
from webapp.storage import Files, storage
from webapp.sweeping import each
from webapp.vault import services as vault
from webapp.vault.models import Copy
from webapp.vault.queries import is_due

ABOUT = "about.json"

log = logging.getLogger(__name__)


def seal_waiting(now: datetime) -> int:
    """Seals a copy of what was published, before anything of it can be removed."""
    waiting = _ids(Recording.erased_at.is_(None)).where(Copy.sealed_at.is_(None), Copy.purging_at.is_(None))
    return each(db.session.scalars(waiting).all(), lambda number: _seal(number, now))


def _seal(number: int, now: datetime) -> None:
    """Unavailable while a file is missing: an empty copy of a disk that comes back would have it erased."""
    recording = db.session.get_one(Recording, number)
    names = files.names(recording)
    if missing := _voices_of(recording) - set(names):
        raise Unavailable(f"{recording.public_id} is not sealed without {', '.join(sorted(missing))}.")
    sources: dict[str, vault.Source] = {
        name: partial(files.place(recording).whole, files.key(recording, name)) for name in names
    }
    about = _about(recording)
    sources[ABOUT] = lambda: [about]
    vault.seal_copy(_copy_of(recording), sources, now)


def _voices_of(recording: Recording) -> set[str]:
    """Returns the files that were there when it was published."""
    mix = {files.MIX} if recording.size_bytes else set()
    return mix | {track.filename for track in recording.tracks}


def _copy_of(recording: Recording) -> Copy:
    return db.session.scalars(select(Copy).where(Copy.ref == recording.public_id)).one()


def _about(recording: Recording) -> bytes:
    """What a reviewer has to know and the audio does not say."""
    space = recording.space
    return json.dumps(
        {
            "title": space.title,
            "topics": space.topics,
            "space": space.url,
            "host": {"id": space.host_id, "handle": space.host.handle, "name": space.host.display_name},
            "started_at": recording.started_at.isoformat(),
            "ended_at": recording.ended_at.isoformat() if recording.ended_at else None,
            "tracks": {
                track.filename: {
                    "id": track.user_id,
                    "handle": track.user.handle,
                    "name": track.user.display_name,
                }
                for track in recording.tracks
            },
        },
        ensure_ascii=False,
        indent=1,
    ).encode()


def shelve_whole(now: datetime) -> int:
    """Takes what was published to the shelf, where that is not the recorder's disk."""
    if not storage().remote:
        return 0
    waiting = _ids(Recording.withdrawn_at.is_(None), Recording.shelved_at.is_(None))
    shelved = each(db.session.scalars(waiting).all(), lambda number: _shelve(number, now))
    each(_shelved_but_here(), _clear_disk)
    return shelved


def _shelve(number: int, now: datetime) -> bool:
    """False if it was withdrawn meanwhile; then what was put is removed again."""
    recording = db.session.get_one(Recording, number)
    for name in files.names(recording):
        key = files.key(recording, name)
        storage().shelf.put(key, storage().disk.whole(key))
        reach("shelve: file put")
        if _sha256(storage().shelf.whole(key)) != _sha256(storage().disk.whole(key)):
            raise Unavailable(_("The store holds something else than was put there as %(key)s.", key=key))
    there = update(Recording).where(Recording.id == number, Recording.withdrawn_at.is_(None))
    shelved = db.session.scalar(there.values(shelved_at=now).returning(Recording.id)) is not None
    db.session.commit()
    reach("shelve: row written")
    if not shelved:
        _remove(storage().shelf, recording)
    return shelved


def _shelved_but_here() -> Sequence[int]:
    """Selects what is on the shelf and still on the disk."""
    here = {key.partition("/")[0] for key in storage().disk.keys_in()}
    return db.session.scalars(_ids(Recording.shelved_at.is_not(None), Recording.public_id.in_(here))).all()


def _clear_disk(number: int) -> None:
    _remove(storage().disk, db.session.get_one(Recording, number))


def erase_gone(now: datetime) -> int:
    """Removes what can be heard no more, wherever it is, once the vault has it or needs it no longer."""
    over = or_(Recording.deleted_at.is_not(None), Recording.host_until <= now)
    gone = _ids(Recording.erased_at.is_(None), or_(Recording.withdrawn_at.is_not(None), over))
    safe = gone.where(or_(Copy.sealed_at.is_not(None), Copy.purging_at.is_not(None), is_due(now)))
    return each(db.session.scalars(safe).all(), lambda number: _erase(number, now))


def _erase(number: int, now: datetime) -> None:
    """Once it is withdrawn it does not come back, not even where the clock is set back."""
    recording = db.session.get_one(Recording, number)
    recording.withdrawn_at = recording.withdrawn_at or now
    db.session.commit()
    reach("erase: withdrawn")
    for place in {storage().disk, storage().shelf}:
        _remove(place, recording)
    reach("erase: files removed")
    recording.erased_at = now
    db.session.commit()


def _remove(place: Files, recording: Recording) -> None:
    for key in place.keys_in(recording.public_id):
        place.delete(key)
        reach("remove: file removed")


def _ids(*conditions: ColumnElement[bool]) -> Select[int]:
    """Selects the recordings whose files are whole, beside their copies."""
    ready = select(Recording.id).join(Copy, Copy.ref == Recording.public_id)
    return ready.where(Recording.state == State.READY, *conditions)


def _sha256(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
