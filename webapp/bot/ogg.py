"""Ogg Opus in plain Python: pages of RFC 3533, mapping of RFC 7845. One mono stream of 20 ms packets."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from webapp.bot.wire import TICK_SAMPLES

PRESKIP = 312  # what libopus looks ahead at 48 kHz
PAGE_PACKETS = 10
CONTINUED, FIRST, LAST = 1, 2, 4
NO_PACKET_ENDS = -1

_HEADER = struct.Struct("<4sBBqIIIB")
_HEAD = struct.Struct("<8sBBHIhB")
_CRC_OFFSET = 22


class OggError(ValueError):
    """Bytes that are no Ogg Opus."""


@dataclass(frozen=True)
class Page:
    flags: int
    granule: int
    packets: list[bytes]
    unfinished: bool  # the last packet goes on in the next page


@dataclass(frozen=True)
class OpusFile:
    """What a file holds. `n_samples` (at 48 kHz) is its length after the pre-skip."""

    preskip: int
    packets: list[bytes]
    n_samples: int


def mux(packets: Sequence[bytes], preskip: int = PRESKIP) -> Iterator[bytes]:
    """Pages of a whole file; no packet may reach 255 * 25 bytes."""
    head = _HEAD.pack(b"OpusHead", 1, 1, preskip, 48_000, 0, 0)
    vendor = b"parley"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    yield _page([head], 0, 0, FIRST)
    yield _page([tags], 0, 1, 0)
    for number, first in enumerate(range(0, len(packets), PAGE_PACKETS), start=2):
        end = min(first + PAGE_PACKETS, len(packets))
        yield _page(packets[first:end], end * TICK_SAMPLES, number, LAST if end == len(packets) else 0)


def demux(data: bytes) -> OpusFile:
    """Reads a file; one that ends within a page is read up to there. Raises OggError."""
    packets: list[bytes] = []
    granule, partial = 0, b""
    for page in _pages(data):
        pieces = [partial + page.packets[0], *page.packets[1:]] if page.packets else [partial]
        partial = pieces.pop() if page.unfinished else b""
        packets += pieces
        granule = granule if page.granule == NO_PACKET_ENDS else page.granule
    if len(packets) < 2 or packets[0][:8] != b"OpusHead" or packets[1][:8] != b"OpusTags":
        raise OggError("There are no Opus headers.")
    preskip = _HEAD.unpack_from(packets[0])[3]
    return OpusFile(preskip, packets[2:], max(granule - preskip, 0))


def _page(packets: Sequence[bytes], granule: int, number: int, flags: int) -> bytes:
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    header = _HEADER.pack(b"OggS", 0, flags, granule, 1, number, 0, len(lacing))
    return _with_crc(header + lacing + b"".join(packets))


def _pages(data: bytes) -> Iterator[Page]:
    at = 0
    for expected in count():
        if len(data) - at < _HEADER.size:
            return
        magic, version, flags, granule, _, number, crc, n_segments = _HEADER.unpack_from(data, at)
        body = at + _HEADER.size + n_segments
        lacing = data[at + _HEADER.size : body]
        end = body + sum(lacing)
        if magic != b"OggS" or version != 0 or number != expected:
            raise OggError(f"Byte {at} is not where page {expected} begins.")
        if len(lacing) < n_segments or end > len(data):
            return
        if _with_crc(data[at:end]) != data[at:end]:
            raise OggError(f"Page {number} does not match its checksum {crc:08x}.")
        yield Page(flags, granule, _split(data[body:end], lacing), lacing[-1:] == b"\xff")
        at = end


def _split(body: bytes, lacing: bytes) -> list[bytes]:
    packets, start, end = [], 0, 0
    for segment in lacing:
        end += segment
        if segment < 255:
            packets.append(body[start:end])
            start = end
    return [*packets, body[start:]] if lacing[-1:] == b"\xff" else packets


def _with_crc(page: bytes) -> bytes:
    blank = page[:_CRC_OFFSET] + bytes(4) + page[_CRC_OFFSET + 4 :]
    return blank[:_CRC_OFFSET] + struct.pack("<I", _crc(blank)) + blank[_CRC_OFFSET + 4 :]


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
        table.append(crc & 0xFFFFFFFF)
    return table


_CRC_TABLE = _crc_table()


def _crc(data: bytes) -> int:
    """RFC 3533 section 6: polynomial 0x04c11db7, from zero, nothing reflected."""
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _CRC_TABLE[crc >> 24 ^ byte]
    return crc
