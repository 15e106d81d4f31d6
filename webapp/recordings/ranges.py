"""Byte ranges (RFC 9110 section 14). Pure."""

import re
from dataclasses import dataclass

PIECE_BYTES = 1 << 20
"""The most that is sent for a range without an end, so that a slow player keeps no thread. Section 15.3.7
allows less than was asked for, and players come back for the rest."""

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """Not one byte of the range exists (416)."""


@dataclass(frozen=True)
class ByteRange:
    """Bytes ``start`` up to, not including, ``end``."""

    start: int
    end: int

    def header(self, size_bytes: int) -> str:
        """Returns the value of ``Content-Range``."""
        return f"bytes {self.start}-{self.end - 1}/{size_bytes}"


def wanted(header: str | None, size_bytes: int, most_bytes: int | None = PIECE_BYTES) -> ByteRange | None:
    """Returns what a ``Range`` header asks for, at most ``most_bytes`` where it has no end; None means all.

    As section 14.2 allows, a header of another unit, of several ranges or that makes no sense is ignored.
    Unsatisfiable when the range lies behind the end.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return _suffix(int(last), size_bytes)
    if last and int(last) < int(first):
        return None
    if int(first) >= size_bytes:
        raise Unsatisfiable
    end = int(last) + 1 if last else int(first) + (most_bytes or size_bytes)
    return ByteRange(int(first), min(end, size_bytes))


def _suffix(length_bytes: int, size_bytes: int) -> ByteRange:
    if length_bytes == 0 or size_bytes == 0:
        raise Unsatisfiable
    return ByteRange(max(0, size_bytes - length_bytes), size_bytes)
