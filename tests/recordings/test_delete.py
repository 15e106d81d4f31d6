"""A recording that its host deletes is gone for everybody, in the same request."""

from collections.abc import Callable
from contextvars import Context
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.conftest import FrozenClock
from tests.recordings.conftest import copy_for
from webapp import storage
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound
from webapp.recordings import services, serving
from webapp.recordings.models import Recording
from webapp.spaces.models import Space

Browser = Callable[[User], FlaskClient]


def shown(page: str) -> str:
    """What a page says, without tokens that differ from one request to the next."""
    return page[page.index("<main") : page.index("</main>")]


@pytest.fixture
def delete(recording: Recording, alice: User, sign_in: Browser) -> Callable[[], int]:
    """Alice presses the button."""
    client = sign_in(alice)
    return lambda: client.post(f"/recordings/{recording.public_id}/delete").status_code


def test_host_deletes_it_and_is_told(recording: Recording, alice: User, sign_in: Browser) -> None:
    client = sign_in(alice)
    answer = client.post(f"/recordings/{recording.public_id}/delete")
    assert (answer.status_code, answer.location) == (303, "/recordings")
    page = client.get("/recordings").text
    assert "“Tea” is deleted." in page
    assert 'class="own"' not in page


def test_it_is_gone_for_everybody_at_once(
    recording: Recording,
    live: Space,
    alice: User,
    bob: User,
    client: FlaskClient,
    sign_in: Browser,
    delete: Callable[[], int],
) -> None:
    people = [client, sign_in(alice), sign_in(bob)]
    address = f"/recordings/{recording.public_id}"
    tag = client.get(f"{address}/audio").headers["ETag"]
    link = sign_in(alice).get(f"{address}/download/mix").location
    assert delete() == 303
    for person in people:
        assert person.get(f"{address}/audio", headers={"If-None-Match": tag}).status_code == 404
        assert person.get(f"{address}/audio", headers={"Range": "bytes=0-9"}).status_code == 404
        assert person.get(f"{address}/waveform.json").status_code == 404
        assert person.get(link).status_code == 404
        assert person.post(f"{address}/position", data={"position_ms": 1}).status_code == 404
        for path in ("/", "/spaces"):
            assert live.url not in person.get(path).text
        page = person.get(live.url).text
        assert "This recording is no longer available." in page
        assert recording.public_id not in page
    assert sign_in(alice).get(f"{address}/download/mix").status_code == 404


def test_second_press_changes_nothing(
    recording: Recording, clock: FrozenClock, delete: Callable[[], int]
) -> None:
    delete()
    first = recording.deleted_at
    clock.tick(seconds=1)
    assert delete() == 404
    assert recording.deleted_at == first == clock.tick(seconds=-1)


def test_of_two_who_delete_at_once_one_does(recording: Recording, clock: FrozenClock) -> None:
    with Session(db.engine) as other:
        other.get_one(Recording, recording.id).deleted_at = clock.now()
        other.commit()
    with pytest.raises(NotFound):
        services.delete_recording(recording, clock.tick(seconds=1))
    assert recording.deleted_at == clock.tick(seconds=-1)


def test_nothing_tells_deleted_from_over(
    recording: Recording,
    live: Space,
    client: FlaskClient,
    clock: FrozenClock,
    delete: Callable[[], int],
    sign_in: Browser,
    alice: User,
) -> None:
    address = f"/recordings/{recording.public_id}/audio"
    delete()
    deleted, audio = client.get(live.url), client.get(address)
    recording.deleted_at = None
    db.session.commit()
    clock.tick(days=30)
    over = client.get(live.url)
    assert shown(over.text) == shown(deleted.text)
    assert client.get(address).data == audio.data == client.get("/recordings/nothing/audio").data
    assert shown(sign_in(alice).get(live.url).text) == shown(sign_in(alice).get(live.url).text)


def test_vault_keeps_its_time(recording: Recording, delete: Callable[[], int]) -> None:
    until = copy_for(recording).until
    delete()
    assert (copy_for(recording).until, copy_for(recording).purged_at) == (until, None)
    assert copy_for(recording).heard_until == recording.deleted_at


def test_pages_are_not_kept_by_anybody_on_the_way(
    recording: Recording, live: Space, client: FlaskClient
) -> None:
    for path in (live.url, "/", "/spaces", f"/recordings/{recording.public_id}/waveform.json"):
        assert client.get(path).headers["Cache-Control"] == "private, no-cache"
    assert "private" not in client.get("/static/css/base.css").headers["Cache-Control"]


def streamed(app: Flask, path: str) -> tuple[str, object]:
    """A request whose answer is read piece by piece, as a slow listener does."""
    environ = EnvironBuilder(path).get_environ()
    pieces, status, _headers = Context().run(run_wsgi_app, app, environ, buffered=False)
    return status, iter(pieces)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "PIECE_BYTES", 1000)


@pytest.mark.parametrize("path", ["audio", "download"])
def test_stream_ends_when_it_is_deleted(
    app: Flask,
    recording: Recording,
    alice: User,
    clock: FrozenClock,
    sign_in: Browser,
    small_pieces: None,
    path: str,
) -> None:
    address = f"/recordings/{recording.public_id}/audio"
    if path == "download":
        address = sign_in(alice).get(f"/recordings/{recording.public_id}/download/mix").location
    status, pieces = streamed(app, address)
    assert status == "200 OK"
    assert len(next(pieces)) == 1000
    services.delete_recording(recording, clock.now())
    with pytest.raises(ConnectionResetError):
        next(pieces)


def test_stream_ends_when_its_time_is_over(
    app: Flask,
    recording: Recording,
    clock: FrozenClock,
    small_pieces: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "ASK_EACH_S", 0)
    clock.tick(days=30, microseconds=-1)
    _, pieces = streamed(app, f"/recordings/{recording.public_id}/audio")
    assert len(next(pieces)) == 1000
    clock.tick(microseconds=1)
    with pytest.raises(ConnectionResetError):
        next(pieces)


def test_stream_of_a_guest_ends_when_guests_may_not_listen(
    app: Flask, recording: Recording, small_pieces: None
) -> None:
    _, pieces = streamed(app, f"/recordings/{recording.public_id}/audio")
    assert len(next(pieces)) == 1000
    services.allow_guests(recording, False)
    with pytest.raises(ConnectionResetError):
        next(pieces)


def test_stream_ends_where_the_file_cannot_be_read(
    app: Flask,
    recording: Recording,
    files: Path,
    small_pieces: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, pieces = streamed(app, f"/recordings/{recording.public_id}/audio")
    assert len(next(pieces)) == 1000
    (files / "mix.opus").unlink()
    with pytest.raises(ConnectionResetError):
        next(pieces)
    assert "could not be read to its end" in caplog.text
