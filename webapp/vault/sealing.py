"""Sealing: a streaming AEAD over files of any size, of which any part can be opened alone. Pure.

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, 2015) over AES-256-GCM. A sealed file is a
header of 32 bytes (8 that name the format, 24 of salt), then chunks of 64 KiB, each with a tag of 16 bytes;
the last one may be shorter, or empty in an empty file. Each file has a key of its own, HKDF-SHA256 (RFC 5869)
of the copy's key, the salt and the file's name; a chunk's nonce is its number, and whether it is the last. So
what was exchanged, cut off or put under another name does not open.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
CHUNK_BYTES = 1 << 16
MAGIC = b"PARLEYv1"
HEADER_BYTES = 32
_TAG_BYTES = 16
_SEALED_CHUNK_BYTES = CHUNK_BYTES + _TAG_BYTES
_CHUNKS_A_FETCH = 16


class BrokenSeal(Exception):
    """The bytes are not what was sealed, or not with this key under this name."""


def new_key() -> bytes:
    """Returns a key for one copy."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yields a file sealed: its header, then its chunks."""
    salt = secrets.token_bytes(HEADER_BYTES - len(MAGIC))
    cipher = _cipher(key, salt, name)
    yield MAGIC + salt
    waiting = bytearray()
    number = 0
    for piece in pieces:
        waiting += piece
        while len(waiting) > CHUNK_BYTES:
            yield cipher.encrypt(_nonce(number, last=False), waiting[:CHUNK_BYTES], None)
            del waiting[:CHUNK_BYTES]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), waiting, None)


def sealed_bytes(size_bytes: int) -> int:
    """Returns how long a file of so many bytes is once it is sealed."""
    return HEADER_BYTES + size_bytes + _TAG_BYTES * _n_chunks(size_bytes)


def unseal(
    key: bytes, name: str, size_bytes: int, fetch: Callable[[int, int], bytes], start: int, end: int
) -> Iterator[bytes]:
    """Yields bytes ``start`` up to, not including, ``end`` of what had ``size_bytes`` when it was sealed.

    ``fetch(start, end)`` returns bytes of the sealed file. What was not verified is not yielded. BrokenSeal.
    """
    header = fetch(0, HEADER_BYTES)
    if len(header) != HEADER_BYTES or not header.startswith(MAGIC):
        raise BrokenSeal("This is no sealed file.")
    cipher = _cipher(key, header[len(MAGIC) :], name)
    n_chunks = _n_chunks(size_bytes)
    wanted = range(start // CHUNK_BYTES, -(-end // CHUNK_BYTES) if end else 1)
    for number, sealed in _sealed_chunks(size_bytes, fetch, wanted):
        try:
            chunk = cipher.decrypt(_nonce(number, last=number == n_chunks - 1), sealed, None)
        except InvalidTag as error:
            raise BrokenSeal(f"Chunk {number} of {name} does not open.") from error
        first = number * CHUNK_BYTES
        if part := chunk[max(start - first, 0) : max(end - first, 0)]:
            yield part


def _sealed_chunks(
    size_bytes: int, fetch: Callable[[int, int], bytes], wanted: range
) -> Iterator[tuple[int, memoryview]]:
    """Yields chunks by number, fetched several at a time: each fetch asks a store, which may be far away."""
    for first in wanted[::_CHUNKS_A_FETCH]:
        numbers = range(first, min(first + _CHUNKS_A_FETCH, wanted.stop))
        fetched = memoryview(
            fetch(_place(numbers.start), min(_place(numbers.stop), sealed_bytes(size_bytes)))
        )
        for at, number in enumerate(numbers):
            yield number, fetched[at * _SEALED_CHUNK_BYTES : (at + 1) * _SEALED_CHUNK_BYTES]


def _place(number: int) -> int:
    return HEADER_BYTES + number * _SEALED_CHUNK_BYTES


def _n_chunks(size_bytes: int) -> int:
    return max(1, -(-size_bytes // CHUNK_BYTES))


def _cipher(key: bytes, salt: bytes, name: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, MAGIC + name.encode()).derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
