"""Planning, changing and calling off: by the host, by others, twice, too late, at once."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, DomainError, Forbidden, Invalid
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING
from webapp.rollout.platforms import Platform
from webapp.scheduling import queries, services
from webapp.scheduling.models import Reminder
from webapp.spaces.models import Consent, Space
from webapp.spaces.queries import membership, planned_by, upcoming_cards
from webapp.spaces.services import HOST_WORDING, create_space, end_space, start_space
from webapp.spaces.times import Plan
from webapp.spaces.visitor import Visitor

Make = Callable[..., Space]


def edit(space: Space, actor: User, clock: FrozenClock, plan: Plan | None = None, **changed: object) -> None:
    what = {"title": space.title, "topics": "", "record": space.record} | changed
    services.edit_space(space, actor, **what, plan=plan, now=clock.now())  # type: ignore[arg-type]


def test_a_host_plans_a_space(space: Space, clock: FrozenClock) -> None:
    assert (space.state, space.scheduled_for) == ("scheduled", clock.now() + timedelta(days=1))
    assert (space.zone, space.sequence, space.nudges) == ("Europe/Berlin", 0, 0)


@pytest.mark.parametrize("ahead", [{"minutes": -1}, {"days": 31}, {"days": 30, "minutes": 1}])
def test_what_cannot_be_planned_is_not_opened(room: Room, plan: Make, ahead: dict[str, float]) -> None:
    with pytest.raises(Invalid):
        plan(**ahead)
    assert db.session.scalar(select(Space)) is None


def test_a_host_has_ten_planned_spaces(
    room: Room, plan: Make, alice: User, bob: User, clock: FrozenClock
) -> None:
    spaces = [plan(f"Tea {number}") for number in range(10)]
    with pytest.raises(Conflict, match="You have 10 spaces planned"):
        plan("One too many")
    assert planned_by(alice.id) == 10
    create_space(alice, "At once", "", False, clock.now())
    assert plan("Somebody else's", bob).host_id == bob.id
    services.cancel_space(spaces[0], alice, clock.now())
    start_space(spaces[1], alice, clock.now())
    plan("Another")
    plan("And another")
    with pytest.raises(Conflict):
        plan("One too many")


def test_a_space_without_a_time_cannot_become_the_eleventh(
    room: Room, plan: Make, alice: User, clock: FrozenClock
) -> None:
    space = create_space(alice, "Someday", "", False, clock.now())
    for _ in range(10):
        plan()
    with pytest.raises(Conflict, match="10 spaces planned"):
        edit(space, alice, clock, Plan(clock.now() + timedelta(days=1), "UTC"))
    db.session.expire_all()
    assert (space.scheduled_for, space.sequence) == (None, 0)


def test_of_two_who_plan_the_tenth_at_once_one_does(
    app: Flask, room: Room, plan: Make, alice: User, clock: FrozenClock
) -> None:
    for _ in range(9):
        plan()
    number, at_once, refused = alice.id, Barrier(2), []

    def another() -> None:
        with app.app_context():
            host = db.session.get_one(User, number)
            at_once.wait()
            try:
                at = Plan(clock.now() + timedelta(days=1), "UTC")
                create_space(host, "Tea", "", False, clock.now(), plan=at)
            except DomainError as error:
                refused.append(error.sentence)

    threads = [Thread(target=another) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), planned_by(number)) == (1, 10)


# Changing


def test_the_host_changes_everything(space: Space, alice: User, clock: FrozenClock) -> None:
    at = Plan(clock.now() + timedelta(days=30), "Asia/Tokyo")
    clock.tick(minutes=1)
    edit(space, alice, clock, at, title=" Cake ", topics="cake, tea", record=True)
    assert (space.title, space.topics, space.record, space.plan) == ("Cake", ["cake", "tea"], True, at)
    assert (space.sequence, space.edited_at, space.state) == (1, clock.now(), "scheduled")


def test_the_same_again_changes_nothing(space: Space, alice: User, clock: FrozenClock) -> None:
    for _ in range(2):
        edit(space, alice, clock, title="Cake")
    assert space.sequence == 1
    edit(space, alice, clock, space.plan)
    assert space.sequence == 1


def test_a_planned_space_keeps_its_time(space: Space, alice: User, clock: FrozenClock) -> None:
    before = space.plan
    edit(space, alice, clock, None, title="Cake")
    assert space.plan == before


def test_a_space_without_a_time_gets_one(room: Room, alice: User, clock: FrozenClock) -> None:
    space = create_space(alice, "Someday", "", False, clock.now())
    at = Plan(clock.now() + timedelta(minutes=5), "UTC")
    edit(space, alice, clock, at)
    assert (space.plan, space.nudges) == (at, 1)


def test_a_title_can_be_changed_while_the_host_is_late(space: Space, alice: User, clock: FrozenClock) -> None:
    clock.tick(days=1, minutes=10)
    edit(space, alice, clock, space.plan, title="Cake")
    assert space.title == "Cake"


@pytest.mark.parametrize(
    "changed", [{"title": ""}, {"title": "x" * 71}, {"topics": "a,b,c,d"}, {"topics": "x" * 25}]
)
def test_what_cannot_be_changes_nothing(
    space: Space, alice: User, clock: FrozenClock, changed: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        edit(space, alice, clock, **changed)
    db.session.expire_all()
    assert (space.title, space.topics, space.sequence) == ("Tea", [], 0)


@pytest.mark.parametrize("ahead", [{"minutes": -1}, {"days": 31}])
def test_a_time_that_cannot_be_changes_nothing(
    space: Space, alice: User, clock: FrozenClock, ahead: dict[str, float]
) -> None:
    before = space.plan
    with pytest.raises(Invalid):
        edit(space, alice, clock, Plan(clock.now() + timedelta(**ahead), "UTC"), title="Cake")
    db.session.expire_all()
    assert (space.title, space.plan, space.sequence) == ("Tea", before, 0)


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_else_changes_or_cancels_it(
    waiting: Space, who: str, request: pytest.FixtureRequest, clock: FrozenClock
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(Forbidden, match="Only the host can change or cancel"):
        edit(waiting, actor, clock, title="Mine")
    with pytest.raises(Forbidden, match="Only the host can change or cancel"):
        services.cancel_space(waiting, actor, clock.now())
    assert (waiting.title, waiting.state, waiting.sequence) == ("Tea", "scheduled", 0)


def test_what_has_started_ended_or_was_cancelled_is_not_changed(
    space: Space, plan: Make, alice: User, clock: FrozenClock
) -> None:
    start_space(space, alice, clock.now())
    for said in ("live already", "has ended"):
        for again in (lambda: edit(space, alice, clock, title="Cake"), lambda: cancel(space, clock)):
            with pytest.raises(Conflict, match=said):
                again()
        if space.state == "live":
            end_space(space, alice, clock.now())
    other = plan()
    cancel(other, clock)
    at = other.cancelled_at
    clock.tick(minutes=1)
    with pytest.raises(Conflict, match="was cancelled"):
        cancel(other, clock)
    with pytest.raises(Conflict, match="was cancelled"):
        start_space(other, alice, clock.now())
    assert (other.cancelled_at, other.sequence, space.title) == (at, 1, "Tea")


def cancel(space: Space, clock: FrozenClock) -> None:
    services.cancel_space(space, space.host, clock.now())


def test_who_edits_while_it_starts_elsewhere_is_too_late(
    space: Space, alice: User, clock: FrozenClock
) -> None:
    assert space.state == "scheduled"
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE spaces SET state = 'live'")
    with pytest.raises(Conflict, match="live already"):
        edit(space, alice, clock, title="Cake")
    assert (space.title, space.sequence) == ("Tea", 0)


def test_who_cancels_while_it_starts_elsewhere_is_too_late(
    space: Space, alice: User, clock: FrozenClock
) -> None:
    assert space.state == "scheduled"
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE spaces SET state = 'live'")
    with pytest.raises(Conflict, match="live already"):
        services.cancel_space(space, alice, clock.now())
    assert (space.state, space.cancelled_at) == ("live", None)


# Recording


def test_who_switches_recording_on_agrees_to_it(space: Space, alice: User, clock: FrozenClock) -> None:
    edit(space, alice, clock, record=True)
    assert membership(space, alice).consent == "yes"
    [kept] = db.session.scalars(select(Consent))
    assert (kept.answer, kept.wording, kept.at) == ("yes", HOST_WORDING, clock.now())


def test_who_switches_it_off_and_on_again_answers_once(
    space: Space, alice: User, room: Room, clock: FrozenClock
) -> None:
    for record in (True, False, True, False):
        edit(space, alice, clock, record=record)
    assert len(db.session.scalars(select(Consent)).all()) == 1
    start_space(space, alice, clock.now())
    assert room.core.told == [("open_room", space.id, 0)]


def test_a_host_whom_recording_has_not_reached_cannot_switch_it_on(
    space: Space, alice: User, clock: FrozenClock
) -> None:
    rollout.start(RECORDING, clock.now())
    rollout.pause(RECORDING, clock.now())
    with pytest.raises(Forbidden, match="Recording"):
        edit(space, alice, clock, record=True, title="Cake")
    db.session.expire_all()
    assert (space.record, space.title, space.sequence) == (False, "Tea", 0)


def test_a_space_that_was_to_be_recorded_stays_so(
    room: Room, plan: Make, alice: User, clock: FrozenClock
) -> None:
    space = plan(record=True)
    rollout.start(RECORDING, clock.now())
    rollout.pause(RECORDING, clock.now())
    edit(space, alice, clock, title="Cake")
    assert (space.title, space.record) == ("Cake", True)


def test_recording_is_asked_for_the_platform_in_use(space: Space, alice: User, clock: FrozenClock) -> None:
    services.edit_space(space, alice, "Tea", "", True, None, clock.now(), Platform.IOS)
    assert space.record


# Waiting


def test_asking_twice_and_taking_back_twice_count_once(space: Space, bob: User, clock: FrozenClock) -> None:
    for _ in range(2):
        services.remind(space, bob, True, clock.now())
    assert queries.is_reminded(bob, space)
    assert queries.reminded_spaces(bob) == {space.public_id}
    assert len(db.session.scalars(select(Reminder)).all()) == 1
    for _ in range(2):
        services.remind(space, bob, False, clock.now())
    assert not queries.is_reminded(bob, space)


def test_a_host_does_not_wait_for_their_own_space(space: Space, alice: User, clock: FrozenClock) -> None:
    with pytest.raises(Conflict, match="your own space"):
        services.remind(space, alice, True, clock.now())
    assert db.session.scalars(select(Reminder)).all() == []


def test_nobody_waits_for_what_has_started_or_was_cancelled(
    space: Space, plan: Make, alice: User, bob: User, clock: FrozenClock
) -> None:
    other = plan()
    services.cancel_space(other, alice, clock.now())
    start_space(space, alice, clock.now())
    for gone, said in ((space, "live already"), (other, "was cancelled")):
        with pytest.raises(Conflict, match=said):
            services.remind(gone, bob, True, clock.now())
        services.remind(gone, bob, False, clock.now())
    assert db.session.scalars(select(Reminder)).all() == []


# Lists


def test_upcoming_are_the_next_first_and_none_that_are_cancelled_live_or_untimed(
    room: Room, plan: Make, alice: User, clock: FrozenClock
) -> None:
    plan("Later", days=3)
    plan("Sooner", hours=1)
    services.cancel_space(plan("Cancelled"), alice, clock.now())
    start_space(plan("Live"), alice, clock.now())
    create_space(alice, "Someday", "", False, clock.now())
    assert [card.space.title for card in upcoming_cards(Visitor(), clock.now())] == ["Sooner", "Later"]


def test_upcoming_forget_a_no_show_whether_or_not_a_sweep_came(space: Space) -> None:
    at = space.scheduled_for
    assert len(upcoming_cards(Visitor(), at + timedelta(minutes=29, seconds=59))) == 1
    assert upcoming_cards(Visitor(), at + timedelta(minutes=30)) == []
