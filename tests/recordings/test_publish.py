"""From the end of a space to its replay, also where something went wrong between."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mediacore import EventKind, MediaCoreError
from tests.conftest import FrozenClock
from tests.media.fake import FakeCore
from tests.recordings.conftest import DURATION_MS, MIX, recording_of
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.media import media
from webapp.recordings import services as recordings
from webapp.recordings.models import Recording
from webapp.scheduler import scheduler
from webapp.spaces import services
from webapp.spaces.models import Space


def test_everybody_is_shown_the_replay_and_then_the_room_closes(
    live: Space, room: Room, publish: Callable[[], Recording]
) -> None:
    room.take_texts()
    room.core.told.clear()
    recording = publish()
    assert (recording.state, recording.duration_ms, recording.size_bytes) == ("ready", DURATION_MS, len(MIX))
    assert all('data-state="replay"' in html for html in room.take_texts())
    assert room.core.told == [("stop_recording", live.id), ("close_room", live.id, 1000)]


def test_the_page_says_that_it_is_being_prepared_until_it_is_there(
    live: Space, files: Path, room: Room, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    services.end_space(live, alice, clock.now())
    assert "Its recording will be here in a moment" in client.get(live.url).text
    room.core.say(EventKind.RECORD_CLOSED, live.id, value=DURATION_MS)
    room.turn()
    assert f"/recordings/{recording_of(live).public_id}/audio" in client.get(live.url).text


def test_only_who_agreed_has_a_track_and_is_named(
    recording: Recording, live: Space, alice: User, client: FlaskClient
) -> None:
    assert [(track.user_id, track.filename, track.size_bytes) for track in recording.tracks] == [
        (alice.id, f"track-{alice.id}.opus", 5)
    ]
    turns = client.get(f"/recordings/{recording.public_id}/waveform.json").json["turns"]
    assert turns == [
        {"person": str(alice.id), "name": "Alice", "hue": alice.hue, "start_ms": 0, "end_ms": 4000}
    ]
    page = client.get(live.url).text
    assert "Alice" in page
    assert "Bob" not in page


def test_the_recorder_says_it_twice_and_nothing_changes(
    recording: Recording, live: Space, room: Room
) -> None:
    room.core.say(EventKind.RECORD_CLOSED, live.id, value=1)
    room.turn()
    assert recording_of(live).duration_ms == DURATION_MS
    assert len(recording_of(live).tracks) == 1


def test_a_recording_that_stops_while_the_space_is_live_is_not_published(
    live: Space, files: Path, room: Room
) -> None:
    room.core.say(EventKind.RECORD_CLOSED, live.id, value=1000)
    room.turn()
    assert recording_of(live).state == "recording"


def test_what_ended_while_the_process_died_is_published_at_the_next_start(
    live: Space, files: Path, alice: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.end_space(live, alice, clock.now())
    clock.tick(seconds=3)
    monkeypatch.setattr(recordings, "recover", {files: 400}.__getitem__)
    media.start(FakeCore())
    assert (recording_of(live).state, recording_of(live).duration_ms) == ("ready", 8000)


def test_a_word_that_was_lost_is_not_waited_for_for_ever(
    live: Space,
    files: Path,
    room: Room,
    alice: User,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services.end_space(live, alice, clock.now())
    room.turn()
    room.take_texts()
    monkeypatch.setattr(recordings, "recover", lambda _directory: 400)
    clock.tick(seconds=30)
    scheduler().run("publish")
    assert recording_of(live).state == "recording"
    clock.tick(seconds=31)
    scheduler().run("publish")
    room.turn()
    assert recording_of(live).state == "ready"
    assert room.core.told[-1] == ("close_room", live.id, 1000)


def test_one_that_cannot_be_recovered_does_not_hold_up_the_others(
    live: Space,
    files: Path,
    alice: User,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def recover(_directory: Path) -> int:
        raise MediaCoreError(-22)

    services.end_space(live, alice, clock.now())
    monkeypatch.setattr(recordings, "recover", recover)
    recordings.publish_unfinished(clock.tick(minutes=2))
    assert recording_of(live).state == "recording"
    assert "could not be published" in caplog.text


def test_a_full_disk_is_told_while_it_lasts_and_afterwards(
    live: Space, room: Room, publish: Callable[[], Recording], client: FlaskClient
) -> None:
    room.turn()
    room.take_texts()
    room.core.say(EventKind.RECORD_INTERRUPTED, live.id)
    room.turn()
    assert all("The recording has stopped for now" in html for html in room.take_texts())
    assert "The recording has stopped for now" in client.get(live.url).text
    room.core.say(EventKind.RECORD_RESUMED, live.id, value=2500)
    room.turn()
    assert all("This space is being recorded" in html for html in room.take_texts())
    recording = publish()
    assert (recording.interrupted, recording.lost_ms) == (True, 2500)
    assert "The recording was interrupted" in client.get(live.url).text


def test_a_disk_that_was_full_all_along_leaves_nothing_to_hear(
    live: Space, room: Room, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    services.end_space(live, alice, clock.now())
    room.core.say(EventKind.RECORD_CLOSED, live.id, value=0)
    room.turn()
    assert "no audio was kept" in client.get(live.url).text
    assert client.get(f"/recordings/{recording_of(live).public_id}/audio").status_code == 404


def test_the_lists_show_what_can_be_heard(
    app: Flask, recording: Recording, live: Space, client: FlaskClient, clock: FrozenClock
) -> None:
    assert live.url in client.get("/spaces").text
    clock.tick(days=31)
    assert live.url not in client.get("/spaces").text
