"""Ogg Opus in plain Python: RFC 7845 on the pages of ``webapp.ogg``. One mono stream of 20 ms packets."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.bot.wire import TICK_SAMPLES
from webapp.ogg import FIRST, LAST, NO_PACKET_ENDS, OggError, page, pages

PRESKIP = 312  # what libopus looks ahead at 48 kHz
PAGE_PACKETS = 10

_HEAD = struct.Struct("<8sBBHIhB")


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
    yield page([head], 0, 0, FIRST)
    yield page([tags], 0, 1, 0)
    for number, first in enumerate(range(0, len(packets), PAGE_PACKETS), start=2):
        end = min(first + PAGE_PACKETS, len(packets))
        yield page(packets[first:end], end * TICK_SAMPLES, number, LAST if end == len(packets) else 0)


def demux(data: bytes) -> OpusFile:
    """Reads a file; one that ends within a page is read up to there. Raises OggError."""
    packets: list[bytes] = []
    granule, partial = 0, b""
    for found in pages(data):
        pieces = [partial + found.packets[0], *found.packets[1:]] if found.packets else [partial]
        partial = pieces.pop() if found.unfinished else b""
        packets += pieces
        granule = granule if found.granule == NO_PACKET_ENDS else found.granule
    if len(packets) < 2 or packets[0][:8] != b"OpusHead" or packets[1][:8] != b"OpusTags":
        raise OggError("There are no Opus headers.")
    preskip = _HEAD.unpack_from(packets[0])[3]
    return OpusFile(preskip, packets[2:], max(granule - preskip, 0))
