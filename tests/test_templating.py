"""How templates put names, times and sizes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask

from webapp.languages import speaking
from webapp.templating import (
    When,
    clock_there,
    clock_time,
    day_there,
    duration,
    filesize,
    hue_class,
    initials,
    local_time,
    ordinal,
    planned_time,
    plural,
    quoted,
    theme,
    time_of_day,
)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("Otto", "O"),
        ("Juan de la Cruz", "JC"),
        ("élise", "É"),
        ("Jo (they)", "JT"),
        ("-", "-"),
        (" ", "?"),
    ],
)
def test_initials_are_of_first_and_last_name(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_every_hue_has_one_of_36_classes() -> None:
    assert {hue_class(hue) for hue in range(360)} == {f"hue-{n}" for n in range(36)}


@pytest.mark.parametrize(
    ("ms", "position"), [(0, "0:00"), (7_999, "0:07"), (751_000, "12:31"), (3_723_000, "1:02:03")]
)
def test_position_reads_as_on_a_player(ms: int, position: str) -> None:
    assert clock_time(ms) == position


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0, "0 sec"), (59_400, "59 sec"), (59_500, "1 min"), (3_599_000, "1 h"), (3_900_000, "1 h 5 min")],
)
def test_duration_is_rounded_before_it_is_split(ms: int, words: str) -> None:
    assert duration(ms) == words


def test_counts_and_sizes_read_as_said() -> None:
    assert [plural(n, "listener") for n in (0, 1, 1200)] == ["0 listeners", "1 listener", "1,200 listeners"]
    assert plural(2, "person", "people") == "2 people"
    places = {
        1: "1st",
        2: "2nd",
        3: "3rd",
        4: "4th",
        11: "11th",
        12: "12th",
        13: "13th",
        21: "21st",
        112: "112th",
    }
    assert {place: ordinal(place) for place in places} == places
    assert quoted("Tea") == "“Tea”"
    sizes = {1: "1 byte", 999: "999 bytes", 1_000: "1 kB", 940_000: "940 kB", 21_400_000: "21.4 MB"}
    assert {size: filesize(size) for size in sizes} == sizes


def test_moment_is_given_in_utc_for_the_client_to_move() -> None:
    moment = datetime(2025, 11, 22, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert (
        local_time(moment)
        == '<time datetime="2025-11-21T23:30:00Z" data-local>21 November 2025, 23:30 UTC</time>'
    )
    assert time_of_day(moment) == '<time datetime="2025-11-21T23:30:00Z" data-local="time">23:30 UTC</time>'


@pytest.mark.parametrize(("cookie", "chosen"), [("theme=dark", "dark"), ("theme=neon", None), ("", None)])
def test_theme_is_one_of_ours_or_the_systems(app: Flask, cookie: str, chosen: str | None) -> None:
    with app.test_request_context(headers={"Cookie": cookie}):
        assert theme() == chosen


def test_a_planned_time_names_the_day_of_the_week() -> None:
    moment = datetime(2026, 1, 6, 19, 0, tzinfo=timezone(timedelta(hours=1)))
    assert str(planned_time(moment)) == (
        '<time datetime="2026-01-06T18:00:00Z" data-local="planned">Tuesday, 6 January 2026, 18:00 UTC</time>'
    )


def test_a_moment_is_told_as_it_is_where_somebody_is(app: Flask) -> None:
    moment, now = datetime(2025, 12, 31, 23, 30, tzinfo=UTC), datetime(2025, 12, 30, tzinfo=UTC)
    with speaking(None):
        assert str(When(moment)) == "31 December 2025, 23:30 UTC"
        assert str(When(moment, "Europe/Berlin")) == "1 January 2026, 00:30 CET"
        assert str(When(moment, "Not/AZone")) == "31 December 2025, 23:30 UTC"
    with speaking(None, "America/Sao_Paulo"):
        assert str(When(moment, "Europe/Berlin")) == "31 December 2025, 20:30 UTC-03"
        assert day_there(moment, now) == "31 December"
        with speaking(None, "Asia/Tokyo"):
            assert day_there(moment, now) == "1 January 2026"
        assert clock_there(moment) == "20:30 UTC-03"
    assert str(When(moment)) == "31 December 2025, 23:30 UTC"
