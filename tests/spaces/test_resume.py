"""The process dies; the next one opens what was live, as it was."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from mediacore import MediaCoreError
from mediacore import Role as CoreRole
from tests.conftest import FrozenClock
from tests.media.fake import FakeCore
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.media import media
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.presence import GUEST
from webapp.spaces.queries import membership
from webapp.spaces.stage import services as stage


@pytest.fixture
def restart(app: Flask) -> Callable[[], FakeCore]:
    """Starts the next process: another core, told of everything anew."""

    def start() -> FakeCore:
        core = FakeCore()
        media.start(core)
        return core

    return start


def test_seats_and_mutes_are_back(
    space: Space, room: Room, alice: User, bob: User, restart: Callable[[], FakeCore]
) -> None:
    bring(space, alice, "bob")
    stage.set_muted(space, bob, False)
    core = restart()
    assert core.told == [("open_room", space.id, 0)]
    assert core.members == {
        (space.id, alice.id): (CoreRole.HOST, 0, True, ""),
        (space.id, bob.id): (CoreRole.SPEAKER, 1, False, ""),
    }


def test_a_recording_goes_on_in_the_same_directory(
    recorded: Space, room: Room, alice: User, restart: Callable[[], FakeCore], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory: Path = room.core.told[1][2]
    ticks = {directory: 4321}
    monkeypatch.setattr(services, "recover", ticks.__getitem__)
    core = restart()
    assert core.told == [("open_room", recorded.id, 4321), ("record", recorded.id, directory)]
    assert core.members[recorded.id, alice.id][3] == f"track-{alice.id}.opus"


def test_who_was_removed_stays_out(
    space: Space, room: Room, alice: User, bob: User, clock: FrozenClock, restart: Callable[[], FakeCore]
) -> None:
    services.remove_person(space, alice, "bob", clock.now())
    services.remove_person(space, alice, "guest-beef", clock.now())
    kicks = [told for told in restart().told if told[0] == "kick"]
    assert kicks == [("kick", space.id, bob.id, 4001), ("kick", space.id, GUEST | 0xBEEF, 4001)]


def test_what_has_ended_stays_closed(
    space: Space, alice: User, clock: FrozenClock, restart: Callable[[], FakeCore]
) -> None:
    services.end_space(space, alice, clock.now())
    assert restart().told == []


def test_nobody_is_connected_any_more(
    space: Space, room: Room, bob: User, clock: FrozenClock, restart: Callable[[], FakeCore]
) -> None:
    clock.tick(minutes=5)
    restart()
    assert membership(space, bob).left_at == clock.now()


def test_one_space_that_cannot_be_opened_does_not_keep_the_others_shut(
    open_space: Callable[..., Space],
    restart: Callable[[], FakeCore],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, whole = open_space(record=True), open_space()

    def recover(_directory: Path) -> int:
        raise MediaCoreError(-22)

    monkeypatch.setattr(services, "recover", recover)
    assert restart().told == [("open_room", whole.id, 0)]
    assert f"Space {broken.id} could not be opened again" in caplog.text
