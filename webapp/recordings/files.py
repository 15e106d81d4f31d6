"""The files of a recording: what they are called, and where they are at the moment."""

import errno
import logging
from collections.abc import Callable, Iterator

from webapp.errors import Unavailable
from webapp.recordings.models import Recording
from webapp.storage import Files, Stat, storage
from webapp.vault.sealing import BrokenSeal

MIX = "mix.opus"
PEAKS = "peaks.u8"
TURNS = "turns.ndjson"

log = logging.getLogger(__name__)


def place(recording: Recording) -> Files:
    """Returns where the files of a recording are read from."""
    return storage().disk if recording.shelved_at is None else storage().shelf


def key(recording: Recording, name: str) -> str:
    """Returns the key of a file, in any place."""
    return f"{recording.public_id}/{name}"


def names(recording: Recording) -> list[str]:
    """Returns what there is of a recording."""
    keys = place(recording).keys_in(recording.public_id)
    return [found.rpartition("/")[2] for found in keys]


def stat(recording: Recording, name: str) -> Stat:
    """Returns the size of a file, and an entity tag that is the same wherever it is. FileNotFoundError."""
    size = place(recording).stat(key(recording, name)).size_bytes
    return Stat(size, f'"{recording.public_id}-{size:x}"')


def size_bytes(recording: Recording, name: str) -> int:
    """Returns 0 for a file that was never written."""
    try:
        return stat(recording, name).size_bytes
    except FileNotFoundError:
        return 0


def front(recording: Recording, name: str, length_bytes: int) -> bytes:
    """Returns what a file begins with: ``length_bytes`` of it, or all there is. FileNotFoundError."""
    end = min(length_bytes, stat(recording, name).size_bytes)
    return b"".join(place(recording).stream(key(recording, name), 0, end))


def stream(
    recording: Recording, name: str, start: int, end: int, may_go_on: Callable[[], bool] = lambda: True
) -> Iterator[bytes]:
    """Returns bytes ``start`` up to, not including, ``end``, in pieces; before each it asks: may it go on?

    The pieces are taken outside the request, also while the file is taken to the shelf. Where it may not go
    on, or the file cannot be read any more, the answer is already on its way: ConnectionResetError has the
    server break the connection off, without a word in its log.
    """
    at = key(recording, name)
    return as_long_as(may_go_on, _stream(place(recording), storage().shelf, at, start, end), at)


def as_long_as(may_go_on: Callable[[], bool], pieces: Iterator[bytes], at: str) -> Iterator[bytes]:
    """Yields pieces of what is at ``at``, as ``stream`` does."""
    while (piece := _next(pieces, at)) is not None:
        if not may_go_on():
            raise ConnectionResetError(errno.ECONNRESET, "This may not be heard any more.")
        yield piece


def _next(pieces: Iterator[bytes], at: str) -> bytes | None:
    try:
        return next(pieces, None)
    except (FileNotFoundError, Unavailable, BrokenSeal) as error:
        log.exception("%s could not be read to its end", at)
        raise ConnectionResetError(errno.ECONNRESET, "This cannot be read any more.") from error


def _stream(where: Files, later: Files, key: str, start: int, end: int) -> Iterator[bytes]:
    at = start
    try:
        for piece in where.stream(key, start, end):
            yield piece
            at += len(piece)
    except FileNotFoundError:
        if where is later:
            raise
        yield from later.stream(key, at, end)


def read(where: Files, public_id: str, name: str) -> bytes:
    """Returns the whole of a small file of a recording; nothing for one that was never written."""
    try:
        return where.read(f"{public_id}/{name}")
    except FileNotFoundError:
        return b""
