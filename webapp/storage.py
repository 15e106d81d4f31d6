"""Where recordings are kept: a local directory, or whatever object store ``PARLEY_STORAGE_URL`` names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import obstore
from flask import Flask, current_app
from obstore.store import LocalStore, ObjectStore, from_url

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
        tag = (found["e_tag"] or f"{found['last_modified'].timestamp()}-{found['size']}").strip('"')
        return Stat(found["size"], f'"{tag}"')

    def read(self, key: str) -> bytes:
        """Returns the whole of a small file."""
        return bytes(obstore.get(self._store, key).bytes())

    def stream(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Yields bytes ``start`` up to, not including, ``end``, in pieces of at most PIECE_BYTES."""
        for at in range(start, end, PIECE_BYTES):
            yield bytes(obstore.get_range(self._store, key, start=at, end=min(end, at + PIECE_BYTES)))

    def write(self, key: str, content: bytes) -> None:
        """Writes a small file, in place of one that is there."""
        obstore.put(self._store, key, content)

    def delete_all(self, folder: str) -> None:
        """Deletes every file whose key begins with ``<folder>/``. There may be none."""
        for files in obstore.list(self._store, prefix=folder):
            obstore.delete(self._store, [file["path"] for file in files])


def init_app(app: Flask, settings: Settings) -> None:
    """Opens the store as ``app.extensions["storage"]``."""
    app.extensions["storage"] = Storage(_open(settings))


def storage() -> Storage:
    """Returns the application's storage."""
    return cast(Storage, current_app.extensions["storage"])


def _open(settings: Settings) -> ObjectStore:
    if settings.storage_url:
        return from_url(settings.storage_url)
    return LocalStore(settings.recordings_dir, mkdir=True)
