"""Byte ranges, RFC 9110 section 14."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.recordings.ranges import PIECE_BYTES, ByteRange, Unsatisfiable, wanted


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=0-99", ByteRange(0, 100)),
        ("bytes=90-1000", ByteRange(90, 100)),
        ("bytes=0-", ByteRange(0, 100)),
        ("bytes=99-", ByteRange(99, 100)),
        ("bytes=-1", ByteRange(99, 100)),
        ("bytes=-1000", ByteRange(0, 100)),
        ("Bytes = 5 - 6", ByteRange(5, 7)),
    ],
)
def test_a_range_is_found(header: str, found: ByteRange) -> None:
    assert wanted(header, 100) == found


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=9-5",
        "bytes=0-1,5-6",
        "lines=0-1",
        "bytes=٣-٤",
    ],
)
def test_what_makes_no_sense_means_all_of_it(header: str | None) -> None:
    assert wanted(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        wanted(header, 100)


def test_nothing_of_an_empty_file_can_be_had() -> None:
    for header in ("bytes=0-", "bytes=-1"):
        with pytest.raises(Unsatisfiable):
            wanted(header, 0)


def test_a_range_without_an_end_is_answered_piece_by_piece() -> None:
    assert wanted("bytes=7-", 10 * PIECE_BYTES) == ByteRange(7, 7 + PIECE_BYTES)
    assert wanted("bytes=7-", 10 * PIECE_BYTES, None) == ByteRange(7, 10 * PIECE_BYTES)
    assert wanted(f"bytes=0-{3 * PIECE_BYTES}", 10 * PIECE_BYTES) == ByteRange(0, 3 * PIECE_BYTES + 1)


def test_the_header_says_what_is_sent() -> None:
    assert ByteRange(10, 20).header(100) == "bytes 10-19/100"


@given(st.text("bytes=-0123456789, ", max_size=5000), st.integers(0, 1 << 40))
def test_any_header_gives_a_range_within_the_file_or_none(header: str, size_bytes: int) -> None:
    try:
        found = wanted(header, size_bytes)
    except Unsatisfiable:
        return
    assert found is None or 0 <= found.start < found.end <= size_bytes
