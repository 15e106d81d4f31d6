"""Puts what is kept of a person into one ZIP file, on the disk and never whole in memory."""

import json
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from webapp.accounts import rights
from webapp.accounts.models import User
from webapp.errors import Conflict
from webapp.languages import gettext as _

PIECE_BYTES = 1 << 18


class Exports:
    """Who is being given an export: one at a time each, until they have all of it."""

    def __init__(self) -> None:
        self._people: set[int] = set()
        self._lock = Lock()

    def begin(self, user: User) -> None:
        """Conflict while another export of the same person goes on."""
        with self._lock:
            if user.id in self._people:
                raise Conflict(_("A download is on its way already. Wait until it is there."))
            self._people.add(user.id)

    def end(self, user_id: int) -> None:
        """Lets the person ask again."""
        with self._lock:
            self._people.discard(user_id)


def make(user: User, now: datetime, directory: Path) -> IO[bytes]:
    """Returns an open file, at its start, that has no name and is gone once closed."""
    file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115 -- whoever asked closes it
    try:
        with ZipFile(file, "w", strict_timestamps=False) as archive:
            _fill(archive, user, now)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yields a file in pieces of at most PIECE_BYTES."""
    while piece := file.read(PIECE_BYTES):
        yield piece


def _fill(archive: ZipFile, user: User, now: datetime) -> None:
    for keeper in rights.keepers():
        text = json.dumps(keeper.export(user, now), ensure_ascii=False, indent=2, default=_plain)
        archive.writestr(_entry(f"{keeper.name}.json", now, ZIP_DEFLATED), text)
    for keeper in rights.keepers():
        for name, size_bytes, content in keeper.files(user, now):
            entry = _entry(name, now, ZIP_STORED)
            entry.file_size = size_bytes
            with archive.open(entry, "w") as target:
                for piece in content:
                    target.write(piece)


def _entry(name: str, now: datetime, how: int) -> ZipInfo:
    entry = ZipInfo(name, now.timetuple()[:6])
    entry.compress_type = how
    entry.external_attr = 0o600 << 16
    return entry


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be exported.")
