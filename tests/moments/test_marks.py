"""Moments that people remember: where, when, and for whose eyes."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Invalid, TooOften
from webapp.moments import services
from webapp.moments.models import Mark, Pin
from webapp.moments.queries import marks_by, remembered_in
from webapp.recordings import services as recordings
from webapp.recordings.queries import recording_of
from webapp.spaces import services as spaces
from webapp.spaces.live import live
from webapp.spaces.models import Space

HTMX = {"HX-Request": "true"}
SignIn = Callable[[User], FlaskClient]


def test_listener_and_host_remember_a_moment(
    recorded: Space, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    clock.tick(seconds=75)
    answer = sign_in(bob).post(f"{recorded.url}/marks", data={"note": " how  to brew "}, headers=HTMX)
    assert (answer.status_code, answer.text) == (200, "Remembered at 1:15.")
    assert sign_in(alice).post(f"{recorded.url}/marks").location == recorded.url
    assert [(mark.at_ms, mark.note) for mark in marks_by(bob, recorded.id)] == [(75_000, "how to brew")]
    assert [(mark.at_ms, mark.note) for mark in marks_by(alice, recorded.id)] == [(75_000, "")]


def test_guests_and_who_never_came_remember_nothing(
    recorded: Space, charlie: User, client: FlaskClient, sign_in: SignIn
) -> None:
    for browser in (client, sign_in(charlie)):
        assert browser.post(f"{recorded.url}/marks").status_code == 403
    assert client.get(f"{recorded.url}/marks").status_code == 403
    assert db.session.scalars(select(Mark)).all() == []


def test_who_was_removed_remembers_nothing_more(
    recorded: Space, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    spaces.remove_person(recorded, alice, "bob", clock.now())
    assert sign_in(bob).post(f"{recorded.url}/marks").status_code == 403


def test_a_space_says_why_it_cannot_be_remembered(
    open_space: Callable[..., Space], room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    unrecorded, recorded = open_space(), open_space(record=True)
    with pytest.raises(Conflict, match="not recorded"):
        services.remember(unrecorded, bob, "", clock.now())
    recording = recording_of(recorded.id)
    assert recording is not None
    recordings.note_interruption(recording, clock.now())
    with pytest.raises(Conflict, match="stopped for now"):
        services.remember(recorded, bob, "", clock.now())
    recordings.note_resumption(recording, 100)
    spaces.stop_recording(recorded, alice, clock.now())
    with pytest.raises(Conflict, match="was stopped"):
        services.remember(recorded, bob, "", clock.now())
    spaces.end_space(recorded, alice, clock.now())
    with pytest.raises(Conflict, match="has ended"):
        services.remember(recorded, bob, "", clock.now())
    assert db.session.scalars(select(Mark)).all() == []


def test_a_moment_is_remembered_once_in_five_seconds(recorded: Space, bob: User, clock: FrozenClock) -> None:
    services.remember(recorded, bob, "", clock.now())
    with pytest.raises(TooOften, match="Wait"):
        services.remember(recorded, bob, "", clock.tick(seconds=4))
    services.remember(recorded, bob, "", clock.tick(seconds=1))
    assert len(marks_by(bob, recorded.id)) == 2


def test_a_note_has_at_most_80_characters(recorded: Space, bob: User, clock: FrozenClock) -> None:
    with pytest.raises(Invalid, match="at most 80"):
        services.remember(recorded, bob, "a" * 81, clock.now())
    services.remember(recorded, bob, "a" * 80, clock.now())


def test_each_sees_their_own_beside_the_recording_and_nobody_elses(
    recorded: Space,
    room: Room,
    alice: User,
    bob: User,
    client: FlaskClient,
    sign_in: SignIn,
    clock: FrozenClock,
    end: Callable[[Space], None],
) -> None:
    services.remember(recorded, bob, "how to <brew>", clock.tick(seconds=20))
    end(recorded)
    page = sign_in(bob).get(recorded.url).text
    assert 'data-seek-ms="20000"' in page
    assert "how to &lt;brew&gt;" in page
    for elsewhere in (
        client.get(recorded.url).text,
        sign_in(alice).get(recorded.url).text,
        *room.take_texts(),
    ):
        assert "brew" not in elsewhere
    assert "how to &lt;brew&gt;" in sign_in(bob).get(f"{recorded.url}/marks").text
    assert "brew" not in sign_in(alice).get(f"{recorded.url}/marks").text


def test_each_forgets_their_own_and_nobody_elses(
    recorded: Space, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    address = f"{recorded.url}/marks/{services.remember(recorded, bob, 'tea', clock.now()).id}/delete"
    assert client.post(address).status_code == 403
    assert sign_in(alice).post(address).status_code == 404
    assert len(marks_by(bob, recorded.id)) == 1
    answer = sign_in(bob).post(address, headers=HTMX)
    assert (answer.status_code, "tea" in answer.text, 'id="marks"' in answer.text) == (200, False, True)
    assert sign_in(bob).post(address).status_code == 404


def test_moments_are_counted_by_ten_seconds_without_names(
    recorded: Space, alice: User, bob: User, clock: FrozenClock
) -> None:
    began = clock.now()
    for person, at_s in ((alice, 3), (alice, 9), (bob, 9), (bob, 35)):
        services.remember(recorded, person, "", began + timedelta(seconds=at_s))
    assert remembered_in(recorded.id) == {0: 2, 30_000: 1}


def test_time_in_which_the_process_was_down_is_not_in_the_recording(
    recorded: Space, bob: User, clock: FrozenClock
) -> None:
    live.opened(recorded.id, clock.tick(hours=1) - timedelta(seconds=90))
    mark = services.remember(recorded, bob, "", clock.tick(seconds=5))
    assert mark.at_ms == 95_000


def test_person_is_given_their_moments_and_forgotten(
    recorded: Space, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    services.remember(recorded, bob, "brew", clock.now())
    services.remember(recorded, alice, "mine", clock.now())
    services.pin_link(recorded, alice, "https://example.com/", "Tea", clock.now())
    answer = sign_in(alice).post("/settings/data/export")
    archive = ZipFile(io.BytesIO(answer.data))
    kept = json.loads(archive.read("moments.json"))
    assert [pin["title"] for pin in kept["pinned"]] == ["Tea"]
    assert [(mark["space"], mark["note"]) for mark in kept["remembered"]] == [(recorded.url, "mine")]
    for person in (alice, bob):
        accounts.delete_account(person, clock.now())
    assert db.session.scalars(select(Mark)).all() == []
    assert db.session.scalars(select(Pin.user_id)).all() == [None]
