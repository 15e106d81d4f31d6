"""Where bytes are kept, through obstore's interface: the recorder's disk, the shelf, and the vault.

The recorder writes to the local disk. Whole recordings go to the shelf, which is that disk unless an
S3-compatible store was set; sealed copies go to the vault, beside it.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import obstore
from flask import Flask, current_app
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from webapp.config import Settings
from webapp.errors import Unavailable
from webapp.languages import gettext as _

PIECE_BYTES = 1 << 18
_PART_BYTES = 8 << 20
_TIMEOUTS = {"connect_timeout": "5s", "timeout": "60s"}
_RETRIES = {"max_retries": 2}


@dataclass(frozen=True)
class Stat:
    """What is known of a file without reading it. The entity tag is quoted (RFC 9110 section 8.8.3)."""

    size_bytes: int
    etag: str


class Files:
    """Files by key, such as ``<recording>/mix.opus``.

    A key that is not there raises FileNotFoundError; a store that does not answer, Unavailable.
    """

    def __init__(self, store: ObjectStore, root: Path | None = None) -> None:
        self._store = store
        self._root = root

    def stat(self, key: str) -> Stat:
        """Returns the size and entity tag of a file."""
        with _answering():
            found = obstore.head(self._store, key)
        return Stat(found["size"], cast(str, found["e_tag"]))

    def read(self, key: str) -> bytes:
        """Returns the whole of a small file."""
        with _answering():
            return bytes(obstore.get(self._store, key).bytes())

    def stream(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Yields bytes ``start`` up to, not including, ``end``, in pieces of at most PIECE_BYTES."""
        for at in range(start, end, PIECE_BYTES):
            yield self.part(key, at, min(end, at + PIECE_BYTES))

    def part(self, key: str, start: int, end: int) -> bytes:
        """Returns bytes ``start`` up to, not including, ``end``, at one go."""
        with _answering():
            return bytes(obstore.get_range(self._store, key, start=start, end=end))

    def whole(self, key: str) -> Iterator[bytes]:
        """Yields a file from its first byte to its last."""
        return self.stream(key, 0, self.stat(key).size_bytes)

    def put(self, key: str, pieces: Iterable[bytes]) -> None:
        """Writes a file, or another in its place: whole or not at all, and safe from a power cut.

        One at a time writes a key. What is left of one that was killed is removed.
        """
        path = self._root and self._root / key
        if path is not None:
            for unfinished in path.parent.glob(f"{path.name}#*"):
                unfinished.unlink()
        with _answering(), obstore.open_writer(self._store, key, buffer_size=_PART_BYTES) as writer:
            for piece in pieces:
                writer.write(piece)
        if path is not None:
            _sync(path)
            _sync(path.parent)

    def delete(self, key: str) -> None:
        """Removes a file; one that is not there already was."""
        try:
            with _answering():
                obstore.delete(self._store, key)
        except FileNotFoundError:
            return

    def keys_in(self, prefix: str = "") -> list[str]:
        """Returns the keys of all files, or of those in a directory (``<recording>``)."""
        with _answering():
            batches = list(obstore.list(self._store, prefix=prefix or None))
        return sorted(file["path"] for batch in batches for file in batch)


@dataclass(frozen=True)
class Storage:
    """The three places. ``disk`` is where the recorder writes; ``shelf`` may be the same."""

    disk: Files
    shelf: Files
    vault: Files

    @property
    def remote(self) -> bool:
        """Tells whether recordings have to be taken from the disk to the shelf."""
        return self.shelf is not self.disk


def init_app(app: Flask, settings: Settings) -> None:
    """Opens the stores as ``app.extensions["storage"]``."""
    app.extensions["storage"] = open_storage(settings)


def open_storage(settings: Settings) -> Storage:
    """Opens the places that the settings name; it asks nothing of them yet."""
    disk = _local(settings.recordings_dir)
    if settings.s3_bucket is None:
        return Storage(disk, disk, _local(settings.vault_dir))
    return Storage(disk, Files(_s3(settings, "recordings")), Files(_s3(settings, "vault")))


def storage() -> Storage:
    """Returns the application's storage."""
    return cast(Storage, current_app.extensions["storage"])


def _local(directory: Path) -> Files:
    return Files(LocalStore(directory, mkdir=True, automatic_cleanup=True), directory)


def _s3(settings: Settings, prefix: str) -> S3Store:
    options: dict[str, object] = {"client_options": dict(_TIMEOUTS), "retry_config": dict(_RETRIES)}
    if settings.s3_endpoint is not None:
        options["endpoint"] = settings.s3_endpoint
        options["client_options"] = {**_TIMEOUTS, "allow_http": settings.s3_endpoint.startswith("http://")}
    for name, secret in {
        "access_key_id": settings.s3_access_key_id,
        "secret_access_key": settings.s3_secret_access_key,
    }.items():
        if secret is not None:
            options[name] = secret.get_secret_value()
    make = cast(Callable[..., S3Store], S3Store)
    return make(settings.s3_bucket, prefix=prefix, region=settings.s3_region, **options)


@contextmanager
def _answering() -> Iterator[None]:
    """What the operating system or a store's server could not do becomes one error."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, BaseError) as error:
        raise Unavailable(_("The store does not answer at the moment. Try again in a minute.")) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
