"""The audio of a recording over HTTP: whole, in ranges, and only as long as it may be heard."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import FrozenClock
from tests.recordings.conftest import MIX, recording_of
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Unavailable
from webapp.recordings import queries
from webapp.recordings.models import Recording
from webapp.spaces.models import Space
from webapp.storage import Files
from webapp.vault.queries import copy_of


def get(client: FlaskClient, recording: Recording, method: str = "GET", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(f"/recordings/{recording.public_id}/audio", method=method, headers=named)


def test_the_whole_is_a_file_that_can_be_asked_for_in_ranges(
    client: FlaskClient, recording: Recording
) -> None:
    answer = get(client, recording)
    assert (answer.status_code, answer.data) == (200, MIX)
    assert answer.headers["Content-Type"] == "audio/ogg; codecs=opus"
    assert answer.headers["Content-Length"] == str(len(MIX))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["ETag"].startswith('"')


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-299", 100, 299),
        ("bytes=4000-", 4000, 4095),
        ("bytes=-96", 4000, 4095),
    ],
)
def test_a_range_is_that_part(
    client: FlaskClient, recording: Recording, asked: str, first: int, last: int
) -> None:
    answer = get(client, recording, Range=asked)
    assert (answer.status_code, answer.data) == (206, MIX[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/4096"
    assert answer.headers["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize("asked", ["bytes=4096-", "bytes=9999-10000", "bytes=-0"])
def test_a_range_behind_the_end_is_416(client: FlaskClient, recording: Recording, asked: str) -> None:
    answer = get(client, recording, Range=asked)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */4096"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "chapters=1-2", "bytes=5-1"])
def test_a_range_that_is_not_understood_is_the_whole(
    client: FlaskClient, recording: Recording, asked: str
) -> None:
    answer = get(client, recording, Range=asked)
    assert (answer.status_code, answer.data) == (200, MIX)


def test_head_tells_the_same_without_a_body(client: FlaskClient, recording: Recording) -> None:
    whole, part = get(client, recording, "HEAD"), get(client, recording, "HEAD", Range="bytes=0-9")
    assert (whole.status_code, whole.data, whole.headers["Content-Length"]) == (200, b"", "4096")
    assert (part.status_code, part.data, part.headers["Content-Length"]) == (206, b"", "10")


def test_what_one_has_already_is_not_sent_again(client: FlaskClient, recording: Recording) -> None:
    tag = get(client, recording).headers["ETag"]
    for headers in ({"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}', "Range": "bytes=0-9"}):
        answer = get(client, recording, **headers)
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
    assert get(client, recording, If_None_Match='"x"').status_code == 200


def test_a_range_of_another_version_is_the_whole(client: FlaskClient, recording: Recording) -> None:
    tag = get(client, recording).headers["ETag"]
    assert get(client, recording, Range="bytes=0-9", If_Range=tag).status_code == 206
    for other in ('"x"', f"W/{tag}", "Mon, 05 Jan 2026 18:00:00 GMT"):
        assert get(client, recording, Range="bytes=0-9", If_Range=other).status_code == 200


def test_a_live_space_is_not_served(client: FlaskClient, live: Space, files: Path) -> None:
    assert get(client, recording_of(live)).status_code == 404
    assert client.get(f"/recordings/{recording_of(live).public_id}/waveform.json").status_code == 404


def test_after_thirty_days_nobody_hears_it(
    client: FlaskClient, recording: Recording, live: Space, clock: FrozenClock
) -> None:
    clock.tick(days=30, microseconds=-1)
    assert get(client, recording).status_code == 200
    clock.tick(microseconds=1)
    assert get(client, recording).status_code == 404
    assert get(client, recording, Range="bytes=0-9").status_code == 404
    assert "no longer available" in client.get(live.url).text
    assert "/audio" not in client.get(live.url).text


def test_what_was_deleted_is_gone_at_once(
    client: FlaskClient, recording: Recording, live: Space, clock: FrozenClock
) -> None:
    tag = get(client, recording).headers["ETag"]
    recording.deleted_at = clock.now()
    db.session.commit()
    assert get(client, recording, If_None_Match=tag).status_code == 404
    assert client.get(f"/recordings/{recording.public_id}/waveform.json").status_code == 404
    assert "no longer available" in client.get(live.url).text
    assert live.url not in client.get("/spaces").text


def test_files_are_not_served_by_path(client: FlaskClient, recording: Recording) -> None:
    for path in ("mix.opus", "../parley.sqlite3", "turns.ndjson"):
        assert client.get(f"/recordings/{recording.public_id}/{path}").status_code == 404


def test_the_clocks_run_from_the_end(recording: Recording) -> None:
    assert recording.host_until - recording.ended_at == timedelta(days=30)
    copy = copy_of(recording.public_id)
    assert copy is not None
    assert copy.until - recording.ended_at == timedelta(days=120)


def test_the_waveform_has_heights_and_hues(client: FlaskClient, recording: Recording, live: Space) -> None:
    drawn = client.get(f"/recordings/{recording.public_id}/waveform.json").json
    assert drawn["duration_ms"] == 8000
    assert drawn["bars"] == [[50, live.host.hue]] * 40 + [[100, None]] * 40


def test_pages_are_there_while_the_store_is_not(
    recording: Recording, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_answer(_files: Files, _key: str) -> bytes:
        raise Unavailable("The store does not answer at the moment.")

    queries._picture.cache_clear()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Files, "read", no_answer)
        pages = [client.get(path) for path in ("/", "/spaces", recording.space.url)]
        assert [page.status_code for page in pages] == [200, 200, 200]
        assert not any('<rect class="hue' in page.text for page in pages)
    assert queries.replay_view(recording, recording.ended_at).bars


def test_a_file_that_was_lost_is_not_available(
    recording: Recording,
    files: Path,
    client: FlaskClient,
    alice: User,
    sign_in: Callable[[User], FlaskClient],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (files / "mix.opus").unlink()
    link = sign_in(alice).get(f"/recordings/{recording.public_id}/download/mix").location
    for answer in (get(client, recording), client.get(link)):
        assert answer.status_code == 404
        assert "is not, or no longer, available" in answer.text
    assert f"{recording.public_id} misses a file" in caplog.text
