"""Two do something at the same moment, in threads and as two processes would: the database decides which.

Whatever came of it, the rows fit together, and the core knows what they say.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from mediacore import Role as CoreRole
from tests.conftest import FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.accounts.relations import block
from webapp.db import db
from webapp.errors import Conflict, DomainError
from webapp.notifications.models import Notification
from webapp.spaces import members, services, succession
from webapp.spaces.models import Invitation, Membership, Space, SpeakRequest
from webapp.spaces.queries import membership
from webapp.spaces.requests import services as requests
from webapp.spaces.stage import services as stage
from webapp.spaces.states import Role

CORE_ROLES = {"host": CoreRole.HOST, "cohost": CoreRole.HOST, "speaker": CoreRole.SPEAKER}
Act = Callable[[Space, dict[str, User]], object]
AtOnce = Callable[..., list[str]]
ROUNDS = 3


@pytest.fixture(params=["threads", "processes"])
def at_once(
    request: pytest.FixtureRequest, app: Flask, room: Room, monkeypatch: pytest.MonkeyPatch
) -> AtOnce:
    """Does things together, each with a session of its own; returns the sentence of each who was refused.

    Processes share no lock but the database's; of them one alone tells a core.
    """
    if request.param == "processes":
        monkeypatch.setattr(members, "_in_order", nullcontext())

    def run(space: Space, *acts: Act) -> list[str]:
        ready, said, faults = Barrier(len(acts)), [""] * len(acts), []
        public_id = space.public_id
        db.session.rollback()

        def do(number: int, act: Act) -> None:
            with app.app_context():
                here = db.session.scalars(select(Space).where(Space.public_id == public_id)).one()
                people = {user.handle: user for user in db.session.scalars(select(User))}
                ready.wait()
                try:
                    act(here, people)
                except DomainError as error:
                    said[number] = error.sentence
                except Exception as fault:  # noqa: BLE001 - it is raised again below, by the test
                    faults.append(fault)

        threads = [Thread(target=do, args=each) for each in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults
        db.session.expire_all()
        check(space)
        if request.param == "threads":
            check_core(space, room)
        return said

    return run


def check(space: Space) -> None:
    """What must be so whoever was first."""
    found = db.session.scalars(select(Membership).where(Membership.space_id == space.id)).all()
    on_stage = [member for member in found if member.on_stage]
    roles = Counter(member.role for member in on_stage)
    assert (roles[Role.HOST], roles[Role.COHOST] <= 2, roles[Role.SPEAKER] <= 10) == (1, True, True)
    assert len({member.seat for member in on_stage}) == len(on_stage) <= 13
    asking, invited = waiting(space, SpeakRequest), waiting(space, Invitation)
    assert not asking & invited
    assert not (asking | invited) & {member.user.handle for member in on_stage}
    assert space.state == "live" or not asking | invited


def check_core(space: Space, room: Room) -> None:
    found = db.session.scalars(select(Membership).where(Membership.space_id == space.id)).all()
    for member in found if space.state == "live" else []:
        role, seat, muted, _track = room.core.members.get(
            (space.id, member.user_id), (CoreRole.LISTENER, 0, True, "")
        )
        assert role == CORE_ROLES.get(member.role, CoreRole.LISTENER)
        if member.on_stage:
            assert (seat, muted) == (member.seat, member.muted)


def waiting(space: Space, table: type[SpeakRequest | Invitation]) -> set[str]:
    return {row.user.handle for row in db.session.scalars(select(table).where(table.space_id == space.id))}


@pytest.fixture
def crowded(
    open_space: Callable[..., Space], room: Room, alice: User, person: Callable[[str], User]
) -> Callable[[int], Space]:
    """Makes spaces in which Dora is co-host, so many speak, and Bob and Charlie listen."""
    dora = person("Dora")
    speakers = [person(f"Guest_{number}") for number in range(9)]
    charlie = person("Charlie")

    def make(speaking: int = 0) -> Space:
        space = open_space()
        for user in (dora, *speakers[:speaking], charlie):
            room.enter(space, user)
        for user in (dora, *speakers[:speaking]):
            bring(space, alice, user.handle)
        stage.make_cohost(space, alice, "dora")
        return space

    return make


def accept(actor: str, handle: str, clock: FrozenClock) -> Act:
    return lambda space, people: requests.answer(space, people[actor], handle, stage.ACCEPT, clock.now())


def test_of_two_hosts_who_give_the_last_seat_away_one_does(
    crowded: Callable[[int], Space], at_once: AtOnce, bob: User, clock: FrozenClock
) -> None:
    space = crowded(9)
    for user in (bob, membership_of("charlie", space)):
        requests.ask(space, user, "", clock.now())
    said = at_once(space, accept("alice", "bob", clock), accept("dora", "charlie", clock))
    full = "Ten people can speak at a time, and ten do. Somebody has to leave the stage first."
    assert sorted(said) == ["", full]
    assert len(space.stage) == 12
    assert len(waiting(space, SpeakRequest)) == 1


def test_a_stage_of_thirteen_is_full(
    crowded: Callable[[int], Space],
    at_once: AtOnce,
    room: Room,
    alice: User,
    bob: User,
    person: Callable[[str], User],
    clock: FrozenClock,
) -> None:
    """Three come at once, by three ways, and there is a place for two."""
    space = crowded(9)
    stage.make_cohost(space, alice, "guest_0")
    later = person("Later")
    room.enter(space, later)
    requests.ask(space, bob, "", clock.now())
    requests.ask(space, later, "", clock.now())
    stage.invite(space, alice, "charlie", clock.now())
    said = at_once(
        space,
        accept("alice", "bob", clock),
        lambda space, people: stage.invite(space, people["dora"], "later", clock.now()),
        lambda space, people: stage.answer_invitation(space, people["charlie"], stage.ACCEPT),
        accept("guest_0", "bob", clock),
    )
    assert len(space.stage) == 13
    assert any("Ten people can speak" in sentence for sentence in said)


def test_who_is_accepted_by_two_has_one_seat_and_is_told_once(
    crowded: Callable[[int], Space], at_once: AtOnce, bob: User, clock: FrozenClock
) -> None:
    for _ in range(ROUNDS):
        space = crowded()
        requests.ask(space, bob, "", clock.tick(minutes=1))
        assert at_once(space, accept("alice", "bob", clock), accept("dora", "bob", clock)) == ["", ""]
        assert membership(space, bob).role == Role.SPEAKER
        told = select(Notification).where(Notification.user_id == bob.id, Notification.url == space.url)
        assert [each.kind for each in db.session.scalars(told)] == ["request"]


def test_who_asks_while_they_are_invited_is_on_the_stage_or_invited(
    crowded: Callable[[int], Space], at_once: AtOnce, bob: User, clock: FrozenClock
) -> None:
    for _ in range(ROUNDS):
        space = crowded()
        said = at_once(
            space,
            lambda space, people: requests.ask(space, people["bob"], "", clock.now()),
            lambda space, people: stage.invite(space, people["alice"], "bob", clock.now()),
        )
        assert said[1] == ""
        if membership(space, bob).on_stage:
            assert said[0] == ""
        else:
            assert said[0] == "You are invited: come to the stage, and you can speak."
            assert waiting(space, Invitation) == {"bob"}


def test_who_comes_while_their_invitation_is_taken_back_came_or_hears_of_it(
    crowded: Callable[[int], Space], at_once: AtOnce, alice: User, bob: User, clock: FrozenClock
) -> None:
    for _ in range(ROUNDS):
        space = crowded()
        stage.invite(space, alice, "bob", clock.now())
        said = at_once(
            space,
            lambda space, people: stage.answer_invitation(space, people["bob"], stage.ACCEPT),
            lambda space, people: stage.take_invitation_back(space, people["alice"], "bob"),
        )
        taken_back = "This invitation was taken back. You may ask to speak."
        assert said == ["" if membership(space, bob).on_stage else taken_back, ""]
        assert not waiting(space, Invitation)


def test_who_is_moved_to_the_audience_while_they_unmute_is_silent(
    crowded: Callable[[int], Space], at_once: AtOnce, alice: User, bob: User
) -> None:
    for _ in range(ROUNDS):
        space = crowded()
        bring(space, alice, "bob")
        said = at_once(
            space,
            lambda space, people: stage.set_muted(space, people["bob"], False),
            lambda space, people: stage.move_to_audience(space, people["dora"], "bob"),
        )
        assert said[0] in ("", "You are not on the stage.")
        assert said[1] == ""
        assert (membership(space, bob).on_stage, membership(space, bob).muted) == (False, True)


def test_who_unmutes_while_everybody_is_muted_is_as_the_core_has_it(
    crowded: Callable[[int], Space], at_once: AtOnce, alice: User
) -> None:
    for _ in range(ROUNDS):
        space = crowded(3)
        said = at_once(
            space,
            *(lambda space, people, name=f"guest_{n}": stage.set_muted(space, people[name], False)
              for n in range(3)),
            lambda space, people: stage.mute_everybody(space, people["alice"]),
            lambda space, people: stage.mute_person(space, people["dora"], "guest_0"),
        )  # fmt: skip
        assert said == [""] * 5


def test_who_is_removed_while_they_join_again_stays_out(
    crowded: Callable[[int], Space], at_once: AtOnce, room: Room, bob: User, clock: FrozenClock
) -> None:
    for _ in range(ROUNDS):
        space = crowded()
        said = at_once(
            space,
            lambda space, people: services.remove_person(space, people["dora"], "bob", clock.now()),
            lambda space, people: services.note_arrival(space.id, people["bob"].id, clock.now()),
            lambda space, people: requests.ask(space, people["bob"], "", clock.now()),
        )
        assert said[:2] == ["", ""]
        assert said[2] in ("", "You are not in this space.")
        assert membership(space, bob).removed_at is not None
        assert not waiting(space, SpeakRequest)
        assert ("kick", space.id, bob.id, 4001) in room.core.told


def test_who_is_removed_while_somebody_accepts_them_stays_out(
    crowded: Callable[[int], Space], at_once: AtOnce, bob: User, clock: FrozenClock
) -> None:
    for _ in range(ROUNDS):
        space = crowded()
        requests.ask(space, bob, "", clock.now())
        said = at_once(
            space,
            accept("alice", "bob", clock),
            lambda space, people: services.remove_person(space, people["dora"], "bob", clock.now()),
        )
        assert said[1] == ""
        assert said[0] in ("", "Nobody called @bob is in this space.")
        assert membership(space, bob).removed_at is not None
        assert not membership(space, bob).on_stage


def test_who_is_blocked_at_the_moment_of_their_first_arrival_is_out(
    crowded: Callable[[int], Space],
    at_once: AtOnce,
    room: Room,
    person: Callable[[str], User],
    clock: FrozenClock,
) -> None:
    for round_ in range(ROUNDS):
        space, newcomer = crowded(), person(f"New_{round_}")

        def shut_out(_space: Space, people: dict[str, User], handle: str = newcomer.handle) -> None:
            block(people["alice"], people[handle], clock.now())
            services.shut_out(people["alice"], people[handle], clock.now())

        at_once(
            space,
            shut_out,
            lambda space, people, it=newcomer.handle: services.note_arrival(
                space.id, people[it].id, clock.now()
            ),
        )
        member = membership(space, newcomer)
        assert member is None or member.removed_at is not None
        assert member is None or ("kick", space.id, newcomer.id, 4001) in room.core.told


def test_who_is_blocked_between_two_steps_of_their_first_arrival_is_out(
    app: Flask,
    open_space: Callable[..., Space],
    alice: User,
    charlie: User,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space, number, host = open_space(), charlie.id, alice.id
    asked = services.is_blocked

    def then_shut_out() -> None:
        with app.app_context():
            people = db.session.get_one(User, host), db.session.get_one(User, number)
            block(*people, clock.now())
            services.shut_out(*people, clock.now())

    thread = Thread(target=then_shut_out)

    def not_yet(user_id: int, *, by: int) -> bool:
        blocked = asked(user_id, by=by)
        thread.start()
        thread.join(0.3)  # it has either passed by now, or waits for who asks here
        return blocked

    monkeypatch.setattr(services, "is_blocked", not_yet)
    services.note_arrival(space.id, number, clock.now())
    thread.join()
    db.session.expire_all()
    assert membership(space, charlie).removed_at is not None


def test_of_two_who_end_it_one_does(
    crowded: Callable[[int], Space], at_once: AtOnce, clock: FrozenClock
) -> None:
    for _ in range(ROUNDS):
        space = crowded()
        end = lambda space, people: services.end_space(space, people["alice"], clock.now())  # noqa: E731
        assert sorted(at_once(space, end, end)) == ["", "This space has ended."]


def test_cohost_who_ends_it_while_the_host_returns_does_or_leads_no_more(
    crowded: Callable[[int], Space], at_once: AtOnce, room: Room, alice: User, clock: FrozenClock
) -> None:
    for _ in range(ROUNDS):
        space = crowded()
        room.go(space, alice)
        clock.tick(seconds=61)
        room.turn()
        assert space.leader_id != alice.id
        room._live.presence.opened(space.id, alice.id, 77)
        said = at_once(
            space,
            lambda space, people: services.end_space(space, people["dora"], clock.now()),
            lambda space, _people: succession.settle(space.id, clock.now()),
        )
        assert said[1] == ""
        if said[0]:
            assert said[0].startswith("Only the host can end this space")
            assert (space.state, space.leader_id) == ("live", alice.id)
        else:
            assert (space.state, space.ended_reason) == ("ended", "cohost")


def test_host_who_makes_too_many_cohosts_at_once_has_two(
    crowded: Callable[[int], Space], at_once: AtOnce
) -> None:
    for _ in range(ROUNDS):
        space = crowded(3)
        said = at_once(
            space,
            *(lambda space, people, it=f"guest_{n}": stage.make_cohost(space, people["alice"], it)
              for n in range(3)),
        )  # fmt: skip
        assert sorted(said) == ["", *["There are two co-hosts already."] * 2]


def test_heir_who_leaves_while_they_are_handed_the_room_does_not_lead_it_for_long(
    crowded: Callable[[int], Space], at_once: AtOnce, room: Room, alice: User, clock: FrozenClock
) -> None:
    for _ in range(ROUNDS):
        space = crowded(1)
        stage.make_cohost(space, alice, "guest_0")
        said = at_once(
            space,
            lambda space, people: succession.hand_over(space, people["alice"], "dora", clock.now()),
            lambda space, people: services.leave(space, people["dora"]),
        )
        assert said[1] == ""
        room.turn()
        db.session.refresh(space)
        assert membership(space, db.session.get_one(User, space.leader_id)).role in (Role.HOST, Role.COHOST)
        room.enter(space, alice)
        assert space.leader_id == alice.id


def membership_of(handle: str, space: Space) -> User:
    member = members.member_called(space, handle)
    return member.user


def test_nothing_is_left_to_do_once_it_has_ended_while_it_was_done(
    crowded: Callable[[int], Space], at_once: AtOnce, alice: User, bob: User, clock: FrozenClock
) -> None:
    for _ in range(ROUNDS):
        space = crowded()
        requests.ask(space, bob, "", clock.now())
        stage.invite(space, alice, "charlie", clock.now())
        said = at_once(
            space,
            lambda space, people: services.end_space(space, people["alice"], clock.now()),
            accept("dora", "bob", clock),
            lambda space, people: stage.answer_invitation(space, people["charlie"], stage.ACCEPT),
            lambda space, people: stage.mute_everybody(space, people["dora"]),
        )
        assert said[0] == ""
        assert set(said[1:]) <= {"", "This space has ended."}
        assert space.state == "ended"
        with pytest.raises(Conflict):
            requests.ask(space, bob, "", clock.now())
