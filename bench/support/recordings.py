"""Recordings of any length: what the real core recorded of two people, laid end to end."""

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from support.native import BUILD
from webapp.demo import conversation, rehearsal
from webapp.demo.conversation import Track
from webapp.recordings.files import PEAKS, TURNS

HEADER_PAGES = 2
LAST = 4  # the flag of a page that closes its stream
_HEADER = struct.Struct("<4sBBqIIIB")
_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def talk() -> Sequence[Track]:
    """Two people alternating for a minute, a packet for each 20 ms; spoken once, then kept."""
    return conversation.tracks(BUILD / "conversation")


def record(directory: Path, cast: Sequence[tuple[int, str]]) -> int:
    """Records that minute of two people (number, name of their track's file); returns its length in ms."""
    tracks = talk()
    return rehearsal.record(directory, [(*who, track) for who, track in zip(cast, tracks, strict=True)])


def lay(recorded: Path, length_ms: int, times: int, directory: Path) -> None:
    """Writes a recording as long as so many of one, broken off as by a crash: the core can go on in it."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in recorded.glob("*.opus"):
        (directory / path.name).write_bytes(b"".join(_laid(path.read_bytes(), times)))
    peaks = (recorded / PEAKS).read_bytes()
    (directory / PEAKS).write_bytes(peaks * times)
    turns = [json.loads(line) for line in (recorded / TURNS).read_text().splitlines()]
    with (directory / TURNS).open("w") as file:
        for n in range(times):
            file.writelines(_line(turn, n * length_ms) for turn in turns)


def _line(turn: dict[str, int], by_ms: int) -> str:
    later = turn | {edge: turn[edge] + by_ms for edge in ("start_ms", "end_ms")}
    return json.dumps(later, separators=(",", ":")) + "\n"


def _laid(ogg: bytes, times: int) -> Iterator[bytes]:
    pages = list(_pages(ogg))
    yield from pages[:HEADER_PAGES]
    sound = [page for page in pages[HEADER_PAGES:] if not page[5] & LAST]
    length = _HEADER.unpack_from(sound[-1])[3]
    for n in range(times):
        for number, page in enumerate(sound, start=HEADER_PAGES + n * len(sound)):
            yield _moved(page, n * length, number)


def _pages(ogg: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(ogg):
        body = at + _HEADER.size + ogg[at + _HEADER.size - 1]
        end = body + sum(ogg[at + _HEADER.size : body])
        yield ogg[at:end]
        at = end


def _moved(page: bytes, by_samples: int, number: int) -> bytes:
    """The same page elsewhere in its stream (RFC 3533 section 6)."""
    magic, version, flags, granule, serial, _, _, n_segments = _HEADER.unpack_from(page)
    fields = (magic, version, flags, granule + by_samples, serial, number)
    rest = page[_HEADER.size :]
    unsigned = _HEADER.pack(*fields, 0, n_segments) + rest
    return _HEADER.pack(*fields, _checksum(unsigned), n_segments) + rest


def _checksum(page: bytes) -> int:
    """Ogg's CRC is zlib's with every bit the other way round, from zero and not inverted."""
    crc = zlib.crc32(page.translate(_BITS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2)
