"""A planned space in a calendar: read back as a calendar reads it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar, Event

from tests.conftest import FrozenClock
from webapp.accounts.models import User
from webapp.scheduling import services
from webapp.spaces.models import Space
from webapp.spaces.services import create_space, start_space


def event_of(client: FlaskClient, space: Space) -> Event:
    answer = client.get(f"{space.url}/calendar.ics")
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert answer.headers["Content-Disposition"] == "attachment; filename=space.ics"
    calendar = Calendar.from_ical(answer.data)
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    [event] = calendar.events
    assert event.errors == []
    return event


def test_anybody_enters_it(space: Space, client: FlaskClient, clock: FrozenClock) -> None:
    event = event_of(client, space)
    assert (event["SUMMARY"], event["STATUS"], event["SEQUENCE"]) == ("Tea", "CONFIRMED", 0)
    assert event["UID"] == f"space-{space.public_id}@parley"
    assert event.start == datetime(2026, 1, 6, 18, 0, tzinfo=UTC)
    assert event.end - event.start == timedelta(hours=1)
    assert event["URL"] == event["LOCATION"] == f"http://localhost:8000{space.url}"
    assert "with Alice" in event["DESCRIPTION"]
    assert event.DTSTAMP == event.LAST_MODIFIED == clock.now()


def test_an_edit_makes_the_same_event_anew(
    space: Space, client: FlaskClient, move: Callable[..., None], clock: FrozenClock
) -> None:
    before = event_of(client, space)
    clock.tick(minutes=5)
    move(space, space.scheduled_for + timedelta(days=1), title="Cake")
    after = event_of(client, space)
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert (after["SUMMARY"], after.start - before.start) == ("Cake", timedelta(days=1))
    assert after.last_modified == clock.now()


def test_a_cancelled_space_is_cancelled_there_too(
    space: Space, client: FlaskClient, alice: User, clock: FrozenClock
) -> None:
    before = event_of(client, space)
    clock.tick(minutes=5)
    services.cancel_space(space, alice, clock.now())
    after = event_of(client, space)
    assert (after["UID"], after["STATUS"], after["SEQUENCE"]) == (before["UID"], "CANCELLED", 1)
    assert after.stamp == clock.now()


def test_what_has_started_is_still_entered(
    space: Space, client: FlaskClient, alice: User, clock: FrozenClock
) -> None:
    start_space(space, alice, clock.now())
    assert event_of(client, space)["STATUS"] == "CONFIRMED"


@pytest.mark.parametrize(
    "title", ["Tea; cake, and \\ more: é👩‍💻", "x" * 70, "BEGIN:VALARM", "茶" * 70, "a=b\"c'"]
)
def test_a_title_is_a_title(plan: Callable[..., Space], client: FlaskClient, title: str) -> None:
    assert event_of(client, plan(title))["SUMMARY"] == title


def test_a_space_without_a_time_has_no_entry(client: FlaskClient, alice: User, clock: FrozenClock) -> None:
    space = create_space(alice, "Someday", "", False, clock.now())
    assert client.get(f"{space.url}/calendar.ics").status_code == 404
    assert client.get("/spaces/nowhere/calendar.ics").status_code == 404
