"""A host's own recordings: the list, the title, and who may listen."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.conftest import FrozenClock
from tests.recordings.conftest import MIX, recording_of
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.db import db
from webapp.media import EventKind
from webapp.recordings import services as recordings
from webapp.recordings.disk import directory
from webapp.recordings.models import Recording
from webapp.scheduler import scheduler
from webapp.spaces import services
from webapp.spaces.models import Membership, Space
from webapp.spaces.presence import GUEST
from webapp.spaces.states import Role

Browser = Callable[[User], FlaskClient]
ACTIONS = ("rename", "guests", "delete")


def lib(client: FlaskClient, path: str = "/recordings") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def act(client: FlaskClient, recording: Recording, action: str, **form: str) -> int:
    return client.post(f"/recordings/{recording.public_id}/{action}", data=form).status_code


def made(alice: User, title: str, clock: FrozenClock) -> Recording:
    """Another recording of Alice's, a minute later, with her voice in it."""
    space = services.create_space(alice, title, "", True, clock.tick(minutes=1))
    services.start_space(space, alice, clock.now())
    recording = recording_of(space)
    (directory(recording) / "mix.opus").write_bytes(MIX)
    (directory(recording) / f"track-{alice.id}.opus").write_bytes(b"Alice")
    services.end_space(space, alice, clock.now())
    recordings.publish(recording, 1000)
    return recording


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def test_guest_is_sent_to_sign_in_and_back(client: FlaskClient) -> None:
    answer = client.get("/recordings")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/recordings")


def test_host_sees_what_there_is_to_know(
    recording: Recording, live: Space, alice: User, sign_in: Browser
) -> None:
    page = lib(sign_in(alice))
    for said in (
        "Tea",
        live.url,
        "Anyone can listen until 4 February.",
        "8 sec",
        "4 kB",
        "0 plays",
        "1 listener live",
        "Only Alice",
        "5 May 2026",
        "cannot be undone",
    ):
        assert said in page
    assert "was interrupted" not in page


def test_interruption_is_said(recording: Recording, alice: User, sign_in: Browser) -> None:
    recording.interrupted, recording.lost_ms = True, 90_000
    db.session.commit()
    assert "about 2 min of it is missing" in lib(sign_in(alice))


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_else_sees_it_in_their_list(
    recording: Recording, live: Space, who: str, sign_in: Browser, request: pytest.FixtureRequest
) -> None:
    page = lib(sign_in(request.getfixturevalue(who)))
    assert live.url not in page
    assert "Nothing here yet" in page


def test_the_replay_leads_its_host_there_and_nobody_else(
    recording: Recording, alice: User, bob: User, client: FlaskClient, sign_in: Browser
) -> None:
    way = f'href="/recordings#recording-{recording.public_id}"'
    assert way in sign_in(alice).get(recording.space.url).text
    for other in (sign_in(bob), client):
        assert way not in other.get(recording.space.url).text


def test_the_account_menu_leads_there(alice: User, sign_in: Browser) -> None:
    assert 'href="/recordings"' in sign_in(alice).get("/").text


def test_newest_comes_first_and_only_what_can_be_heard(
    recording: Recording, live: Space, alice: User, clock: FrozenClock, sign_in: Browser
) -> None:
    newer, deleted = made(alice, "Cake", clock), made(alice, "Crumbs", clock)
    recordings.delete_recording(deleted, clock.now())
    page = lib(sign_in(alice))
    assert page.index("Cake") < page.index("Tea")
    assert deleted.space.url not in page
    clock.tick(days=30, minutes=-2)
    assert newer.space.url in lib(sign_in(alice))
    assert live.url not in lib(sign_in(alice))


def test_pages_have_twenty_four(alice: User, room: Room, clock: FrozenClock, sign_in: Browser) -> None:
    for number in range(25):
        made(alice, f"Talk {number:02}", clock)
    first, second = lib(sign_in(alice)), lib(sign_in(alice), "/recordings?page=2")
    assert first.count('class="own"') == 24
    assert "Talk 24" in first
    assert "Talk 00" not in first
    assert "Older" in first
    assert second.count('class="own"') == 1
    assert "Talk 00" in second
    assert "Newer" in second
    assert "Older" not in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "9" * 30])
def test_any_page_number_is_answered(recording: Recording, alice: User, page: str, sign_in: Browser) -> None:
    lib(sign_in(alice), f"/recordings?page={page}")


def test_queries_do_not_grow_with_the_list(
    recording: Recording, alice: User, clock: FrozenClock, sign_in: Browser
) -> None:
    client = sign_in(alice)
    with counted_queries() as for_one:
        lib(client)
    for number in range(9):
        made(alice, f"Talk {number}", clock)
    with counted_queries() as for_ten:
        lib(client)
    assert len(for_ten) == len(for_one)


def test_queries_do_not_grow_with_the_cards(
    recording: Recording, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    with counted_queries() as for_one:
        client.get("/spaces")
    for number in range(9):
        made(alice, f"Talk {number}", clock)
    with counted_queries() as for_ten:
        client.get("/spaces")
    assert len(for_ten) == len(for_one)


def test_listeners_are_whoever_came_but_the_host(
    live: Space,
    files: Path,
    room: Room,
    alice: User,
    bob: User,
    charlie: User,
    publish: Callable[[], Recording],
    sign_in: Browser,
) -> None:
    room.enter(live, charlie)
    room.go(live, charlie)
    room.enter(live, charlie)
    for guest in (1, 2):
        room.enter(live, GUEST | guest)
        room.go(live, GUEST | guest)
    room.enter(live, GUEST | 1)
    publish()
    assert "4 listeners live" in lib(sign_in(alice))


def test_host_renames_it_everywhere(
    recording: Recording, live: Space, alice: User, client: FlaskClient, sign_in: Browser
) -> None:
    answer = sign_in(alice).post(f"/recordings/{recording.public_id}/rename", data={"title": " Green\ttea "})
    assert (answer.status_code, answer.location) == (303, f"/recordings#recording-{recording.public_id}")
    assert "<h1>Green tea</h1>" in client.get(live.url).text


def test_htmx_is_given_the_recording_again(recording: Recording, alice: User, sign_in: Browser) -> None:
    answer = sign_in(alice).post(
        f"/recordings/{recording.public_id}/rename",
        data={"title": "Green tea"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert answer.text.startswith(f'<li id="recording-{recording.public_id}"')
    assert "Green tea" in answer.text


@pytest.mark.parametrize("title", ["", " \u202e ", "x" * 71])
def test_host_cannot_give_it_a_bad_title(
    recording: Recording, alice: User, title: str, sign_in: Browser
) -> None:
    assert act(sign_in(alice), recording, "rename", title=title) == 422
    assert recording.space.title == "Tea"


def test_host_keeps_it_for_people_with_an_account(
    recording: Recording, live: Space, alice: User, bob: User, client: FlaskClient, sign_in: Browser
) -> None:
    assert act(sign_in(alice), recording, "guests") == 303
    assert not recording.guests_allowed
    assert "Anyone with an account can listen until 4 February." in lib(sign_in(alice))
    assert_members_only(recording, live, client, sign_in(bob))
    assert act(sign_in(alice), recording, "guests", allowed="1") == 303
    assert "/audio" in client.get(live.url).text


def assert_members_only(recording: Recording, live: Space, guest: FlaskClient, member: FlaskClient) -> None:
    page = guest.get(live.url).text
    assert "Sign in to listen to this recording." in page
    assert f'href="/sign-in?next={live.url}"' in page
    assert "/audio" not in page
    unknown = guest.get("/recordings/nothing/audio")
    for path in ("audio", "waveform.json"):
        answer = guest.get(f"/recordings/{recording.public_id}/{path}")
        assert (answer.status_code, answer.data) == (404, unknown.data)
        assert member.get(f"/recordings/{recording.public_id}/{path}").status_code == 200
    assert act(guest, recording, "position", position_ms="1") == 404
    assert "/audio" in member.get(live.url).text
    assert live.url not in guest.get("/spaces").text
    assert live.url in member.get("/spaces").text


def test_what_is_over_is_over_for_guests_too(
    recording: Recording, live: Space, client: FlaskClient, clock: FrozenClock
) -> None:
    recordings.allow_guests(recording, False)
    clock.tick(days=30)
    assert "no longer available" in client.get(live.url).text


@pytest.mark.parametrize("action", ACTIONS)
def test_cohost_and_outsider_can_change_nothing(
    recording: Recording, bob: User, charlie: User, action: str, sign_in: Browser
) -> None:
    member = db.session.get(Membership, (recording.space_id, bob.id))
    member.role = Role.COHOST
    db.session.commit()
    unknown = sign_in(charlie).post(f"/recordings/nothing/{action}", data={"title": "Mine"})
    for person in (bob, charlie):
        answer = sign_in(person).post(f"/recordings/{recording.public_id}/{action}", data={"title": "Mine"})
        assert (answer.status_code, answer.data) == (404, unknown.data)
    assert (recording.space.title, recording.guests_allowed, recording.deleted_at) == ("Tea", True, None)


@pytest.mark.parametrize("action", ACTIONS)
def test_guest_is_told_to_sign_in(recording: Recording, client: FlaskClient, action: str) -> None:
    assert act(client, recording, action, title="Mine") == 403
    assert (recording.space.title, recording.guests_allowed, recording.deleted_at) == ("Tea", True, None)


@pytest.mark.parametrize("action", ACTIONS)
def test_host_acts_until_the_thirty_days_are_over(
    recording: Recording, alice: User, clock: FrozenClock, action: str, sign_in: Browser
) -> None:
    clock.tick(days=30)
    assert act(sign_in(alice), recording, action, title="Green tea") == 404
    clock.tick(microseconds=-1)
    assert act(sign_in(alice), recording, action, title="Green tea") == 303


@pytest.mark.parametrize("action", ACTIONS)
def test_host_cannot_change_what_is_still_live(
    live: Space, files: Path, alice: User, action: str, sign_in: Browser
) -> None:
    assert act(sign_in(alice), recording_of(live), action, title="Green tea") == 404


def test_another_sites_form_is_refused(
    app: Flask, recording: Recording, alice: User, sign_in: Browser
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for action in (*ACTIONS, "position"):
        assert act(sign_in(alice), recording, action) == 400


def test_members_only_is_the_rule_also_for_a_space_that_ended_just_now(
    live: Space, files: Path, room: Room, alice: User, clock: FrozenClock
) -> None:
    services.end_space(live, alice, clock.now())
    recordings.allow_guests(recording_of(live), False)
    room.core.say(EventKind.RECORD_CLOSED, live.id, value=8000)
    room.take_texts()
    room.turn()
    texts = room.take_texts()
    assert texts
    assert not any("/audio" in html for html in texts)


def test_host_is_told_what_becomes_of_what_is_gone_and_others_are_not(
    recording: Recording, alice: User, bob: User, clock: FrozenClock, sign_in: Browser
) -> None:
    recordings.delete_recording(recording, clock.tick(days=2))
    page = lib(sign_in(alice))
    assert 'id="sealed"' in page
    assert "Nobody but a reviewer can open the sealed copy" in page
    assert "until 5 May." in page
    assert 'id="receipts"' not in page
    for name in ("seal", "expire"):
        scheduler().run(name)
    clock.tick(days=118)
    scheduler().run("purge")
    page = lib(sign_in(alice))
    assert 'id="sealed"' not in page
    assert 'id="receipts"' in page
    assert hashlib.sha256(MIX).hexdigest() in page
    assert "Tea" not in lib(sign_in(bob))


def test_a_recording_whose_thirty_days_are_over_is_told_of_before_any_sweep(
    recording: Recording, alice: User, clock: FrozenClock, sign_in: Browser
) -> None:
    clock.tick(days=30, microseconds=-1)
    assert 'id="sealed"' not in lib(sign_in(alice))
    clock.tick(microseconds=1)
    assert 'id="sealed"' in lib(sign_in(alice))
