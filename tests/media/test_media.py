"""The way to the core: who is told of what, and what happens where no core runs."""

from collections.abc import Iterator

import pytest
from flask import Flask, current_app

from mediacore import EventKind
from tests.media.fake import FakeCore
from webapp.config import Settings
from webapp.media import Media


@pytest.fixture
def core() -> FakeCore:
    return FakeCore()


@pytest.fixture
def times() -> list[float]:
    """What the monotonic clock says, the last of it."""
    return [100.0]


@pytest.fixture
def way(settings: Settings, times: list[float]) -> Iterator[Media]:
    """A way to a core that no feature uses."""
    app = Flask("empty")
    app.extensions["settings"] = settings
    media = Media(app, monotonic=lambda: times[-1])
    yield media
    media.stop()


def test_without_a_core_commands_are_taken_and_do_nothing(way: Media) -> None:
    assert way.core.open_room(1) is None
    assert way.core.send_text(1, "<p>") is None
    assert not way.running
    assert not way.alive()


def test_what_is_to_be_done_at_the_start_is_done_once_the_core_runs(way: Media, core: FakeCore) -> None:
    way.at_start(lambda: way.core.open_room(7))
    way.start(core)
    assert core.told == [("open_room", 7, 0)]


def test_who_asked_is_told_inside_the_application(way: Media, core: FakeCore) -> None:
    heard: list[tuple[str, int]] = []
    way.on(EventKind.OPENED, lambda event: heard.append((current_app.name, event.person)))
    way.start(core)
    core.say(EventKind.CLOSED, 1, person=3)
    core.say(EventKind.OPENED, 1, person=4)
    assert (way.turn(), way.turn(), way.turn()) == (True, True, False)
    assert heard == [("empty", 4)]


def test_one_who_fails_is_written_down_and_the_others_are_told(
    way: Media, core: FakeCore, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[float] = []
    way.on(EventKind.OPENED, lambda _event: 1 / 0)
    way.each_turn(lambda _now_s: {}["missing"])
    way.each_turn(heard.append)
    way.start(core)
    core.say(EventKind.OPENED, 1)
    way.turn()
    assert heard == [100.0]
    assert caplog.text.count("Traceback") == 2


def test_it_is_alive_while_it_turns(way: Media, core: FakeCore, times: list[float]) -> None:
    way.start(core)
    way.turn()
    assert way.alive()
    times.append(106.0)
    assert not way.alive()
    way.turn()
    assert way.alive()
    core.close()
    assert not way.alive()


def test_after_the_end_commands_do_nothing(way: Media, core: FakeCore) -> None:
    way.start(core)
    way.stop()
    way.stop()
    way.core.open_room(1)
    assert core.closed
    assert core.told == []


def test_a_real_core_starts_from_the_settings_and_is_heard(way: Media) -> None:
    way.start()
    way.listen()
    assert way.alive()
    way.core.open_room(1)
    assert way.core.counters()["conns"] == 0
    way.stop()
    assert not way.alive()
