"""Who is removed goes at once and does not come back to that space."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, NotFound
from webapp.spaces import services
from webapp.spaces.models import Guest, Space
from webapp.spaces.presence import GUEST
from webapp.spaces.queries import membership, space_for
from webapp.spaces.visitor import Visitor

A_GUEST = GUEST | 0xBEEF


def test_host_removes_a_speaker(space: Space, room: Room, alice: User, bob: User, clock: FrozenClock) -> None:
    bring(space, alice, "bob")
    services.remove_person(space, alice, "bob", clock.now())
    member = membership(space, bob)
    assert (member.role, member.seat, member.removed_at) == ("listener", None, clock.now())
    assert room.core.told[-1] == ("kick", space.id, bob.id, 4001)


def test_who_was_removed_sees_nothing_of_it_while_it_is_live(
    space: Space, alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    services.remove_person(space, alice, "bob", clock.now())
    with pytest.raises(Forbidden, match="You were removed"):
        space_for(Visitor(bob), space.public_id)
    assert space_for(Visitor(charlie), space.public_id) is space
    services.end_space(space, alice, clock.now())
    assert space_for(Visitor(bob), space.public_id) is space


def test_who_was_removed_cannot_be_brought_or_removed_again(
    space: Space, alice: User, clock: FrozenClock
) -> None:
    services.remove_person(space, alice, "bob", clock.now())
    with pytest.raises(NotFound):
        bring(space, alice, "bob")
    with pytest.raises(NotFound):
        services.remove_person(space, alice, "bob", clock.now())


def test_a_guest_is_removed_by_the_number_in_their_session(
    space: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    room.enter(space, A_GUEST)
    services.remove_person(space, alice, "guest-beef", clock.now())
    services.remove_person(space, alice, "guest-BEEF", clock.now())
    assert room.core.told[-1] == ("kick", space.id, A_GUEST, 4001)
    with pytest.raises(Forbidden):
        space_for(Visitor(guest=A_GUEST), space.public_id)
    assert space_for(Visitor(guest=GUEST | 1), space.public_id) is space


def test_a_guest_is_noted_with_their_first_socket_and_removed_from_then_on(
    space: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    came = clock.now()
    for conn in (1, 2):
        room.enter(space, A_GUEST, conn)
        room.go(space, A_GUEST, conn)
        clock.tick(minutes=1)
    assert guests() == [("guest-beef", came, None)]
    assert space_for(Visitor(guest=A_GUEST), space.public_id) is space
    services.remove_person(space, alice, "guest-beef", clock.now())
    assert guests() == [("guest-beef", came, clock.now())]


def guests() -> list[tuple[str, datetime, datetime | None]]:
    return [(row.guest, row.came_at, row.removed_at) for row in db.session.scalars(select(Guest))]


def test_a_handle_that_is_nobodys_is_not_found(space: Space, alice: User, clock: FrozenClock) -> None:
    for handle in ("charlie", "guest-", "guest-xyz", "guest-" + "f" * 17, "<b>"):
        with pytest.raises(NotFound):
            services.remove_person(space, alice, handle, clock.now())


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_else_removes_anybody(
    space: Space, room: Room, alice: User, clock: FrozenClock, who: str, request: pytest.FixtureRequest
) -> None:
    room.core.told.clear()
    for handle in ("alice", "bob", "guest-beef"):
        with pytest.raises(Forbidden):
            services.remove_person(space, request.getfixturevalue(who), handle, clock.now())
    assert room.core.told == []


def test_a_speaker_who_was_removed_has_no_seat_to_come_back_to(
    app: Flask, space: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    bring(space, alice, "bob")
    services.remove_person(space, alice, "bob", clock.now())
    assert [member.user.handle for member in space.stage] == ["alice"]
    with pytest.raises(Conflict):
        services.start_space(space, alice, clock.now())


@pytest.mark.parametrize("handle", ["guest--1", "guest-+5", "guest-0x5", "guest- 5", "guest-1_0", "guest-"])
def test_what_is_no_guests_handle_removes_nobody(
    space: Space, room: Room, alice: User, clock: FrozenClock, handle: str
) -> None:
    told = list(room.core.told)
    with pytest.raises(NotFound):
        services.remove_person(space, alice, handle, clock.now())
    assert room.core.told == told


def test_who_was_removed_is_told_so_where_it_is_recorded(
    recorded: Space, alice: User, bob: User, sign_in: Callable[[User], FlaskClient], clock: FrozenClock
) -> None:
    services.remove_person(recorded, alice, "bob", clock.now())
    answer = sign_in(bob).get(recorded.url)
    assert answer.status_code == 403
    assert "You were removed from this space." in answer.text
    assert "Stop recording" not in answer.text
