"""Bars and turns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.recordings.waveform import Spoken, bars, joined, parse_turns


def test_turns_are_read_in_order_and_a_torn_line_is_left_out() -> None:
    written = b"""{"person":7,"start_ms":500,"end_ms":900}
{"person":8,"start_ms":0,"end_ms":450}
{"person":9,"sta{"person":7,"start_ms":1000,"end_ms":1200}
[1]
{"person":9,"start"""
    assert parse_turns(written) == [Spoken(8, 0, 450), Spoken(7, 500, 900)]
    assert parse_turns(b"") == []


@pytest.mark.parametrize(
    "line",
    [
        b'{"person":1,"start_ms":0.5,"end_ms":1e308}',
        b'{"person":1,"start_ms":null,"end_ms":3}',
        b'{"person":"x","start_ms":0,"end_ms":3}',
        b'{"person":[1],"start_ms":0,"end_ms":3}',
        b'{"person":1,"start_ms":-1,"end_ms":3}',
        b'{"person":1,"start_ms":4,"end_ms":3}',
        b"[" * 100_000,
        b"\xff\x00",
    ],
)
def test_a_broken_line_is_left_out(line: bytes) -> None:
    whole = b'{"person":7,"start_ms":500,"end_ms":900}'
    assert parse_turns(line + b"\n" + whole) == [Spoken(7, 500, 900)]


def test_a_short_pause_does_not_end_a_turn() -> None:
    told = joined([Spoken(7, 0, 1000), Spoken(8, 1100, 2000), Spoken(7, 2500, 4000), Spoken(7, 9000, 9900)])
    assert told == [Spoken(7, 0, 4000), Spoken(8, 1100, 2000), Spoken(7, 9000, 9900)]


def test_a_mere_sound_is_not_a_turn() -> None:
    assert joined([Spoken(7, 0, 300), Spoken(8, 400, 2000)]) == [Spoken(8, 400, 2000)]


def test_the_loudest_bar_fills_the_height() -> None:
    assert bars(bytes([0, 50, 100, 25]), []) == [(0, None), (50, None), (100, None), (25, None)]


def test_a_recording_of_silence_is_flat() -> None:
    assert {height for height, _ in bars(bytes([1] * 50), [])} == {6}
    assert bars(b"", [Spoken(7, 0, 100)]) == []


def test_a_bar_has_the_hue_of_who_spoke_most() -> None:
    peaks = bytes([200] * 40)
    turns = [Spoken(7, 0, 1000), Spoken(8, 900, 3000)]
    assert [person for _, person in bars(peaks, turns, count=4)] == [7, 8, 8, None]


@given(
    st.binary(max_size=2000),
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=50),
)
def test_any_recording_has_at_most_240_bars(peaks: bytes, spoken: list[tuple[int, int, int]]) -> None:
    drawn = bars(peaks, [Spoken(who, start, start + length) for who, start, length in spoken])
    assert len(drawn) == min(240, len(peaks))
    assert all(0 <= height <= 100 and who in (None, 1, 2, 3) for height, who in drawn)


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(1, 999)), max_size=20), st.integers(1, 400))
def test_whoever_alone_spoke_within_a_bar_is_its_speaker(spoken: list[tuple[int, int]], n_peaks: int) -> None:
    drawn = bars(bytes([9] * n_peaks), [Spoken(7, start, start + length) for start, length in spoken])
    edges = [len(drawn) and n_peaks * bar // len(drawn) * 100 for bar in range(len(drawn) + 1)]
    for (_, who), start, end in zip(drawn, edges, edges[1:], strict=False):
        heard = any(at < end and at + length > start for at, length in spoken)
        assert who == (7 if heard else None)
