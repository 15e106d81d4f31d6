"""A time of some place becomes an instant, or a sentence that says why not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.errors import Invalid
from webapp.spaces.times import ZONE_MAX, Plan, zones, zones_by_region

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


def read(local: str, zone: str = "Europe/Berlin", now: datetime = NOW) -> datetime:
    return Plan.read(local, zone, now).at


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2026-03-21T18:00", "Europe/Berlin", "2026-03-21T17:00"),
        ("2026-03-30T18:00", "Europe/Berlin", "2026-03-30T16:00"),
        ("2026-03-21T18:00", "Asia/Kolkata", "2026-03-21T12:30"),
        ("2026-03-21T18:00", "Asia/Calcutta", "2026-03-21T12:30"),
        ("2026-03-21T00:15", "Pacific/Kiritimati", "2026-03-20T10:15"),
        (" 2026-03-21T18:00 ", "UTC", "2026-03-21T18:00"),
    ],
)
def test_a_time_is_read_where_the_host_is(local: str, zone: str, instant: str) -> None:
    now = NOW - timedelta(days=1)
    plan = Plan.read(local, zone, now)
    assert plan.at == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert (plan.local, plan.zone) == (local.strip(), zone)


@pytest.mark.parametrize(
    ("local", "zone", "month"),
    [
        ("2026-03-29T02:00", "Europe/Berlin", 3),
        ("2026-03-29T02:59", "Europe/Berlin", 3),
        ("2026-10-04T02:15", "Australia/Lord_Howe", 9),
    ],
)
def test_a_time_that_the_clocks_skip_is_refused(local: str, zone: str, month: int) -> None:
    with pytest.raises(Invalid, match="does not exist on that day: the clocks there go forward"):
        read(local, zone, NOW.replace(month=month))


def test_the_minutes_around_the_gap_exist() -> None:
    assert read("2026-03-29T01:59") == datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert read("2026-03-29T03:00") == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_of_a_time_that_comes_twice_it_is_the_first() -> None:
    october = datetime(2026, 10, 20, tzinfo=UTC)
    assert read("2026-10-25T02:30", now=october) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read("2026-10-25T03:00", now=october) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Berlin",
        "Europe",
        "europe/berlin",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "Factory",
        "Europe/Berlin\n",
        "Mars/Phobos",
        "UTC+1",
        "x" * 5000,
        "\ud800",
        "\x00",
    ],
)
def test_nonsense_zones_are_refused(zone: str) -> None:
    with pytest.raises(Invalid, match="Choose the zone"):
        read("2026-03-21T18:00", zone)


@pytest.mark.parametrize(
    "local",
    [
        "18:00",
        "2026-03-21",
        "2026-03-21 18:00",
        "2026-03-21T18:00:00Z",
        "2026-02-30T18:00",
        "2026-03-21T25:00",
        "tomorrow",
        "'; DROP TABLE spaces",
        "2026-03-21T18:00\x00",
    ],
)
def test_nonsense_times_are_refused(local: str) -> None:
    with pytest.raises(Invalid, match="such as 2026-01-05T18:00"):
        read(local)


@pytest.mark.parametrize("local", ["", "  "])
def test_a_time_has_to_be_said(local: str) -> None:
    with pytest.raises(Invalid, match="Say when"):
        read(local)


@pytest.mark.parametrize(
    ("local", "zone"), [("0001-01-01T00:00", "Asia/Tokyo"), ("9999-12-31T23:59", "Etc/GMT+12")]
)
def test_times_at_the_ends_of_the_calendar_are_refused(local: str, zone: str) -> None:
    with pytest.raises(Invalid):
        read(local, zone)


def test_it_is_still_to_come() -> None:
    assert read("2026-03-20T13:01") == NOW + timedelta(minutes=1)
    for over in ("2026-03-20T13:00", "2026-03-20T12:59", "1999-01-01T00:00"):
        with pytest.raises(Invalid, match="That time is over"):
            read(over)


def test_it_is_within_30_days_to_the_minute() -> None:
    assert read("2026-04-19T12:00", "UTC") == NOW + timedelta(days=30)
    for far in ("2026-04-19T12:01", "2026-04-20T12:00"):
        with pytest.raises(Invalid, match="up to 30 days ahead"):
            read(far, "UTC")


@given(st.datetimes(datetime(2026, 4, 8), datetime(2026, 4, 18)), st.sampled_from(sorted(zones())))
def test_what_was_read_is_written_as_it_was(wall: datetime, zone: str) -> None:
    """On none of these days do clocks change anywhere."""
    local = f"{wall:%Y-%m-%dT%H:%M}"
    plan = Plan.read(local, zone, NOW)
    assert (plan.local, plan.at.tzinfo) == (local, UTC)


def test_every_zone_to_choose_from_exists_and_fits() -> None:
    offered = [name for places in zones_by_region().values() for name, _ in places]
    assert len(offered) == len(set(offered)) > 300
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"} <= set(offered) <= zones()
    assert max(map(len, zones())) <= ZONE_MAX
    assert ("America/Argentina/Buenos_Aires", "Argentina, Buenos Aires") in zones_by_region()["America"]
    assert all(ZoneInfo(name) for name in offered)
