"""Who is told what, when; time passes as it is told to. Alice's space is on 6 January at 18:00 UTC."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.scheduling.conftest import Told
from tests.spaces.conftest import Room
from webapp.accounts import relations
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.notifications.models import Notification
from webapp.scheduler import scheduler
from webapp.scheduling import reminders, services
from webapp.scheduling.models import Reminder
from webapp.spaces.models import Space
from webapp.spaces.services import end_space, start_space
from webapp.sweeping import RowsFailed

MINUTE = timedelta(minutes=1)
NEAR = "“Tea” with Alice starts in 10 minutes."
LIVE = "“Tea” with Alice is live now."
CANCELLED = "“Tea” with Alice was cancelled."
NO_SHOW = "“Tea” with Alice was cancelled: it had not started half an hour after its time."
HALF_AN_HOUR = "Your space “Tea” starts in 30 minutes."
ITS_TIME = "It is time for your space “Tea”. Start it by 19:30 CET, or it is cancelled."
MISSED = "Your space “Tea” was cancelled: it had not started half an hour after its time."
Until = Callable[[datetime], None]
Move = Callable[..., None]


def test_who_waits_is_told_ten_minutes_before_and_when_it_is_live(
    waiting: Space, alice: User, bob: User, charlie: User, told: Told, until: Until, clock: FrozenClock
) -> None:
    at = waiting.scheduled_for
    until(at - timedelta(hours=23))
    until(at - 10 * MINUTE - timedelta(seconds=1))
    assert told(bob) == []
    until(at - 10 * MINUTE)
    assert told(bob) == [NEAR]
    until(at - 5 * MINUTE)
    until(at)
    until(at + MINUTE)
    assert told(bob) == []
    start_space(waiting, alice, clock.now())
    until(at + 2 * MINUTE)
    assert told(bob) == [LIVE]
    until(at + 3 * MINUTE)
    assert told(bob) == []
    assert db.session.scalars(select(Reminder)).all() == []
    assert told(charlie) == []


def test_two_sweeps_at_the_same_instant_tell_once(
    waiting: Space, alice: User, bob: User, told: Told, clock: FrozenClock
) -> None:
    clock.tick(days=1, minutes=-10)
    assert [reminders.remind(clock.now()) for _ in range(2)] == [2, 0]
    assert (told(alice), told(bob)) == (["Your space “Tea” starts in 10 minutes."], [NEAR])
    start_space(waiting, alice, clock.now())
    assert [reminders.remind(clock.now()) for _ in range(2)] == [1, 0]
    assert told(bob) == [LIVE]


def test_what_another_sweep_has_claimed_is_not_told_again(
    waiting: Space, bob: User, told: Told, clock: FrozenClock
) -> None:
    clock.tick(days=1, minutes=-5)
    key = (waiting.id, bob.id)
    assert [reminders._tell_near(key, clock.now()) for _ in range(2)] == [True, False]
    assert [reminders._nudge(waiting.id, clock.now()) for _ in range(2)] == [True, False]
    services.cancel_space(waiting, waiting.host, clock.now())
    assert [reminders._tell_over(key, clock.now()) for _ in range(2)] == [True, False]
    assert not reminders._close(waiting.id, clock.now())
    assert told(bob) == ["“Tea” with Alice starts in 5 minutes.", CANCELLED]


def test_the_host_is_nudged_half_an_hour_before_and_at_the_time(
    space: Space, alice: User, told: Told, until: Until
) -> None:
    at = space.scheduled_for
    until(at - 31 * MINUTE)
    assert told(alice) == []
    until(at - 30 * MINUTE)
    assert told(alice) == [HALF_AN_HOUR]
    until(at - MINUTE)
    assert told(alice) == []
    until(at)
    assert told(alice) == [ITS_TIME]
    until(at + 29 * MINUTE)
    assert told(alice) == []


def test_a_host_who_started_early_is_not_nudged(
    space: Space, alice: User, told: Told, until: Until, clock: FrozenClock
) -> None:
    start_space(space, alice, clock.now())
    until(clock.now() + timedelta(days=2))
    assert told(alice) == []
    assert space.state == "live"


def test_a_no_show_is_closed_and_everybody_told(
    waiting: Space, alice: User, bob: User, charlie: User, told: Told, until: Until, room: Room
) -> None:
    at = waiting.scheduled_for
    until(at + 30 * MINUTE - timedelta(seconds=1))
    assert waiting.state == "scheduled"
    told(alice), told(bob)
    until(at + 30 * MINUTE)
    assert (waiting.state, waiting.ended_reason) == ("cancelled", "no_show")
    assert (waiting.cancelled_at, waiting.sequence) == (at + 30 * MINUTE, 1)
    assert (told(alice), told(bob), told(charlie)) == ([MISSED], [NO_SHOW], [])
    until(at + 31 * MINUTE)
    assert (told(alice), told(bob)) == ([], [])


def test_a_space_without_a_time_is_never_closed(
    room: Room, space: Space, alice: User, until: Until, clock: FrozenClock
) -> None:
    space.scheduled_for = space.zone = None
    db.session.commit()
    until(clock.now() + timedelta(days=300))
    assert space.state == "scheduled"


def test_one_that_started_late_is_not_closed(
    waiting: Space, alice: User, bob: User, told: Told, until: Until, clock: FrozenClock
) -> None:
    until(waiting.scheduled_for + 29 * MINUTE)
    start_space(waiting, alice, clock.now())
    told(bob)
    until(waiting.scheduled_for + 31 * MINUTE)
    assert (waiting.state, told(bob)) == ("live", [LIVE])


def test_who_cancels_has_everybody_told_who_waits(
    waiting: Space, alice: User, bob: User, charlie: User, told: Told, until: Until, clock: FrozenClock
) -> None:
    services.cancel_space(waiting, alice, clock.now())
    until(clock.now())
    assert (told(alice), told(bob), told(charlie)) == ([], [CANCELLED], [])
    until(waiting.scheduled_for + MINUTE)
    assert (told(alice), told(bob)) == ([], [])


def test_a_host_who_leaves_for_good_has_everybody_told(
    waiting: Space, alice: User, bob: User, told: Told, until: Until, clock: FrozenClock
) -> None:
    accounts.delete_account(alice, clock.now())
    until(clock.now())
    assert (waiting.state, waiting.cancelled_at, waiting.sequence) == ("cancelled", clock.now(), 1)
    assert told(bob) == ["“Tea” with Someone who left was cancelled."]


def test_a_space_that_moves_takes_its_reminders_along(
    waiting: Space, alice: User, bob: User, charlie: User, told: Told, until: Until, move: Move
) -> None:
    first = waiting.scheduled_for
    later = first + timedelta(days=2)
    move(waiting, later)
    until(first - 10 * MINUTE)
    assert told(bob) == ["“Tea” with Alice now starts on 8 January, 18:00 UTC."]
    until(first + timedelta(hours=1))
    assert (waiting.state, told(alice), told(bob)) == ("scheduled", [], [])
    until(later - 30 * MINUTE)
    until(later - 10 * MINUTE)
    assert (told(alice), told(bob), told(charlie)) == ([HALF_AN_HOUR], [NEAR], [])


def test_everybody_is_told_a_time_of_their_own_zone_or_of_the_one_that_the_host_said_it_in(
    waiting: Space, alice: User, bob: User, told: Told, until: Until, move: Move
) -> None:
    accounts.set_time_zone(alice, "America/New_York")
    accounts.set_time_zone(bob, "Asia/Tokyo")
    first = waiting.scheduled_for
    move(waiting, first + timedelta(days=2))
    until(first - timedelta(hours=1))
    assert told(bob) == ["“Tea” with Alice now starts on 9 January, 03:00 JST."]
    accounts.set_time_zone(bob, "")
    move(waiting, first)
    until(first - MINUTE)
    assert told(bob) == ["“Tea” with Alice starts in 1 minute."]
    told(alice)
    until(first)
    assert told(alice) == ["It is time for your space “Tea”. Start it by 13:30 EST, or it is cancelled."]
    move(waiting, first + timedelta(days=1))
    waiting.zone = "Europe/Berlin"
    db.session.commit()
    until(first + MINUTE)
    assert told(bob) == ["“Tea” with Alice now starts on 7 January, 19:00 CET."]


def test_who_was_reminded_is_reminded_again_of_a_new_time(
    waiting: Space, alice: User, bob: User, told: Told, until: Until, move: Move
) -> None:
    first = waiting.scheduled_for
    until(first - 10 * MINUTE)
    told(alice), told(bob)
    move(waiting, first + timedelta(hours=2))
    until(first - 9 * MINUTE)
    assert told(bob) == ["“Tea” with Alice now starts on 6 January, 20:00 UTC."]
    until(first + timedelta(hours=2) - 10 * MINUTE)
    assert (told(alice), told(bob)) == (["Your space “Tea” starts in 10 minutes."], [NEAR])


def test_a_space_that_moves_there_and_back_unseen_is_not_spoken_of(
    waiting: Space, bob: User, told: Told, until: Until, move: Move, clock: FrozenClock
) -> None:
    first = waiting.scheduled_for
    move(waiting, first + timedelta(days=1))
    move(waiting, first)
    until(clock.now() + MINUTE)
    assert told(bob) == []


def test_a_space_that_moves_there_and_back_is_spoken_of_each_time(
    waiting: Space, bob: User, told: Told, until: Until, move: Move, clock: FrozenClock
) -> None:
    first = waiting.scheduled_for
    for at in (first + timedelta(days=1), first, first + timedelta(days=1)):
        move(waiting, at)
        until(clock.now() + MINUTE)
        assert len(told(bob)) == 1


def test_a_space_that_moves_close_is_near_at_once(
    waiting: Space, alice: User, bob: User, told: Told, until: Until, move: Move, clock: FrozenClock
) -> None:
    move(waiting, clock.now() + 4 * MINUTE)
    until(clock.now() + timedelta(seconds=30))
    assert told(bob) == ["“Tea” with Alice starts in 4 minutes."]
    assert told(alice) == []
    until(waiting.scheduled_for)
    assert told(alice) == ["It is time for your space “Tea”. Start it by 18:34 UTC, or it is cancelled."]


def test_another_zone_alone_tells_nobody(
    waiting: Space, alice: User, bob: User, told: Told, until: Until, move: Move
) -> None:
    until(waiting.scheduled_for - 30 * MINUTE)
    assert told(alice) == [HALF_AN_HOUR]
    move(waiting, waiting.scheduled_for)
    assert (waiting.zone, waiting.sequence, waiting.nudges) == ("UTC", 1, 1)
    until(waiting.scheduled_for - 29 * MINUTE)
    assert (told(alice), told(bob)) == ([], [])


def test_another_title_alone_tells_nobody(
    waiting: Space, bob: User, told: Told, until: Until, move: Move, clock: FrozenClock
) -> None:
    move(waiting, title="Cake")
    until(clock.now() + MINUTE)
    assert told(bob) == []
    until(waiting.scheduled_for - 10 * MINUTE)
    assert told(bob) == ["“Cake” with Alice starts in 10 minutes."]


def test_who_takes_it_back_is_told_nothing(
    waiting: Space, alice: User, bob: User, told: Told, until: Until, clock: FrozenClock
) -> None:
    services.remind(waiting, bob, False, clock.now())
    until(waiting.scheduled_for - 10 * MINUTE)
    start_space(waiting, alice, clock.now())
    until(waiting.scheduled_for)
    assert told(bob) == []


def test_who_asks_minutes_before_is_told_when_it_is_live(
    space: Space, alice: User, bob: User, told: Told, until: Until, clock: FrozenClock
) -> None:
    until(space.scheduled_for - 9 * MINUTE)
    services.remind(space, bob, True, clock.now())
    until(space.scheduled_for - 8 * MINUTE)
    assert told(bob) == []
    start_space(space, alice, clock.now())
    until(space.scheduled_for)
    assert told(bob) == [LIVE]


def test_who_is_in_the_room_already_is_not_called(
    waiting: Space, alice: User, bob: User, told: Told, until: Until, room: Room, clock: FrozenClock
) -> None:
    start_space(waiting, alice, clock.now())
    room.enter(waiting, bob)
    until(clock.now() + MINUTE)
    assert told(bob) == []
    assert db.session.scalars(select(Reminder)).all() == []


def test_a_server_that_slept_to_the_last_minutes_says_what_is_left(
    waiting: Space, alice: User, bob: User, told: Told, until: Until
) -> None:
    until(waiting.scheduled_for - timedelta(seconds=150))
    assert (told(alice), told(bob)) == (
        ["Your space “Tea” starts in 3 minutes."],
        ["“Tea” with Alice starts in 3 minutes."],
    )


def test_a_server_that_slept_through_the_time_nudges_the_host_alone(
    waiting: Space, alice: User, bob: User, told: Told, until: Until
) -> None:
    until(waiting.scheduled_for + 5 * MINUTE)
    assert (told(alice), told(bob), waiting.state) == ([ITS_TIME], [], "scheduled")


def test_a_server_that_slept_through_the_patience_closes_it(
    waiting: Space, alice: User, bob: User, told: Told, until: Until
) -> None:
    until(waiting.scheduled_for + timedelta(days=3))
    assert (told(alice), told(bob), waiting.state) == ([MISSED], [NO_SHOW], "cancelled")


def test_a_sweep_that_slept_through_the_whole_space_says_nothing(
    waiting: Space, alice: User, bob: User, told: Told, until: Until, clock: FrozenClock
) -> None:
    start_space(waiting, alice, clock.now())
    end_space(waiting, alice, clock.now())
    until(waiting.scheduled_for)
    assert (told(alice), told(bob)) == ([], [])
    assert db.session.scalars(select(Reminder)).all() == []


def test_who_may_not_enter_any_more_is_told_nothing(
    waiting: Space, alice: User, bob: User, clock: FrozenClock, until: Until, told: Told
) -> None:
    relations.block(alice, bob, clock.now())
    until(waiting.scheduled_for - timedelta(minutes=10))
    start_space(waiting, alice, clock.now())
    until(clock.now() + timedelta(minutes=1))
    assert told(bob) == []
    assert db.session.scalars(select(Reminder)).all() == []


def test_reminders_lead_to_the_space(waiting: Space, until: Until) -> None:
    until(waiting.scheduled_for)
    until(waiting.scheduled_for + 30 * MINUTE)
    assert {each.url for each in db.session.scalars(select(Notification))} == {waiting.url}


def test_a_row_that_fails_keeps_nobody_else_from_being_told(
    waiting: Space,
    bob: User,
    charlie: User,
    told: Told,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services.remind(waiting, charlie, True, clock.now())
    clock.tick(days=1, minutes=-10)
    say, number = reminders._say, bob.id

    def fail(user: User, *args: object) -> None:
        if user.id == number:
            raise RuntimeError("no ink")
        say(user, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(reminders, "_say", fail)
    with pytest.raises(RowsFailed, match="no ink"):
        scheduler().run("reminders")
    monkeypatch.undo()
    assert (told(bob), told(charlie)) == ([], [NEAR])
    scheduler().run("reminders")
    assert (told(bob), told(charlie)) == ([NEAR], [])


def test_longest_words_fit(
    room: Room, plan: Callable[..., Space], bob: User, person: Callable[[str], User], until: Until, told: Told
) -> None:
    host = person("Dora")
    accounts.rename(host, "D" * 50)
    space = plan("T" * 70, host)
    services.remind(space, bob, True, space.created_at)
    until(space.scheduled_for)
    until(space.scheduled_for + 30 * MINUTE)
    assert len(told(bob)) == 1
    assert len(told(host)) == 2
