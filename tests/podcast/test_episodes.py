"""The files of a podcast: made once, whatever dies; sent in ranges; gone with their recordings."""

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.podcast.conftest import SOUND, a_tone
from tests.recordings.test_library import made
from tests.sharing.conftest import Spaces
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Unavailable
from webapp.podcast import encoding, services
from webapp.podcast.encoding import encode, gain_for
from webapp.podcast.models import Episode, Podcast
from webapp.podcast.queries import ATTEMPTS
from webapp.recordings import files, keeping
from webapp.recordings import services as recordings
from webapp.recordings.disk import directory
from webapp.recordings.models import Recording
from webapp.storage import storage
from webapp.sweeping import RowsFailed

Sweep = Callable[[], int]
ROOT = Path(__file__).parents[2]
PLACES = sorted(
    re.findall(r'\breach\("(podcast: [^"]+)"\)', (ROOT / "webapp/podcast/services.py").read_text())
)


def the_files(recording: Recording) -> list[str]:
    return [path.name for path in directory(recording).iterdir()]


def episodes() -> list[Episode]:
    return list(db.session.scalars(select(Episode)))


def url(recording: Recording) -> str:
    return f"/podcast/{recording.public_id}.m4a"


# Sound


@pytest.mark.parametrize("level", [0.02, 0.3])
def test_sound_comes_out_as_loud_as_podcasts_are(level: float, tmp_path: Path) -> None:
    source, target, again = (tmp_path / name for name in ("a.opus", "a.m4a", "b.m4a"))
    source.write_bytes(a_tone(4, level))
    encode(str(source), str(target))
    encode(str(source), str(again))
    assert target.read_bytes() == again.read_bytes()
    with av.open(str(target)) as file:
        sound = file.streams.audio[0]
        assert (sound.codec_context.name, sound.rate, sound.layout.name) == ("aac", 48_000, "mono")
        assert file.duration / av.time_base == pytest.approx(4, abs=0.1)
    assert abs(encoding._gain_db(str(target))) < 1.0
    assert b"moov" in target.read_bytes()[:4096]


def test_silence_stays_silence_and_peaks_are_kept_to() -> None:
    assert gain_for(float("-inf"), float("-inf")) == 0
    assert gain_for(-70, -60) == 0
    assert gain_for(-30, -20) == 14
    assert gain_for(-30, -2) == 0.5
    assert gain_for(-10, 0) == -6


def test_sweep_makes_a_real_file(
    podcast: None, spaces: Spaces, alice: User, clock: FrozenClock, sweep: Sweep, client: FlaskClient
) -> None:
    recording = made(alice, "Tea", clock)
    (directory(recording) / files.MIX).write_bytes(sound := a_tone(2, 0.2))
    recording.size_bytes = len(sound)
    db.session.commit()
    assert sweep() == 1
    with av.open(io.BytesIO(client.get(url(recording)).data)) as file:
        assert file.duration / av.time_base == pytest.approx(2, abs=0.1)


def test_what_cannot_be_decoded_is_tried_a_few_times_and_hurts_no_other(
    podcast: None, spaces: Spaces, alice: User, clock: FrozenClock, sweep: Sweep
) -> None:
    broken = made(alice, "Tea", clock)
    for _ in range(ATTEMPTS):
        with pytest.raises(RowsFailed):
            sweep()
    assert sweep() == 0
    assert [(each.recording_id, each.made_at) for each in episodes()] == [(broken.id, None)]


# Sending


def test_file_is_sent_whole_and_in_ranges_and_stays_the_same(
    episode: Recording, client: FlaskClient, sweep: Sweep
) -> None:
    whole = client.get(url(episode))
    assert whole.data == episode.public_id.encode() + SOUND
    assert whole.content_type == "audio/mp4"
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert "Set-Cookie" not in whole.headers
    part = client.get(url(episode), headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.data) == (206, whole.data[5:10])
    assert part.headers["Content-Range"] == f"bytes 5-9/{len(whole.data)}"
    rest = client.get(url(episode), headers={"Range": "bytes=5-"})
    assert rest.data == whole.data[5:]
    assert client.head(url(episode)).content_length == len(whole.data)
    etag = {"If-None-Match": whole.headers["ETag"]}
    assert client.get(url(episode), headers=etag).status_code == 304
    sweep()
    assert client.get(url(episode), headers=etag).status_code == 304


def test_file_that_is_gone_is_made_again(episode: Recording, client: FlaskClient, sweep: Sweep) -> None:
    etag = client.get(url(episode)).headers["ETag"]
    path = directory(episode) / services.NAME
    for _time in range(ATTEMPTS - 1):
        path.unlink()
        assert client.get(url(episode)).status_code == 404
        assert "<item>" not in client.get("/@alice/podcast.xml").text
        assert sweep() == 1
        assert client.get(url(episode)).headers["ETag"] == etag
    path.unlink()
    assert client.get(url(episode)).status_code == 404
    assert sweep() == 0


def test_file_stays_made_while_its_store_does_not_answer(
    episode: Recording, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable("The store does not answer.")

    monkeypatch.setattr(files, "stat", fail)
    assert client.get(url(episode)).status_code == 503
    assert [each.made_at is not None for each in episodes()] == [True]


def test_what_is_no_episode_is_not_found(quick: None, spaces: Spaces, client: FlaskClient) -> None:
    recording = made(spaces.alice, "Tea", spaces.clock)
    for path in (url(recording), "/podcast/nothing.m4a"):
        assert client.get(path).status_code == 404


def test_stream_that_is_under_way_ends_with_a_deletion(
    episode: Recording, client: FlaskClient, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def note(allowed: Callable[[], bool]) -> Callable[[], bool]:
        asked.append(allowed)
        return lambda: True

    monkeypatch.setattr("webapp.podcast.views.asked_anew", note)
    assert client.get(url(episode)).status_code == 200
    assert asked[0]()
    recordings.delete_recording(episode, clock.now())
    assert not asked[0]()


# Keeping


def test_file_is_made_once_and_only_of_what_is_sealed(
    podcast: None, quick: None, spaces: Spaces, alice: User, clock: FrozenClock, sweep: Sweep
) -> None:
    recording = made(alice, "Tea", clock)
    assert services.make_episodes(clock.now()) == 0
    assert sweep() == 1
    assert services.NAME in the_files(recording)
    assert sweep() == 0
    assert episodes()[0].attempts == 1


def test_file_goes_with_its_recording(episode: Recording, clock: FrozenClock) -> None:
    recordings.delete_recording(episode, clock.now())
    keeping.erase_gone(clock.now())
    assert the_files(episode) == []
    services.make_episodes(clock.now())
    assert episodes() == []


@pytest.mark.parametrize("how", ["withdrawn", "deleted", "expired"])
def test_sweep_removes_what_nobody_may_hear(
    how: str, episode: Recording, alice: User, clock: FrozenClock
) -> None:
    if how == "withdrawn":
        services.withdraw(alice)
    elif how == "deleted":
        recordings.delete_recording(episode, clock.now())
    else:
        clock.tick(days=30)
    assert services.make_episodes(clock.now()) == 1
    assert services.NAME not in the_files(episode)
    assert files.MIX in the_files(episode)
    assert episodes() == []


def test_what_is_deleted_while_its_file_is_made_leaves_none(
    podcast: None,
    spaces: Spaces,
    alice: User,
    clock: FrozenClock,
    sweep: Sweep,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recording = made(alice, "Tea", clock)

    def encoded(_: Recording, where: Path) -> Path:
        recordings.delete_recording(recording, clock.now())
        keeping.erase_gone(clock.now())
        (where / services.NAME).write_bytes(SOUND)
        return where / services.NAME

    monkeypatch.setattr(services, "_encoded", encoded)
    assert sweep() == 0
    assert storage().disk.keys_in(recording.public_id) == []
    assert episodes() == []


def test_account_that_goes_takes_its_podcast_along(
    episode: Recording, alice: User, clock: FrozenClock
) -> None:
    accounts.delete_account(alice, clock.now())
    assert db.session.scalars(select(Podcast)).all() == []


@pytest.mark.parametrize("place", PLACES)
def test_killed_here_the_next_run_does_the_rest(
    place: str,
    podcast: None,
    spaces: Spaces,
    settings: Any,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.conftest.FrozenClock.now", lambda _clock: datetime.now(UTC))
    recording = made(spaces.alice, "Tea", clock)
    (directory(recording) / files.MIX).write_bytes(sound := a_tone(1, 0.2))
    recording.size_bytes = len(sound)
    db.session.commit()
    keeping.seal_waiting(clock.now())
    removes = place == "podcast: file removed"
    if removes:
        services.make_episodes(clock.now())
        services.withdraw(spaces.alice)
    public_id = recording.public_id
    db.session.remove()
    environment = {**os.environ, "PARLEY_DATA_DIR": str(settings.data_dir), "PARLEY_TEST_DIE_AT": place}
    command = [sys.executable, "-m", "flask", "jobs", "run", "podcast"]
    died = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    services.make_episodes(clock.now())
    there = services.NAME in [path.name for path in (settings.recordings_dir / public_id).iterdir()]
    assert there is not removes
    assert [each.made_at is not None for each in episodes()] == ([] if removes else [True])
