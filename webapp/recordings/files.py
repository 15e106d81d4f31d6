"""The files of a recording: what they are called, and where they are at the moment."""

from collections.abc import Iterator

from webapp.recordings.models import Recording
from webapp.storage import Files, Stat, storage

MIX = "mix.opus"
PEAKS = "peaks.u8"
TURNS = "turns.ndjson"


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


def stream(recording: Recording, name: str, start: int, end: int) -> Iterator[bytes]:
    """Yields bytes ``start`` up to, not including, ``end``, also while the file is taken to the shelf.

    FileNotFoundError.
    """
    return _stream(place(recording), storage().shelf, key(recording, name), start, end)


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
