"""What happens to a copy: expected, sealed, held, opened, destroyed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import func, or_, select, update

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Invalid, NotFound
from webapp.failpoints import reach
from webapp.languages import gettext as _
from webapp.storage import storage
from webapp.sweeping import each
from webapp.vault.keys import keyring
from webapp.vault.models import REASON_MAX, Access, Copy, Hold, Receipt, SealedFile
from webapp.vault.queries import copy_of, is_due
from webapp.vault.sealing import BrokenSeal, seal, sealed_bytes, unseal

ACCESS = timedelta(minutes=60)
HOLD_MAX = timedelta(days=365)
REASON_MIN = 10

Source = Callable[[], Iterable[bytes]]
"""Yields the bytes of a file, from the first, each time that it is called."""


def expect(
    ref: str, owner: User, title: str, *, ended_at: datetime, heard_until: datetime, until: datetime
) -> None:
    """From now on there will be a copy of something. Part of the caller's transaction."""
    db.session.add(
        Copy(ref=ref, owner=owner, title=title, ended_at=ended_at, heard_until=heard_until, until=until)
    )


def note_withdrawn(ref: str, now: datetime) -> None:
    """Nobody but reviewers can hear it from now on. Part of the caller's transaction."""
    copy = copy_of(ref)
    if copy is not None:
        copy.heard_until = min(copy.heard_until, now)


def seal_copy(copy: Copy, sources: Mapping[str, Source], now: datetime) -> None:
    """Seals files by name, opens each again, and only then says that the copy is there.

    Killed anywhere between, it is done again from the start. BrokenSeal when what was written does not open.
    Where the copy's time comes meanwhile, what was written is destroyed again.
    """
    key = keyring().make(copy.ref)
    reach("seal: key made")
    try:
        sealed = [_seal_file(copy, key, name, source) for name, source in sources.items()]
        reach("seal: files written")
        done = update(Copy).where(Copy.id == copy.id, Copy.sealed_at.is_(None), Copy.purging_at.is_(None))
        if db.session.scalar(done.values(sealed_at=now).returning(Copy.id)) is not None:
            db.session.add_all(sealed)
        reach("seal: rows written")
        db.session.commit()
    finally:
        _destroy_late(copy)


def _destroy_late(copy: Copy) -> None:
    """A purge that was claimed while a copy was sealed may have gone by before its key and files came."""
    db.session.rollback()
    db.session.refresh(copy)
    if copy.purging_at is not None:
        _destroy(copy)


def _seal_file(copy: Copy, key: bytes, name: str, source: Source) -> SealedFile:
    vault, at = storage().vault, copy.key(name)
    before, after = _Digest(), _Digest()
    vault.put(at, seal(key, name, before.over(source())))
    reach("seal: file written")
    if vault.stat(at).size_bytes != sealed_bytes(before.size_bytes):
        raise BrokenSeal(f"{at} is not as long as what was sealed.")
    for _part in after.over(
        unseal(key, name, before.size_bytes, partial(vault.part, at), 0, before.size_bytes)
    ):
        pass
    if before.hexdigest() != after.hexdigest():
        raise BrokenSeal(f"{at} does not hold what was sealed.")
    return SealedFile(copy_id=copy.id, name=name, size_bytes=before.size_bytes, sha256=before.hexdigest())


class _Digest:
    """The length and SHA-256 of what passed by."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.size_bytes = 0

    def over(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._sha256.update(piece)
            self.size_bytes += len(piece)
            yield piece

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()


def read(copy: Copy, name: str, start: int, end: int) -> Iterator[bytes]:
    """Yields bytes ``start`` up to, not including, ``end`` of a file. FileNotFoundError, BrokenSeal."""
    key = keyring().find(copy.ref)
    file = next((file for file in copy.files if file.name == name), None)
    if key is None or file is None:
        raise FileNotFoundError(f"{copy.ref} has no {name} to open.")
    return unseal(key, name, file.size_bytes, partial(storage().vault.part, copy.key(name)), start, end)


def open_copy(copy: Copy, reviewer: User, reason: str, now: datetime) -> Access:
    """Writes down who opens a copy, and why; from then on they can listen for an hour. Invalid."""
    access = Access(copy=copy, reviewer=reviewer, reason=_reason(reason), opened_at=now, until=now + ACCESS)
    db.session.add(access)
    db.session.commit()
    return access


def place_hold(copy: Copy, reviewer: User, reason: str, until: datetime, now: datetime) -> Hold:
    """Keeps a copy until a later day, for an appeal. Invalid; NotFound when its time has come already."""
    if not copy.until < until <= now + HOLD_MAX:
        raise Invalid(_("A hold ends after the copy would be destroyed, and at most a year from now."))
    _one_at_a_time(copy.id)
    hold = Hold(copy_id=copy.id, reviewer=reviewer, reason=_reason(reason), placed_at=now, until=until)
    db.session.add(hold)
    db.session.flush()
    _count_holds(copy, now)
    return hold


def release_hold(hold: Hold, now: datetime) -> None:
    """Ends a hold before its time. Conflict when it has ended."""
    if hold.released_at is not None or hold.until <= now:
        raise Conflict(_("This hold has ended already."))
    _one_at_a_time(hold.copy_id)
    hold.released_at = now
    db.session.flush()
    _count_holds(db.session.get_one(Copy, hold.copy_id), now)


def _one_at_a_time(copy_id: int) -> None:
    """Waits for whoever is changing the holds of a copy: who counts them sees all of them."""
    db.session.execute(select(Copy.id).where(Copy.id == copy_id).with_for_update())


def _count_holds(copy: Copy, now: datetime) -> None:
    """Writes the end of the last hold to the copy, unless it is being destroyed, and commits."""
    last = select(func.max(Hold.until)).where(Hold.copy_id == copy.id, Hold.released_at.is_(None))
    kept = update(Copy).where(Copy.id == copy.id, Copy.purging_at.is_(None), ~is_due(now))
    held = kept.values(held_until=last.scalar_subquery()).returning(Copy.id)
    if db.session.scalar(held) is None:
        db.session.rollback()
        raise NotFound(_("There is no such copy in the vault, or not any more."))
    db.session.commit()


def purge_due(now: datetime) -> int:
    """Destroys every copy whose time has come, and what a killed run left half destroyed."""
    due = select(Copy.id).where(Copy.purged_at.is_(None), or_(Copy.purging_at.is_not(None), is_due(now)))
    return each(db.session.scalars(due).all(), lambda copy_id: _purge(copy_id, now))


def _purge(copy_id: int, now: datetime) -> bool:
    """Destroys the key first: from then on no copy of the bytes, wherever it is, can be opened."""
    if not _claim(copy_id, now):
        return False
    copy = db.session.get_one(Copy, copy_id)
    reach("purge: claimed")
    _destroy(copy)
    gone = update(Copy).where(Copy.id == copy_id, Copy.purged_at.is_(None)).values(purged_at=now)
    if db.session.scalar(gone.returning(Copy.id)) is None:
        db.session.rollback()
        return False
    db.session.add(_receipt(copy, now))
    reach("purge: receipt written")
    db.session.commit()
    return True


def _destroy(copy: Copy) -> None:
    keyring().destroy(copy.ref)
    reach("purge: key destroyed")
    for at in storage().vault.keys_in(copy.ref):
        storage().vault.delete(at)
        reach("purge: file removed")


def _claim(copy_id: int, now: datetime) -> bool:
    """After this no hold can be placed. A claim of a run that was killed is taken over."""
    claim = update(Copy).where(Copy.id == copy_id, Copy.purged_at.is_(None))
    claim = claim.where(or_(Copy.purging_at.is_not(None), is_due(now)))
    claimed = db.session.scalar(
        claim.values(purging_at=func.coalesce(Copy.purging_at, now)).returning(Copy.id)
    )
    db.session.commit()
    return claimed is not None


def _receipt(copy: Copy, now: datetime) -> Receipt:
    return Receipt(
        ref=copy.ref,
        owner_id=copy.owner_id,
        title=copy.title,
        ended_at=copy.ended_at,
        heard_until=copy.heard_until,
        kept_until=copy.kept_until,
        files=[
            {"name": file.name, "size_bytes": file.size_bytes, "sha256": file.sha256} for file in copy.files
        ],
        holds=[
            {
                "reason": hold.reason,
                "from": hold.placed_at.isoformat(),
                "until": (hold.released_at or hold.until).isoformat(),
            }
            for hold in copy.holds
        ],
        destroyed_at=now,
    )


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise Invalid(_("Say why, in %(least)s to %(most)s characters.", least=REASON_MIN, most=REASON_MAX))
    return reason
