"""Ogg pages in plain Python (RFC 3533). Pure."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

CONTINUED, FIRST, LAST = 1, 2, 4
NO_PACKET_ENDS = -1
PACKET_MAX_BYTES = 254 * 255 + 254
"""The longest packet that one page holds whole."""

_HEADER = struct.Struct("<4sBBqIIIB")
_CRC_OFFSET = 22


class OggError(ValueError):
    """Bytes that are no Ogg Opus."""


@dataclass(frozen=True)
class Page:
    """A page, and the byte at which the next one begins."""

    flags: int
    granule: int
    serial: int
    packets: list[bytes]
    unfinished: bool  # the last packet goes on in the next page
    end: int


def page(packets: Sequence[bytes], granule: int, number: int, flags: int, serial: int = 1) -> bytes:
    """Returns a page of whole packets, of 255 segments at most."""
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    header = _HEADER.pack(b"OggS", 0, flags, granule, serial, number, 0, len(lacing))
    return with_crc(header + lacing + b"".join(packets))


def pages(data: bytes) -> Iterator[Page]:
    """Yields the pages of one stream, up to one that is cut off. Raises OggError."""
    at = 0
    for expected in count():
        if len(data) - at < _HEADER.size:
            return
        magic, version, flags, granule, serial, number, crc, n_segments = _HEADER.unpack_from(data, at)
        body = at + _HEADER.size + n_segments
        lacing = data[at + _HEADER.size : body]
        end = body + sum(lacing)
        if magic != b"OggS" or version != 0 or number != expected:
            raise OggError(f"Byte {at} is not where page {expected} begins.")
        if len(lacing) < n_segments or end > len(data):
            return
        if with_crc(data[at:end]) != data[at:end]:
            raise OggError(f"Page {number} does not match its checksum {crc:08x}.")
        yield Page(flags, granule, serial, _split(data[body:end], lacing), lacing[-1:] == b"\xff", end)
        at = end


def _split(body: bytes, lacing: bytes) -> list[bytes]:
    packets, start, end = [], 0, 0
    for segment in lacing:
        end += segment
        if segment < 255:
            packets.append(body[start:end])
            start = end
    return [*packets, body[start:]] if lacing[-1:] == b"\xff" else packets


def with_crc(data: bytes) -> bytes:
    """Returns a page with the checksum that belongs in it."""
    blank = data[:_CRC_OFFSET] + bytes(4) + data[_CRC_OFFSET + 4 :]
    return blank[:_CRC_OFFSET] + struct.pack("<I", crc32(blank)) + blank[_CRC_OFFSET + 4 :]


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
        table.append(crc & 0xFFFFFFFF)
    return table


_CRC_TABLE = _crc_table()


def crc32(data: bytes) -> int:
    """RFC 3533 section 6: polynomial 0x04c11db7, from zero, nothing reflected."""
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _CRC_TABLE[crc >> 24 ^ byte]
    return crc
