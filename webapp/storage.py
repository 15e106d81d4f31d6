"""Where recordings are kept: the directory the recorder writes to, through obstore's interface."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import obstore
from flask import Flask, current_app
from obstore.store import LocalStore, ObjectStore

from webapp.config import Settings

PIECE_BYTES = 1 << 18


@dataclass(frozen=True)
class Stat:
    """What is known of a file without reading it. The entity tag is quoted (RFC 9110 section 8.8.3)."""

    size_bytes: int
    etag: str


class Storage:
    """Files by key, such as ``<recording>/mix.opus``. A key that is not there raises FileNotFoundError."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def stat(self, key: str) -> Stat:
        """Returns the size and entity tag of a file."""
        found = obstore.head(self._store, key)
        return Stat(found["size"], cast(str, found["e_tag"]))

    def read(self, key: str) -> bytes:
        """Returns the whole of a small file."""
        return bytes(obstore.get(self._store, key).bytes())

    def stream(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Yields bytes ``start`` up to, not including, ``end``, in pieces of at most PIECE_BYTES."""
        for at in range(start, end, PIECE_BYTES):
            yield bytes(obstore.get_range(self._store, key, start=at, end=min(end, at + PIECE_BYTES)))


def init_app(app: Flask, settings: Settings) -> None:
    """Opens the store as ``app.extensions["storage"]``."""
    app.extensions["storage"] = Storage(LocalStore(settings.recordings_dir, mkdir=True))


def storage() -> Storage:
    """Returns the application's storage."""
    return cast(Storage, current_app.extensions["storage"])
