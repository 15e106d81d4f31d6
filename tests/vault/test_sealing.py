"""What was sealed opens, whole or in part, with its key and under its name, and nothing else does."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.vault.sealing import (
    CHUNK_BYTES,
    HEADER_BYTES,
    BrokenSeal,
    new_key,
    seal,
    sealed_bytes,
    unseal,
)

KEY = bytes(range(32))
NAME = "mix.opus"
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 17]


def content(size: int) -> bytes:
    return bytes((7 * at + at // 251) % 256 for at in range(size))


def sealed(size: int, key: bytes = KEY, name: str = NAME) -> bytes:
    return b"".join(seal(key, name, [content(size)]))


def part_of(data: bytes) -> Callable[[int, int], bytes]:
    return lambda start, end: data[start:end]


def opened(data: bytes, size: int, start: int, end: int, key: bytes = KEY, name: str = NAME) -> bytes:
    return b"".join(unseal(key, name, size, part_of(data), start, end))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens(size: int) -> None:
    data = sealed(size)
    assert len(data) == sealed_bytes(size)
    assert opened(data, size, 0, size) == content(size)
    assert size < 64 or content(size)[:64] not in data


@given(
    st.integers(0, 200_000),
    st.lists(st.integers(0, 90_000), max_size=6),
    st.tuples(st.integers(0, 200_000), st.integers(0, 200_000)),
)
def test_any_part_of_any_pieces_opens(size: int, cuts: list[int], ends: tuple[int, int]) -> None:
    whole = content(size)
    edges = [0, *sorted(min(cut, size) for cut in cuts), size]
    pieces = [whole[a:b] for a, b in pairwise(edges)]
    data = b"".join(seal(KEY, NAME, pieces))
    start, end = sorted(min(at, size) for at in ends)
    assert opened(data, size, start, end) == whole[start:end]


def test_a_store_is_asked_for_many_chunks_at_once() -> None:
    size, asked = 17 * CHUNK_BYTES, []
    data = b"".join(seal(KEY, NAME, [bytes(size)]))

    def fetch(start: int, end: int) -> bytes:
        asked.append((start, end))
        return data[start:end]

    assert b"".join(unseal(KEY, NAME, size, fetch, 0, size)) == bytes(size)
    assert len(asked) == 3  # the header, sixteen chunks, the last one
    assert asked[-1][1] == len(data)


def test_the_same_content_is_never_sealed_alike() -> None:
    assert sealed(1000) != sealed(1000)


def test_nobody_else_opens_it() -> None:
    data = sealed(1000)
    with pytest.raises(BrokenSeal):
        opened(data, 1000, 0, 1000, key=new_key())
    with pytest.raises(BrokenSeal):
        opened(data, 1000, 0, 1000, name="track-7.opus")


@pytest.mark.parametrize("at", [0, 7, 8, 31, 32, 40, -1, -16, -17])
def test_a_changed_byte_is_found(at: int) -> None:
    data = bytearray(sealed(CHUNK_BYTES + 5))
    data[at] ^= 1
    with pytest.raises(BrokenSeal):
        opened(bytes(data), CHUNK_BYTES + 5, 0, CHUNK_BYTES + 5)


@pytest.mark.parametrize("kept", [0, 8, HEADER_BYTES, HEADER_BYTES + 16, sealed_bytes(2 * CHUNK_BYTES) - 1])
def test_a_file_that_was_cut_off_does_not_open(kept: int) -> None:
    size = 2 * CHUNK_BYTES
    with pytest.raises(BrokenSeal):
        opened(sealed(size)[:kept], size, 0, size)


def test_a_whole_chunk_less_does_not_pass_for_a_shorter_file() -> None:
    shorter = sealed(2 * CHUNK_BYTES)[: sealed_bytes(CHUNK_BYTES)]
    with pytest.raises(BrokenSeal):
        opened(shorter, CHUNK_BYTES, 0, CHUNK_BYTES)


def test_chunks_that_changed_places_do_not_open() -> None:
    data = sealed(3 * CHUNK_BYTES)
    chunk = CHUNK_BYTES + 16
    header, chunks = data[:HEADER_BYTES], data[HEADER_BYTES:]
    swapped = header + chunks[chunk : 2 * chunk] + chunks[:chunk] + chunks[2 * chunk :]
    with pytest.raises(BrokenSeal):
        opened(swapped, 3 * CHUNK_BYTES, 0, 10)


def test_nothing_that_was_not_verified_is_passed_on() -> None:
    data = bytearray(sealed(2 * CHUNK_BYTES))
    data[-1] ^= 1
    parts = unseal(KEY, NAME, 2 * CHUNK_BYTES, part_of(bytes(data)), 0, 2 * CHUNK_BYTES)
    assert next(parts) == content(2 * CHUNK_BYTES)[:CHUNK_BYTES]
    with pytest.raises(BrokenSeal):
        next(parts)
