"""Followers are told what those whom they follow do: once, only of what they may enter, and across no block.

Alice hosts; Bob follows her, Charlie nobody.
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts import relations
from webapp.accounts import services as accounts
from webapp.accounts.models import Block, Follow, User
from webapp.db import db
from webapp.notifications import services as notifications
from webapp.notifications.kinds import Way
from webapp.notifications.models import Notification
from webapp.people import services as people
from webapp.scheduler import scheduler
from webapp.scheduling.services import cancel_space, edit_space
from webapp.spaces import services
from webapp.spaces.gates import may_enter, refusal
from webapp.spaces.models import Membership, Space
from webapp.spaces.stage.services import note_spoken
from webapp.spaces.states import Door, OpenTo
from webapp.spaces.times import Plan
from webapp.spaces.visitor import Visitor

Make = Callable[..., Space]


@pytest.fixture(autouse=True)
def _follows(room: Room, alice: User, bob: User, clock: FrozenClock) -> None:
    relations.follow(bob, alice, clock.now())


@pytest.fixture
def start(room: Room, alice: User, clock: FrozenClock) -> Make:
    def make(host: User = alice, door: Door = services.ANYONE) -> Space:
        space = services.create_space(host, "Tea", "", False, clock.now(), door=door)
        services.start_space(space, host, clock.now())
        room.enter(space, host)
        return space

    return make


@pytest.fixture
def plan(room: Room, alice: User, clock: FrozenClock) -> Make:
    def make(host: User = alice, door: Door = services.ANYONE) -> Space:
        at = Plan(clock.now() + timedelta(days=1), "UTC")
        return services.create_space(host, "Tea", "", False, clock.now(), plan=at, door=door)

    return make


def told(user: User) -> list[tuple[str, str]]:
    db.session.expire_all()
    kinds = select(Notification.kind, Notification.sentence).where(Notification.user_id == user.id)
    found = db.session.execute(kinds.order_by(Notification.id))
    return [(kind, sentence) for kind, sentence in found if kind in ("live", "planned", "speaks")]


def sweep() -> int | None:
    return scheduler().run("followers")


LIVE = ("live", "Alice is live: “Tea”.")
PLANNED = ("planned", "Alice plans “Tea” for 6 January 2026, 18:00 UTC.")
SPEAKS = ("speaks", "Charlie speaks in “Tea”.")


# Who starts


def test_followers_hear_once_that_a_space_starts(start: Make, alice: User, bob: User, charlie: User) -> None:
    start()
    assert [sweep() for _ in range(3)] == [1, 0, 0]
    assert (told(alice), told(bob), told(charlie)) == ([], [LIVE], [])


def test_a_sweep_that_died_before_it_told_tells_the_next_time(
    start: Make, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    start()
    with monkeypatch.context() as broken:
        broken.setattr("webapp.spaces.followers.leave_word", lambda *_a, **_k: 1 / 0)
        with pytest.raises(Exception, match="division by zero"):
            sweep()
    assert told(bob) == []
    assert sweep() == 1
    assert told(bob) == [LIVE]


def test_followers_hear_nothing_of_what_is_over(
    start: Make, alice: User, bob: User, clock: FrozenClock
) -> None:
    services.end_space(start(), alice, clock.now())
    assert sweep() == 0
    assert told(bob) == []


@pytest.mark.parametrize("door", [Door(OpenTo.FOLLOWED), Door(OpenTo.LINK), Door(OpenTo.ANYONE, False)])
def test_followers_hear_only_of_what_they_may_enter_and_what_is_listed(
    start: Make, plan: Make, alice: User, bob: User, charlie: User, clock: FrozenClock, door: Door
) -> None:
    relations.follow(charlie, alice, clock.now())
    relations.follow(alice, charlie, clock.now())
    start(door=door)
    plan(door=door)
    sweep()
    heard = {OpenTo.FOLLOWED: ([], [PLANNED, LIVE]), OpenTo.LINK: ([], [])}
    anybody = ([PLANNED, LIVE], [PLANNED, LIVE])
    assert (told(bob), told(charlie)) == heard.get(door.open_to, anybody)


def test_who_was_blocked_or_blocks_or_is_suspended_hears_nothing(
    start: Make, alice: User, bob: User, charlie: User, person: Callable[[str], User], clock: FrozenClock
) -> None:
    dora = person("Dora")
    for user in (charlie, dora):
        relations.follow(user, alice, clock.now())
    start()
    people.block(alice, bob, clock.now())
    people.block(charlie, alice, clock.now())
    dora.active = False
    for user in (bob, charlie):  # as if they had followed at that very moment
        db.session.add(Follow(follower_id=user.id, followed_id=alice.id, since=clock.now()))
    db.session.commit()
    sweep()
    assert [told(user) for user in (bob, charlie, dora)] == [[], [], []]


def test_who_does_not_want_it_hears_nothing_and_keeps_nothing(start: Make, bob: User) -> None:
    notifications.choose(bob, [], list(Way))
    start()
    assert sweep() == 1
    assert db.session.scalars(select(Notification).where(Notification.kind == "live")).all() == []


def test_who_is_there_already_is_not_told(start: Make, room: Room, bob: User) -> None:
    space = start()
    room.enter(space, bob)
    sweep()
    assert told(bob) == []


# Who plans


def test_followers_hear_once_that_a_space_is_planned_however_often_it_moves(
    plan: Make, alice: User, bob: User, clock: FrozenClock
) -> None:
    space = plan()
    assert [sweep() for _ in range(2)] == [1, 0]
    later = Plan(clock.now() + timedelta(days=2), "UTC")
    edit_space(space, alice, "Cake", "", False, later, clock.now())
    assert sweep() == 0
    assert told(bob) == [PLANNED]


def test_followers_hear_of_a_plan_in_their_own_zone_or_in_its_hosts(
    plan: Make, room: Room, alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    relations.follow(charlie, alice, clock.now())
    accounts.set_time_zone(charlie, "Asia/Tokyo")
    space = plan()
    live = services.create_space(charlie, "Cake", "", False, clock.now())
    services.start_space(live, charlie, clock.now())
    room.enter(live, charlie)
    space.zone = "Europe/Berlin"
    db.session.commit()
    sweep()
    there = {bob: "6 January 2026, 19:00 CET", charlie: "7 January 2026, 03:00 JST"}
    for follower, when in there.items():
        assert told(follower)[-1] == ("planned", f"Alice plans “Tea” for {when}.")
    assert "7 January 2026, 03:00 JST" in "".join(room.take_texts())


def test_followers_hear_of_a_time_that_is_set_later(
    room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    assert sweep() == 0
    edit_space(space, alice, "Tea", "", False, Plan(clock.now() + timedelta(days=1), "UTC"), clock.now())
    assert sweep() == 1
    assert told(bob) == [PLANNED]


def test_followers_hear_nothing_of_what_was_cancelled(
    plan: Make, alice: User, bob: User, clock: FrozenClock
) -> None:
    cancel_space(plan(), alice, clock.now())
    assert sweep() == 0
    assert told(bob) == []


# Who speaks


@pytest.fixture
def on_stage(start: Make, room: Room, alice: User, bob: User, charlie: User, clock: FrozenClock) -> Space:
    """Charlie, whom Bob follows, has come to Alice's stage. That she is live was told."""
    relations.follow(bob, charlie, clock.now())
    space = start()
    sweep()
    room.enter(space, charlie)
    bring(space, alice, "charlie")
    return space


def test_followers_hear_once_that_somebody_speaks_and_not_of_a_cough(
    on_stage: Space, alice: User, bob: User, charlie: User
) -> None:
    note_spoken(on_stage.id, charlie.id, 400)
    assert sweep() == 0
    note_spoken(on_stage.id, charlie.id, 2_600)
    assert [sweep() for _ in range(2)] == [1, 0]
    note_spoken(on_stage.id, charlie.id, 60_000)
    note_spoken(on_stage.id, alice.id, 60_000)
    assert sweep() == 0
    assert told(bob) == [LIVE, SPEAKS]
    assert (told(alice), told(charlie)) == ([], [])


def test_the_host_is_not_told_who_speaks_at_their_own(
    on_stage: Space, alice: User, charlie: User, clock: FrozenClock
) -> None:
    relations.follow(alice, charlie, clock.now())
    note_spoken(on_stage.id, charlie.id, 5_000)
    sweep()
    assert told(alice) == []


@pytest.mark.parametrize("who_blocks", ["host", "follower"])
def test_a_follower_on_the_other_side_of_a_block_hears_of_nobody_there(
    on_stage: Space, alice: User, bob: User, charlie: User, clock: FrozenClock, who_blocks: str
) -> None:
    pair = (alice, bob) if who_blocks == "host" else (bob, alice)
    people.block(*pair, clock.now())
    note_spoken(on_stage.id, charlie.id, 5_000)
    assert sweep() == 1
    assert told(bob) == [LIVE]


def test_a_follower_who_was_removed_hears_nothing_more_of_it(
    on_stage: Space, room: Room, alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    room.enter(on_stage, bob)
    services.remove_person(on_stage, alice, "bob", clock.now())
    room.go(on_stage, bob)
    note_spoken(on_stage.id, charlie.id, 5_000)
    sweep()
    assert told(bob) == [LIVE]


def test_nobody_hears_of_who_left_the_stage_before(on_stage: Space, bob: User, charlie: User) -> None:
    note_spoken(on_stage.id, charlie.id, 5_000)
    services.leave(on_stage, charlie)
    assert sweep() == 0
    assert told(bob) == [LIVE]


# Many at once


def test_the_gates_say_of_many_what_they_say_of_each(
    app: Flask, room: Room, person: Callable[[str], User], clock: FrozenClock
) -> None:
    host = person("Henry")
    traits = list(product([False, True], repeat=4))
    users = [person(f"Pal{number}") for number in range(len(traits))]
    doors = [Door(open_to, guests) for open_to in OpenTo for guests in (True, False)]
    spaces = [services.create_space(host, "Tea", "", False, clock.now(), door=door) for door in doors]
    spaces += [services.create_space(host, "Tea", "", False, clock.now(), door=door) for door in doors]
    for space in spaces[: len(doors)]:
        services.start_space(space, host, clock.now())
    for user, (blocked, followed, seated, removed) in zip(users, traits, strict=True):
        if blocked:
            db.session.add(Block(blocker_id=host.id, blocked_id=user.id, since=clock.now()))
        if followed:
            db.session.add(Follow(follower_id=host.id, followed_id=user.id, since=clock.now()))
        for space in spaces if seated != removed else []:
            number = users.index(user)
            seat = {"role": "speaker", "seat": number // 4 + 1} if seated else {}
            gone = {"removed_at": clock.now()} if removed else {}
            db.session.add(Membership(space_id=space.id, user_id=user.id, **seat, **gone))
    db.session.commit()
    everybody = db.session.scalars(select(User)).all()
    for space in spaces:
        alone = {user.id for user in everybody if refusal(space, Visitor(user)) is None}
        assert set(db.session.scalars(select(User.id).where(may_enter(space)))) == alone
    assert 0 < len(alone) < len(everybody)
