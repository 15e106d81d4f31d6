"""Opening a space, going live, ending it: by its host, and by those who may not."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from mediacore import Role as CoreRole
from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, Invalid
from webapp.recordings.models import Recording
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.queries import membership
from webapp.vault.models import Copy


def test_a_new_space_is_not_live_and_its_host_has_the_first_seat(
    room: Room, alice: User, clock: FrozenClock
) -> None:
    space = services.create_space(alice, " Tea ", "tea", True, clock.now())
    host = membership(space, alice)
    assert (space.title, space.state, host.role, host.seat, host.muted) == (
        "Tea",
        "scheduled",
        "host",
        0,
        True,
    )
    assert len(space.public_id) == 22
    assert room.core.told == []


def test_who_records_agrees_to_be_recorded(alice: User, clock: FrozenClock) -> None:
    recorded = services.create_space(alice, "Tea", "", True, clock.now())
    unrecorded = services.create_space(alice, "Tea", "", False, clock.now())
    assert membership(recorded, alice).consent == "yes"
    assert membership(recorded, alice).consent_wording == services.HOST_WORDING
    assert membership(unrecorded, alice).consent is None


@pytest.mark.parametrize(("title", "topics"), [("", ""), ("x" * 71, ""), ("Tea", "a,b,c,d")])
def test_a_space_that_cannot_be_is_not_opened(
    alice: User, clock: FrozenClock, title: str, topics: str
) -> None:
    with pytest.raises(Invalid):
        services.create_space(alice, title, topics, False, clock.now())
    assert db.session.scalar(select(Space)) is None


def test_host_starts_and_the_room_opens(room: Room, alice: User, clock: FrozenClock) -> None:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    services.start_space(space, alice, clock.now())
    assert (space.state, space.started_at) == ("live", clock.now())
    assert room.core.told == [("open_room", space.id, 0)]
    assert room.core.members == {(space.id, alice.id): (CoreRole.HOST, 0, True, "")}


def test_a_recorded_space_is_recorded_from_the_start(room: Room, alice: User, clock: FrozenClock) -> None:
    space = services.create_space(alice, "Tea", "", True, clock.now())
    services.start_space(space, alice, clock.now())
    recording = db.session.scalar(select(Recording).where(Recording.space_id == space.id))
    [_, (command, number, directory)] = room.core.told
    assert (command, number, directory.name) == ("record", space.id, recording.public_id)
    assert directory.is_dir()
    assert room.core.members[space.id, alice.id][3] == f"track-{alice.id}.opus"


def test_outsider_cannot_start_it(room: Room, alice: User, charlie: User, clock: FrozenClock) -> None:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    with pytest.raises(Forbidden, match="Only the host can start"):
        services.start_space(space, charlie, clock.now())
    assert room.core.told == []


def test_a_space_starts_once(space: Space, room: Room, alice: User, clock: FrozenClock) -> None:
    room.core.told.clear()
    with pytest.raises(Conflict, match="live already"):
        services.start_space(space, alice, clock.now())
    assert room.core.told == []


def test_of_two_who_start_at_once_one_does(room: Room, alice: User, clock: FrozenClock) -> None:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    assert space.state == "scheduled"
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE spaces SET state = 'live'")
    with pytest.raises(Conflict):
        services.start_space(space, alice, clock.now())
    assert room.core.told == []


def test_host_ends_it_and_everybody_is_told_before_the_room_closes(
    space: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    services.end_space(space, alice, clock.tick(minutes=40))
    assert (space.state, space.ended_at, space.ended_reason) == ("ended", clock.now(), "host")
    room.core.told.clear()
    room.turn()
    assert all('data-state="ended"' in html for html in room.take_texts())
    assert room.core.told == [("close_room", space.id, 1000)]


def test_the_end_of_a_recorded_space_starts_its_clocks(
    recorded: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    ended_at = clock.tick(hours=1)
    room.core.told.clear()
    services.end_space(recorded, alice, ended_at)
    room.turn()
    assert room.core.told == [("stop_recording", recorded.id)]
    assert room.take_texts() == []
    recording = db.session.scalar(select(Recording))
    assert recording.ended_at == ended_at
    assert recording.host_until == ended_at + timedelta(days=30)
    copy = db.session.scalar(select(Copy).where(Copy.ref == recording.public_id))
    assert copy.until == ended_at + timedelta(days=120)


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_else_ends_it(
    space: Space, room: Room, clock: FrozenClock, who: str, request: pytest.FixtureRequest
) -> None:
    room.core.told.clear()
    with pytest.raises(Forbidden, match="Only the host can end"):
        services.end_space(space, request.getfixturevalue(who), clock.now())
    assert space.state == "live"
    assert room.core.told == []


def test_what_has_ended_does_not_start_or_end_again(space: Space, alice: User, clock: FrozenClock) -> None:
    services.end_space(space, alice, clock.now())
    for again in (services.start_space, services.end_space):
        with pytest.raises(Conflict, match="has ended"):
            again(space, alice, clock.now())
