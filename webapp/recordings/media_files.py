"""The bytes of recordings: the one module that knows where they are kept."""

import errno
import logging
from collections.abc import Callable, Iterator

from obstore.exceptions import BaseError

from webapp.recordings.models import Recording
from webapp.storage import Stat, storage

log = logging.getLogger(__name__)


def stat(recording: Recording, name: str) -> Stat:
    """Returns the size and entity tag of a file. FileNotFoundError."""
    return storage().stat(recording.key(name))


def read(recording: Recording, name: str) -> bytes:
    """Returns the whole of a small file. FileNotFoundError."""
    return storage().read(recording.key(name))


def front(recording: Recording, name: str, length_bytes: int) -> bytes:
    """Returns what a file begins with: ``length_bytes`` of it, or all there is. FileNotFoundError."""
    end = min(length_bytes, stat(recording, name).size_bytes)
    return b"".join(storage().stream(recording.key(name), 0, end))


def stream(
    recording: Recording, name: str, start: int, end: int, may_go_on: Callable[[], bool]
) -> Iterator[bytes]:
    """Returns bytes ``start`` up to, not including, ``end``, in pieces; before each it asks: may it go on?

    The pieces are taken outside the request. Where it may not go on, or the file cannot be read any more, the
    answer is already on its way: ConnectionResetError has the server break the connection off, without a
    word in its log.
    """
    key = recording.key(name)
    return _as_long_as(may_go_on, storage().stream(key, start, end), key)


def _as_long_as(may_go_on: Callable[[], bool], pieces: Iterator[bytes], key: str) -> Iterator[bytes]:
    while (piece := _next(pieces, key)) is not None:
        if not may_go_on():
            raise ConnectionResetError(errno.ECONNRESET, "This may not be heard any more.")
        yield piece


def _next(pieces: Iterator[bytes], key: str) -> bytes | None:
    try:
        return next(pieces, None)
    except (OSError, BaseError) as error:
        log.exception("%s could not be read to its end", key)
        raise ConnectionResetError(errno.ECONNRESET, "This cannot be read any more.") from error
