"""Compares rows with files, once a day: what is there and should not be, and what should be there and is not.

It removes nothing. What it found is for the operator to look at.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from webapp.db import db
from webapp.languages import marked
from webapp.recordings import files
from webapp.recordings.models import Finding, Recording, State
from webapp.storage import Files, storage
from webapp.vault.keys import keyring
from webapp.vault.models import Copy
from webapp.vault.sealing import sealed_bytes

log = logging.getLogger(__name__)

_OF_NONE = {
    "disk": marked("On the disk, of no recording"),
    "shelf": marked("On the shelf, of no recording"),
}
_OF_AN_ERASED_ONE = {
    "disk": marked("On the disk, of a recording that was erased"),
    "shelf": marked("On the shelf, of a recording that was erased"),
}

Found = tuple[str, str]
"""What is wrong, and with which file."""


def reconcile(now: datetime) -> int:
    """Writes down, instead of what was found the last time, every file and row that miss each other."""
    found = [*_of_recordings(), *_of_copies()]
    db.session.execute(delete(Finding))
    db.session.add_all(Finding(what=what, key=key, found_at=now) for what, key in found)
    db.session.commit()
    for what, key in found:
        log.warning("Reconciled: %s: %s", what, key)
    return len(found)


def _of_recordings() -> Iterator[Found]:
    recordings = {found.public_id: found for found in db.session.scalars(select(Recording))}
    here, shelved = _by_ref(storage().disk), _by_ref(storage().shelf)
    for place, kept in (("disk", here), ("shelf", shelved)):
        if place == "shelf" and not storage().remote:
            continue
        for ref, keys in kept.items():
            yield from _unexpected(recordings.get(ref), place, keys)
    for ref, recording in recordings.items():
        kept = here if recording.shelved_at is None else shelved
        whole = recording.state == State.READY and recording.withdrawn_at is None and recording.size_bytes
        if whole and files.key(recording, files.MIX) not in kept.get(ref, ()):
            yield marked("A recording without its file"), files.key(recording, files.MIX)


def _unexpected(recording: Recording | None, place: str, keys: list[str]) -> Iterator[Found]:
    if recording is None:
        yield from ((_OF_NONE[place], key) for key in keys)
    elif recording.erased_at is not None:
        yield from ((_OF_AN_ERASED_ONE[place], key) for key in keys)
    elif place == "disk" and storage().remote and recording.shelved_at is not None:
        yield from ((marked("On the disk, and on the shelf as well"), key) for key in keys)


def _of_copies() -> Iterator[Found]:
    with_files = select(Copy).options(selectinload(Copy.files))
    copies = {copy.ref: copy for copy in db.session.scalars(with_files)}
    sealed = _by_ref(storage().vault)
    for ref, keys in sealed.items():
        yield from _unexpected_sealed(copies.get(ref), keys)
    for ref in keyring().refs():
        if ref not in copies or copies[ref].purged_at is not None:
            yield marked("A key of no copy"), ref
    for copy in copies.values():
        if copy.sealed_at is not None and copy.purging_at is None:
            yield from _missing(copy, sealed.get(copy.ref, []))


def _unexpected_sealed(copy: Copy | None, keys: list[str]) -> Iterator[Found]:
    if copy is None:
        yield from ((marked("In the vault, of no copy"), key) for key in keys)
    elif copy.purged_at is not None:
        yield from ((marked("In the vault, of a copy that was destroyed"), key) for key in keys)


def _missing(copy: Copy, keys: list[str]) -> Iterator[Found]:
    if keyring().find(copy.ref) is None:
        yield marked("A copy without its key"), copy.ref
    for file in copy.files:
        key = copy.key(file.name)
        if key not in keys:
            yield marked("A copy without its file"), key
        elif storage().vault.stat(key).size_bytes != sealed_bytes(file.size_bytes):
            yield marked("A copy whose file has another length"), key


def _by_ref(place: Files) -> dict[str, list[str]]:
    return {ref: list(keys) for ref, keys in groupby(place.keys_in(), lambda key: key.partition("/")[0])}
