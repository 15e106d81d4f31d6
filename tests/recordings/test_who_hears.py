"""Who may replay is who may join: blocked people, guests, and those whom the host does not follow."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.recordings.conftest import MIX
from tests.spaces.conftest import Room
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.db import db
from webapp.recordings import queries
from webapp.recordings.models import Recording
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.states import Door, OpenTo

SignIn = Callable[[User], FlaskClient]


def let_in(live: Space, door: Door) -> None:
    """Says before the start, as it were, who may join."""
    live.open_to, live.guests_allowed = door.open_to, door.guests
    db.session.commit()


def heard(browser: FlaskClient, recording: Recording) -> set[int]:
    """What its page, its sound, its waveform and its position are answered with."""
    at = f"/recordings/{recording.public_id}"
    sound = browser.get(f"{at}/audio")
    assert sound.status_code != 200 or sound.data == MIX
    position = browser.post(f"{at}/position", data={"position_ms": "1"})
    pages = browser.get(recording.space.url), sound, browser.get(f"{at}/waveform.json")
    return {
        *(answer.status_code for answer in pages),
        200 if position.status_code == 204 else position.status_code,
    }


def listed(browser: FlaskClient, recording: Recording) -> set[bool]:
    return {recording.space.url in browser.get(path).text for path in ("/spaces", "/@alice")}


def test_blocked_hears_and_finds_nothing_though_they_spoke(
    recording: Recording, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    assert heard(sign_in(bob), recording) == {200}
    relations.block(alice, bob, clock.now())
    assert heard(sign_in(bob), recording) == {404}
    assert recording.space.url not in sign_in(bob).get("/spaces").text
    assert heard(client, recording) == {200}
    relations.unblock(alice, bob)
    assert heard(sign_in(bob), recording) == {200}


def test_blocked_is_cut_off_while_they_listen(
    recording: Recording, alice: User, bob: User, clock: FrozenClock
) -> None:
    assert queries.may_be_heard(recording.id, bob.id, clock.now())
    relations.block(alice, bob, clock.now())
    assert not queries.may_be_heard(recording.id, bob.id, clock.now())
    assert queries.may_be_heard(recording.id, None, clock.now())
    assert queries.may_be_heard(recording.id, alice.id, clock.now())


def test_those_whom_the_host_follows_hear_it_and_others_do_not(
    live: Space,
    publish: Callable[[], Recording],
    alice: User,
    bob: User,
    charlie: User,
    client: FlaskClient,
    sign_in: SignIn,
    clock: FrozenClock,
) -> None:
    let_in(live, Door(OpenTo.FOLLOWED))
    recording = publish()
    for browser in (client, sign_in(charlie)):
        assert heard(browser, recording) == {403}
        assert listed(browser, recording) == {False}
    relations.follow(alice, charlie, clock.now())
    assert listed(sign_in(charlie), recording) == {True}
    for user in (alice, bob, charlie):  # Bob had a seat
        assert heard(sign_in(user), recording) == {200}
    assert "The people its host follows can listen until" in sign_in(charlie).get(live.url).text


def test_what_is_by_link_is_heard_by_whoever_has_it_and_listed_for_its_host_alone(
    live: Space,
    publish: Callable[[], Recording],
    alice: User,
    charlie: User,
    client: FlaskClient,
    sign_in: SignIn,
) -> None:
    let_in(live, Door(OpenTo.LINK))
    recording = publish()
    for browser in (client, sign_in(charlie)):
        assert heard(browser, recording) == {200}
        assert listed(browser, recording) == {False}
    assert live.url in sign_in(alice).get("/@alice").text
    assert live.url in sign_in(alice).get("/recordings").text


@pytest.mark.parametrize("allowed", [True, False])
def test_whether_guests_hear_it_is_what_the_host_said_of_the_space(
    room: Room, alice: User, clock: FrozenClock, allowed: bool
) -> None:
    space = services.create_space(alice, "Tea", "", True, clock.now(), door=Door(guests=allowed))
    services.start_space(space, alice, clock.now())
    recording = queries.recording_of(space.id)
    assert recording is not None
    assert recording.guests_allowed is allowed


def test_members_who_were_there_are_shown_the_replay(
    live: Space, publish: Callable[[], Recording], room: Room, client: FlaskClient
) -> None:
    let_in(live, Door(guests=False))
    recording = queries.recording_of(live.id)
    assert recording is not None
    recording.guests_allowed = False
    db.session.commit()
    publish()
    assert any('data-state="replay"' in html for html in room.take_texts())
    assert "Sign in to listen to this recording." in client.get(live.url).text
