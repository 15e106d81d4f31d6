"""Who is on the stage, and who says so."""

from collections.abc import Callable

import pytest

from mediacore import Role as CoreRole
from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, NotFound
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.queries import membership
from webapp.spaces.states import Role

MUTED_SPEAKER = (CoreRole.SPEAKER, 1, True, "")


def test_host_brings_a_listener_to_the_stage_muted(space: Space, room: Room, alice: User, bob: User) -> None:
    services.bring_to_stage(space, alice, "bob")
    assert room.core.members[space.id, bob.id] == MUTED_SPEAKER
    assert "Bob is on the stage." in room.take_texts()[0]
    room.turn()
    assert any('id="seats"' in html and "Bob" in html for html in room.take_texts())


def test_bringing_somebody_twice_changes_nothing(space: Space, alice: User, bob: User) -> None:
    services.bring_to_stage(space, alice, "bob")
    services.set_muted(space, bob, False)
    services.bring_to_stage(space, alice, "bob")
    assert (membership(space, bob).seat, membership(space, bob).muted) == (1, False)


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_else_brings_anybody(
    space: Space, room: Room, bob: User, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(Forbidden, match="decide who is on the stage"):
        services.bring_to_stage(space, request.getfixturevalue(who), "bob")
    assert not membership(space, bob).on_stage
    assert (space.id, bob.id) not in room.core.members


def test_who_never_came_cannot_be_brought(space: Space, alice: User, charlie: User) -> None:
    with pytest.raises(NotFound, match="Nobody called @charlie"):
        services.bring_to_stage(space, alice, "charlie")


def test_who_has_left_cannot_be_brought(space: Space, room: Room, alice: User, bob: User) -> None:
    room.go(space, bob)
    with pytest.raises(Conflict, match="Bob has left"):
        services.bring_to_stage(space, alice, "bob")


def test_the_fourteenth_finds_the_stage_full(
    space: Space, room: Room, alice: User, person: Callable[[str], User]
) -> None:
    for number in range(12):
        room.enter(space, person(f"guest_{number}"))
        services.bring_to_stage(space, alice, f"guest_{number}")
    with pytest.raises(Conflict, match="The stage is full: 13 people"):
        services.bring_to_stage(space, alice, "bob")
    services.move_to_audience(space, alice, "guest_4")
    services.bring_to_stage(space, alice, "bob")
    assert sorted(member.seat for member in space.stage) == list(range(13))


def test_of_two_brought_to_one_seat_one_gets_it(
    space: Space, room: Room, alice: User, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.enter(space, charlie)
    services.bring_to_stage(space, alice, "bob")
    monkeypatch.setattr(services, "lowest_free_seat", lambda _taken: 1)
    with pytest.raises(Conflict, match="at the same moment"):
        services.bring_to_stage(space, alice, "charlie")
    assert not membership(space, charlie).on_stage


def test_host_takes_a_speaker_off(space: Space, room: Room, alice: User, bob: User) -> None:
    services.bring_to_stage(space, alice, "bob")
    services.move_to_audience(space, alice, "bob")
    assert room.core.members[space.id, bob.id][0] == CoreRole.LISTENER
    assert not membership(space, bob).on_stage


def test_a_speaker_steps_down_and_may_leave(space: Space, room: Room, alice: User, bob: User) -> None:
    services.bring_to_stage(space, alice, "bob")
    services.move_to_audience(space, bob, "bob")
    assert membership(space, bob).role == "listener"
    services.bring_to_stage(space, alice, "bob")
    services.leave(space, bob)
    assert room.core.members[space.id, bob.id][0] == CoreRole.LISTENER


def test_the_host_keeps_the_first_seat(space: Space, room: Room, alice: User) -> None:
    services.leave(space, alice)
    assert membership(space, alice).seat == 0
    with pytest.raises(Forbidden, match="The host stays"):
        services.move_to_audience(space, alice, "alice")


@pytest.mark.parametrize("who", ["dora", "charlie"])
def test_nobody_else_takes_anybody_off(
    space: Space, room: Room, alice: User, bob: User, charlie: User, person: Callable[[str], User], who: str
) -> None:
    actors = {"dora": person("Dora"), "charlie": charlie}
    room.enter(space, actors["dora"])
    for handle in ("bob", "dora"):
        services.bring_to_stage(space, alice, handle)
    with pytest.raises(Forbidden):
        services.move_to_audience(space, actors[who], "bob")
    assert membership(space, bob).on_stage


def test_a_cohost_leads_all_but_the_host_and_other_cohosts(
    space: Space, room: Room, alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    room.enter(space, charlie)
    services.bring_to_stage(space, alice, "bob")
    membership(space, bob).role = Role.COHOST
    db.session.commit()
    services.bring_to_stage(space, bob, "charlie")
    services.move_to_audience(space, bob, "charlie")
    services.remove_person(space, bob, "charlie", clock.now())
    for act in (services.move_to_audience, lambda *who: services.remove_person(*who, clock.now())):
        with pytest.raises(Forbidden):
            act(space, bob, "alice")


def test_everybody_on_the_stage_mutes_themself(space: Space, room: Room, alice: User, bob: User) -> None:
    services.bring_to_stage(space, alice, "bob")
    services.set_muted(space, bob, False)
    assert room.core.members[space.id, bob.id][2] is False
    services.set_muted(space, bob, True)
    assert room.core.members[space.id, bob.id] == MUTED_SPEAKER


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_off_the_stage_has_a_microphone(
    space: Space, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(Forbidden, match="not on the stage"):
        services.set_muted(space, request.getfixturevalue(who), False)


def test_nothing_is_done_on_the_stage_of_an_ended_space(
    space: Space, alice: User, bob: User, clock: FrozenClock
) -> None:
    services.bring_to_stage(space, alice, "bob")
    services.end_space(space, alice, clock.now())
    for act in (
        lambda: services.bring_to_stage(space, alice, "bob"),
        lambda: services.move_to_audience(space, alice, "bob"),
        lambda: services.set_muted(space, bob, False),
        lambda: services.remove_person(space, alice, "bob", clock.now()),
    ):
        with pytest.raises(Conflict, match="has ended"):
            act()
