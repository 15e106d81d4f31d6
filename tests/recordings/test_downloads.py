"""Files for their host to take home."""

import logging
from array import array
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.recordings.conftest import MIX, recording_of
from webapp.accounts.models import User
from webapp.bot import audio, ogg
from webapp.db import db
from webapp.recordings import files, services
from webapp.recordings.models import Recording
from webapp.spaces.models import Membership, Space
from webapp.spaces.states import Role

Browser = Callable[[User], FlaskClient]
SOUND = b"".join(ogg.mux(list(audio.encode(array("h", [0, 8000, 0, -8000] * 24_000)))))


@pytest.fixture
def heard(recording: Recording, files: Path, alice: User) -> Recording:
    """A recording whose files are sound."""
    for name in ("mix.opus", f"track-{alice.id}.opus"):
        (files / name).write_bytes(SOUND)
    return recording


@pytest.fixture
def link(recording: Recording, alice: User, sign_in: Browser) -> Callable[..., str]:
    """Where Alice is sent who wants a file."""

    def ask(name: str = "mix") -> str:
        answer = sign_in(alice).get(f"/recordings/{recording.public_id}/download/{name}")
        assert answer.status_code == 303
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.location

    return ask


def test_link_needs_no_cookie(heard: Recording, client: FlaskClient, link: Callable[..., str]) -> None:
    answer = client.get(link())
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "audio/ogg; codecs=opus"
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert ogg.demux(answer.data) == ogg.demux(SOUND)


def test_mix_is_tagged_with_what_it_is(
    heard: Recording, live: Space, client: FlaskClient, link: Callable[..., str]
) -> None:
    answer = client.get(link())
    for tag in (
        "TITLE=Tea",
        "ARTIST=Alice",
        "DATE=2026-01-05",
        "ALBUM=Parley",
        "ORGANIZATION=localhost",
        f"DESCRIPTION=http://localhost{live.url}",
    ):
        assert tag.encode() in answer.data[:1000]
    kind, name = answer.headers["Content-Disposition"].split("; filename*=UTF-8''")
    assert kind == 'attachment; filename="recording.opus"'
    assert unquote(name) == "Tea, 5 January 2026 – mix.opus"


def test_track_bears_its_speakers_name(
    heard: Recording, client: FlaskClient, link: Callable[..., str]
) -> None:
    answer = client.get(link(str(heard.tracks[0].id)))
    assert "TITLE=Tea – Alice".encode() in answer.data[:1000]
    assert "Tea, 5 January 2026 – Alice.opus" in unquote(answer.headers["Content-Disposition"])


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Tea/cake: a\\b?", "Tea-cake- a-b-, 5 January 2026 – mix.opus"),
        ("../../etc/passwd", "-..-etc-passwd, 5 January 2026 – mix.opus"),
        ('"; filename=evil.exe', "-; filename=evil.exe, 5 January 2026 – mix.opus"),
        ("Чай", "Чай, 5 January 2026 – mix.opus"),
    ],
)
def test_name_is_a_name_everywhere(
    heard: Recording, client: FlaskClient, link: Callable[..., str], title: str, name: str
) -> None:
    services.rename_recording(heard, title)
    header = client.get(link()).headers["Content-Disposition"]
    assert header.count('"') == 2
    assert unquote(header.split("UTF-8''")[1]) == name


@pytest.mark.parametrize("asked", [(0, 0), (0, 400), (10, 30), (100, 5000), (4000, None)])
def test_ranges_are_of_the_tagged_file(
    heard: Recording, client: FlaskClient, link: Callable[..., str], asked: tuple[int, int | None]
) -> None:
    address = link()
    whole = client.get(address)
    start, last = asked
    headers = {"Range": f"bytes={start}-{'' if last is None else last}", "If-Range": whole.headers["ETag"]}
    part = client.get(address, headers=headers)
    end = len(whole.data) if last is None else last + 1
    assert (part.status_code, part.data) == (206, whole.data[start:end])
    assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(whole.data)}"


def test_another_title_is_another_version(
    heard: Recording, client: FlaskClient, link: Callable[..., str]
) -> None:
    address = link()
    tag = client.get(address).headers["ETag"]
    services.rename_recording(heard, "Cake")
    assert client.get(address, headers={"Range": "bytes=0-9", "If-Range": tag}).status_code == 200


def test_rest_is_sent_whole_to_who_goes_on(
    heard: Recording, files: Path, client: FlaskClient, link: Callable[..., str]
) -> None:
    (files / "mix.opus").write_bytes(SOUND + bytes(3 << 20))
    assert len(client.get(link(), headers={"Range": "bytes=9-"}).data) > 3 << 20


def test_file_without_headers_is_sent_as_it_is(
    recording: Recording, client: FlaskClient, link: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get(link())
    assert (answer.status_code, answer.data) == (200, MIX)
    assert "downloaded without tags" in caplog.text


@pytest.mark.parametrize("name", ["0", "999", "alice", "mix.opus", "turns.ndjson", "..", "٣", "9" * 40])
def test_host_gets_no_other_file(recording: Recording, alice: User, name: str, sign_in: Browser) -> None:
    assert sign_in(alice).get(f"/recordings/{recording.public_id}/download/{name}").status_code == 404


def test_cohost_outsider_and_guest_get_no_link(
    recording: Recording, bob: User, charlie: User, client: FlaskClient, sign_in: Browser
) -> None:
    db.session.get(Membership, (recording.space_id, bob.id)).role = Role.COHOST
    db.session.commit()
    address = f"/recordings/{recording.public_id}/download/mix"
    assert [sign_in(who).get(address).status_code for who in (bob, charlie)] == [404, 404]
    assert client.get(address).status_code == 403


def test_link_is_good_for_five_minutes(
    recording: Recording, client: FlaskClient, link: Callable[..., str], clock: FrozenClock
) -> None:
    address = link()
    clock.tick(minutes=5)
    assert client.get(address).status_code == 200
    clock.tick(seconds=1)
    stale = client.get(address)
    assert (stale.status_code, stale.data) == (404, client.get("/recordings/nothing/audio").data)


def test_nothing_but_the_link_itself_opens_it(
    recording: Recording, client: FlaskClient, link: Callable[..., str]
) -> None:
    address = link()
    key = parse_qs(urlsplit(address).query)["key"][0]
    path = urlsplit(address).path
    track = f"/recordings/{recording.public_id}/files/{recording.tracks[0].id}"
    unknown = client.get("/recordings/nothing/audio").data
    for wrong in (
        path,
        f"{path}?key=",
        f"{path}?key={key[:-1]}",
        f"{path}?key={'x' * 5000}",
        f"{track}?key={key}",
        f"/recordings/nothing/files/mix?key={key}",
    ):
        answer = client.get(wrong)
        assert (answer.status_code, answer.data) == (404, unknown), wrong


def test_link_dies_with_the_recording(
    recording: Recording, client: FlaskClient, link: Callable[..., str], clock: FrozenClock
) -> None:
    clock.tick(days=30, microseconds=-1)
    address = link()
    assert client.get(address).status_code == 200
    clock.tick(microseconds=1)
    assert client.get(address).status_code == 404
    clock.tick(microseconds=-1)
    services.delete_recording(recording, clock.now())
    assert client.get(address).status_code == 404


def test_link_is_its_hosts_who_must_still_be_it(
    recording: Recording, live: Space, bob: User, client: FlaskClient, link: Callable[..., str]
) -> None:
    address = link()
    live.host_id = bob.id
    db.session.commit()
    assert client.get(address).status_code == 404


def test_host_downloads_also_what_guests_may_not_hear(
    recording: Recording, client: FlaskClient, link: Callable[..., str]
) -> None:
    services.allow_guests(recording, False)
    assert client.get(link()).status_code == 200


def test_live_space_has_nothing_to_download(live: Space, files: Path, alice: User, sign_in: Browser) -> None:
    address = f"/recordings/{recording_of(live).public_id}/download/mix"
    assert sign_in(alice).get(address).status_code == 404


def test_key_is_not_written_down_whatever_happens(
    app: Flask,
    recording: Recording,
    client: FlaskClient,
    link: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    address = link()
    key = parse_qs(urlsplit(address).query)["key"][0]

    def fail(*_args: object) -> None:
        raise RuntimeError("no disk")

    client.get(address)
    client.get(address.replace("/mix", "/nothing"))
    monkeypatch.setattr(files, "stat", fail)
    assert client.get(address).status_code == 500
    assert "no disk" in caplog.text
    assert key not in caplog.text
