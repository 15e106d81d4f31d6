"""Other comments in an Ogg Opus file (RFC 7845 section 5.2), without another copy of its audio. Pure.

Both headers are pages of their own, so the comments' page can be exchanged: the pages after it keep their
numbers and their bytes.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from webapp.ogg import FIRST, PACKET_MAX_BYTES, OggError, Page, page, pages

FRONT_BYTES = 1 << 17
"""Both header pages are within so many bytes; a page has at most 65,307."""
VALUE_MAX_BYTES = 2_000
_MAGIC = b"OpusTags"
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class Tagged:
    """A new head, which takes the place of all that comes before ``audio_at`` in the original."""

    head: bytes
    audio_at: int

    def size_bytes(self, original_bytes: int) -> int:
        """Returns how long the file has become."""
        return len(self.head) + original_bytes - self.audio_at

    def parts(self, start: int, end: int) -> tuple[bytes, int, int]:
        """Returns what a range holds: of the head, then from where to where of the original."""
        shift = self.audio_at - len(self.head)
        return self.head[start:end], max(start, len(self.head)) + shift, max(end, len(self.head)) + shift


UNCHANGED = Tagged(b"", 0)


def tagged(front: bytes, tags: Mapping[str, str]) -> Tagged:
    """Returns the head of a file that has these comments and no others; ``front`` is what it begins with.

    Long values are cut, and what then does not fit on one page is left out. Raises OggError when the file
    does not begin with two whole header pages.
    """
    found = list(islice(pages(front), 2))
    if len(found) < 2:
        raise OggError("There are no two whole header pages.")
    head, old = found
    if not (head.flags & FIRST and _is_alone(head, b"OpusHead")):
        raise OggError("The first page is no Opus header.")
    if old.serial != head.serial or not _is_alone(old, _MAGIC):
        raise OggError("The comments are not on the second page alone.")
    comments = _comments(_vendor(old.packets[0]), tags)
    return Tagged(front[: head.end] + page([comments], 0, 1, 0, old.serial), old.end)


def _is_alone(found: Page, magic: bytes) -> bool:
    return not found.unfinished and len(found.packets) == 1 and found.packets[0].startswith(magic)


def _vendor(packet: bytes) -> bytes:
    """Returns the name of the encoder, which new comments do not change."""
    start = len(_MAGIC) + _LENGTH.size
    if len(packet) < start:
        raise OggError("The comments end within their first length.")
    (length,) = _LENGTH.unpack_from(packet, len(_MAGIC))
    if start + length > len(packet):
        raise OggError("The comments end within the encoder's name.")
    return packet[start : start + length][:VALUE_MAX_BYTES]


def _comments(vendor: bytes, tags: Mapping[str, str]) -> bytes:
    size = len(_MAGIC) + 2 * _LENGTH.size + len(vendor)
    written = []
    for name, value in tags.items():
        comment = _string(f"{name}={_cut(value)}".encode())
        size += len(comment)
        if size > PACKET_MAX_BYTES:
            break
        written.append(comment)
    return _MAGIC + _string(vendor) + _LENGTH.pack(len(written)) + b"".join(written)


def _string(text: bytes) -> bytes:
    return _LENGTH.pack(len(text)) + text


def _cut(value: str) -> str:
    return value.encode()[:VALUE_MAX_BYTES].decode(errors="ignore")
