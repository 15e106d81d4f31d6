"""From the end of a space to its replay, also where something went wrong between."""

from collections.abc import Callable
from datetime import timedelta
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
from webapp.db import db
from webapp.media import media
from webapp.recordings import services as recordings
from webapp.recordings.models import Recording
from webapp.scheduler import scheduler
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.queries import ever_agreed
from webapp.sweeping import RowsFailed


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


def test_who_withdrew_keeps_the_track_and_the_turns_from_before(
    live: Space,
    files: Path,
    room: Room,
    publish: Callable[[], Recording],
    bob: User,
    client: FlaskClient,
    clock: FrozenClock,
) -> None:
    services.answer_consent(live, bob, "yes", clock.now())
    (files / f"track-{bob.id}.opus").write_bytes(b"Bob")
    services.answer_consent(live, bob, "no", clock.now())
    recording = publish()
    assert {track.user_id: track.size_bytes for track in recording.tracks}[bob.id] == 3
    turns = client.get(f"/recordings/{recording.public_id}/waveform.json").json["turns"]
    assert [turn["name"] for turn in turns] == ["Alice", "Bob"]


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


def test_one_that_was_stopped_early_is_heard_when_the_space_ends(
    live: Space, files: Path, room: Room, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    services.stop_recording(live, alice, clock.tick(minutes=20))
    room.core.say(EventKind.RECORD_CLOSED, live.id, value=DURATION_MS)
    room.turn()
    recording = recording_of(live)
    assert (recording.state, recording.duration_ms) == ("closed", DURATION_MS)
    assert client.get(f"/recordings/{recording.public_id}/audio").status_code == 404
    assert 'data-state="live"' in client.get(live.url).text
    room.take_texts()
    ended_at = clock.tick(minutes=20)
    services.end_space(live, alice, ended_at)
    recording = recording_of(live)
    assert (recording.state, recording.size_bytes) == ("ready", len(MIX))
    assert [track.user_id for track in recording.tracks] == [alice.id]
    assert recording.host_until == ended_at + timedelta(days=30)
    assert client.get(f"/recordings/{recording.public_id}/audio").status_code == 200
    room.turn()
    assert all('data-state="replay"' in html for html in room.take_texts())
    assert room.core.told[-1] == ("close_room", live.id, 1000)


def test_a_space_that_ends_before_the_stopped_files_are_whole_waits_for_them(
    live: Space, files: Path, room: Room, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    services.stop_recording(live, alice, clock.now())
    services.end_space(live, alice, clock.tick(seconds=1))
    assert "Its recording will be here in a moment" in client.get(live.url).text
    room.core.say(EventKind.RECORD_CLOSED, live.id, value=DURATION_MS)
    room.turn()
    assert recording_of(live).state == "ready"
    assert room.core.told[-1] == ("close_room", live.id, 1000)


def test_a_space_that_ends_while_its_stopped_files_become_whole_is_heard(
    live: Space, files: Path, room: Room, alice: User, clock: FrozenClock
) -> None:
    services.stop_recording(live, alice, clock.now())
    recording = recording_of(live)
    assert recording.space.ended_at is None
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE spaces SET state = 'ended', ended_at = '2026-01-05 18:01:00.000000'")
    recordings.publish(recording, DURATION_MS)
    assert recording_of(live).state == "ready"


def test_who_ends_a_space_waits_for_who_closes_its_recording(
    live: Space, alice: User, clock: FrozenClock, queries_of_postgresql: list[str]
) -> None:
    """Else each might miss what the other writes, and nobody would ever hear it."""
    services.end_space(live, alice, clock.tick(minutes=40))
    assert any(asked.endswith("FOR UPDATE OF recordings") for asked in queries_of_postgresql)


def test_voices_are_asked_for_once_by_their_numbers(
    recording: Recording, alice: User, queries_of_postgresql: list[str]
) -> None:
    """PostgreSQL cannot tell whether two accounts are the same, for their JSON."""
    assert ever_agreed(recording.space_id) == [alice]
    assert ", users.email" in queries_of_postgresql[-1]
    assert not queries_of_postgresql[-1].startswith("SELECT DISTINCT")


def test_a_word_that_was_lost_after_a_stop_is_made_good_by_the_next_process(
    live: Space, files: Path, alice: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.stop_recording(live, alice, clock.now())
    clock.tick(seconds=3)
    monkeypatch.setattr(recordings, "recover", {files: 400}.__getitem__)
    media.start(FakeCore())
    assert (recording_of(live).state, recording_of(live).duration_ms) == ("closed", 8000)
    services.end_space(live, alice, clock.tick(minutes=1))
    assert recording_of(live).state == "ready"


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
) -> None:
    def recover(_directory: Path) -> int:
        raise MediaCoreError(-22)

    services.end_space(live, alice, clock.now())
    monkeypatch.setattr(recordings, "recover", recover)
    with pytest.raises(RowsFailed, match="not what it should be"):
        recordings.publish_unfinished(clock.tick(minutes=2))
    assert recording_of(live).state == "recording"


def test_a_full_disk_is_told_while_it_lasts_and_afterwards(
    live: Space, room: Room, publish: Callable[[], Recording], client: FlaskClient
) -> None:
    room.turn()
    room.take_texts()
    room.core.say(EventKind.RECORD_INTERRUPTED, live.id)
    room.turn()
    announced, *told = room.take_texts()
    assert 'id="announce"' in announced
    assert "The recording has stopped for now. The conversation goes on." in announced
    assert len(told) == 3
    assert all("The recording has stopped for now" in html for html in told)
    assert "The recording has stopped for now" in client.get(live.url).text
    room.core.say(EventKind.RECORD_RESUMED, live.id, value=2500)
    room.turn()
    announced, *told = room.take_texts()
    assert "This space is being recorded again." in announced
    assert len(told) == 3
    assert all("This space is being recorded" in html for html in told)
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
