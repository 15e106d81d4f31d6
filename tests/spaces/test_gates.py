"""Who may enter a space: its page, its socket, its dock, who is in it and the lists ask the same gates."""

import re
from collections.abc import Callable, Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.media.test_refusals import status as socket_status
from tests.spaces.conftest import Room, bring
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, NotFound
from webapp.people import services as people
from webapp.spaces import gates, services, sockets
from webapp.spaces.gates import Refusal, Refused
from webapp.spaces.models import Space
from webapp.spaces.presence import GUEST
from webapp.spaces.queries import membership, space_for
from webapp.spaces.stage import services as stage
from webapp.spaces.states import Door, OpenTo
from webapp.spaces.visitor import Visitor

SignIn = Callable[[User], FlaskClient]
FOLLOWED = Door(OpenTo.FOLLOWED)
PARTS = ("", "/dock", "/people", "/person/alice", "/report")


@pytest.fixture(autouse=True)
def _no_real_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who passes every gate has nothing to hand over here."""
    monkeypatch.setattr(sockets, "hand_over", lambda *_: None)


@pytest.fixture
def open_to(room: Room, alice: User, clock: FrozenClock) -> Callable[[Door], Space]:
    """Makes a live space of Alice's with this door."""

    def make(door: Door) -> Space:
        space = services.create_space(alice, "Tea", "", False, clock.now(), door=door)
        services.start_space(space, alice, clock.now())
        room.enter(space, alice)
        return space

    return make


OpenWith = Callable[[Door], Space]


def statuses(browser: FlaskClient, space: Space) -> set[int]:
    return {*(browser.get(space.url + part).status_code for part in PARTS), socket_status(browser, space)}


def listed(browser: FlaskClient, space: Space) -> set[bool]:
    return {space.url in browser.get(path).text for path in ("/", "/spaces", "/@alice")}


# Blocked


def test_blocked_finds_nothing_of_it_and_everybody_else_does(
    space: Space, alice: User, charlie: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    relations.block(alice, charlie, clock.now())
    assert statuses(sign_in(charlie), space) == {404}
    assert space.url not in sign_in(charlie).get("/spaces").text
    assert statuses(client, space) == {200}
    assert listed(client, space) == {True}
    nowhere = sign_in(charlie).get("/spaces/nowhere")
    assert sign_in(charlie).get(space.url).text.replace(space.public_id, "nowhere") == nowhere.text


def test_blocked_finds_it_again_once_that_is_undone(
    space: Space, alice: User, charlie: User, clock: FrozenClock
) -> None:
    relations.block(alice, charlie, clock.now())
    with pytest.raises(NotFound):
        space_for(Visitor(charlie), space.public_id)
    relations.unblock(alice, charlie)
    assert space_for(Visitor(charlie), space.public_id) is space


def test_who_is_blocked_while_they_are_on_the_stage_goes_at_once(
    space: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(space, alice, "bob")
    room.turn()
    room.core.told.clear()
    people.block(alice, bob, clock.now())
    assert room.core.told == [("kick", space.id, bob.id, 4001)]
    assert (membership(space, bob).seat, membership(space, bob).removed_at) == (None, clock.now())
    room.turn()
    assert any('id="seats"' in html and 'id="seat-1"' not in html for html in room.take_texts())
    people.block(alice, bob, clock.now())
    assert len(room.core.told) == 1


def test_who_is_blocked_while_their_socket_is_on_its_way_goes(
    space: Space, room: Room, alice: User, charlie: User, clock: FrozenClock
) -> None:
    people.block(alice, charlie, clock.now())
    room.enter(space, charlie)
    assert room.core.told[-1] == ("kick", space.id, charlie.id, 4001)
    assert membership(space, charlie).removed_at == clock.now()


def test_in_a_third_persons_space_nothing_changes(
    space: Space, room: Room, alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    room.enter(space, charlie)
    for handle in ("bob", "charlie"):
        bring(space, alice, handle)
    room.core.told.clear()
    people.block(bob, charlie, clock.now())
    assert room.core.told == []
    assert membership(space, charlie).on_stage
    assert space_for(Visitor(charlie), space.public_id) is space


def test_the_blocked_host_is_still_heard_by_who_blocked_them(
    space: Space, alice: User, bob: User, clock: FrozenClock
) -> None:
    relations.block(bob, alice, clock.now())
    assert space_for(Visitor(bob), space.public_id) is space


# People with an account


def test_guest_is_told_to_sign_in_where_guests_may_not_listen(
    open_to: OpenWith, charlie: User, client: FlaskClient, sign_in: SignIn
) -> None:
    space = open_to(Door(guests=False))
    assert statuses(client, space) == {403}
    page = client.get(space.url).text
    assert "This space is for people with an account." in page
    assert f'href="/sign-in?next={space.url}"' in page
    assert 'data-state="refused"' in page
    assert 'id="dock"' not in page
    assert statuses(sign_in(charlie), space) == {200}
    assert listed(client, space) == {True}


def test_those_who_were_there_are_shown_what_became_of_it_and_guests_are_not_asked_twice(
    open_to: OpenWith, room: Room, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    space = open_to(Door(guests=False))
    services.end_space(space, alice, clock.now())
    assert "It was not recorded" in client.get(space.url).text


# People whom the host follows


def test_who_is_not_followed_is_told_to_ask_and_finds_it_in_no_list(
    open_to: OpenWith, charlie: User, client: FlaskClient, sign_in: SignIn
) -> None:
    space = open_to(FOLLOWED)
    for browser in (client, sign_in(charlie)):
        assert statuses(browser, space) == {403}
        assert listed(browser, space) == {False}
    assert "Ask Alice to follow you" in sign_in(charlie).get(space.url).text
    assert f'href="/sign-in?next={space.url}"' in client.get(space.url).text
    assert "space hosted" not in client.get("/@alice").text


def test_who_is_followed_and_the_host_enter_and_find_it(
    open_to: OpenWith, alice: User, bob: User, charlie: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    relations.follow(alice, bob, clock.now())
    relations.follow(charlie, alice, clock.now())
    space = open_to(FOLLOWED)
    for user in (alice, bob):
        assert statuses(sign_in(user), space) == {200}
        assert listed(sign_in(user), space) == {True}
    assert statuses(sign_in(charlie), space) == {403}


def test_who_has_a_seat_passes_though_the_host_follows_them_no_more(
    open_to: OpenWith, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    relations.follow(alice, bob, clock.now())
    space = open_to(FOLLOWED)
    room.enter(space, bob)
    bring(space, alice, "bob")
    relations.unfollow(alice, bob)
    assert space_for(Visitor(bob), space.public_id) is space
    stage.move_to_audience(space, bob, "bob")
    with pytest.raises(Refused):
        space_for(Visitor(bob), space.public_id)


# By the link


def test_what_is_by_link_is_open_to_whoever_has_it_and_listed_for_its_host_alone(
    open_to: OpenWith, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    relations.follow(alice, bob, clock.now())
    relations.follow(bob, alice, clock.now())
    space = open_to(Door(OpenTo.LINK))
    for browser in (client, sign_in(bob)):
        assert statuses(browser, space) == {200}
        assert listed(browser, space) == {False}
        assert "space hosted" not in browser.get("/@alice").text
    assert space.url in sign_in(alice).get("/@alice").text
    assert space.url not in sign_in(alice).get("/spaces").text


# The order, and what later features add


def test_removed_is_told_so_on_a_page_and_blocked_is_told_nothing(
    space: Space, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    services.remove_person(space, alice, "bob", clock.now())
    answer = sign_in(bob).get(space.url)
    assert answer.status_code == 403
    assert "You were removed from this space." in answer.text
    assert statuses(sign_in(bob), space) == {403}
    relations.block(alice, bob, clock.now())
    assert statuses(sign_in(bob), space) == {404}


class Ticket:
    """A gate that a later feature might add."""

    even_on_stage = False

    def refuses(self, spaces: Sequence[Space], visitor: Visitor) -> dict[int, Refusal]:
        return {space.id: Refusal("You need a ticket.", "spaces/_members.html") for space in spaces}


def test_a_gate_that_was_added_is_asked_last_and_neither_of_host_nor_speaker(
    app: Flask, space: Space, alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    gates.register(app, Ticket())
    bring(space, alice, "bob")
    for user in (alice, bob):
        assert space_for(Visitor(user), space.public_id) is space
    for visitor in (Visitor(charlie), Visitor(guest=GUEST | 1), Visitor()):
        with pytest.raises(Refused, match="You need a ticket"):
            space_for(visitor, space.public_id)
    relations.block(alice, charlie, clock.now())
    with pytest.raises(NotFound):
        space_for(Visitor(charlie), space.public_id)


def test_a_page_that_asks_again_is_given_the_refusal_as_its_content(
    open_to: OpenWith, client: FlaskClient
) -> None:
    answer = client.get(open_to(FOLLOWED).url, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert 'data-state="refused"' in answer.text


# Choosing


def test_host_chooses_on_opening_and_changes_it_until_the_start(
    room: Room, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    browser = sign_in(alice)
    form = {"title": "Tea", "open_to": "link", "members_only": "y"}
    address = browser.post("/spaces", data=form).location
    space = db.session.query(Space).one()
    assert space.door == Door(OpenTo.LINK, guests=False)
    assert "Anyone with an account and the link may join." in browser.get(address).text
    assert re.search(r'<input[^>]* checked [^>]*value="link"', browser.get(f"{address}/door").text)
    assert browser.post(f"{address}/door", data={"open_to": "followed"}).location == address
    assert space.door == FOLLOWED
    services.start_space(space, alice, clock.now())
    assert browser.post(f"{address}/door", data={"open_to": "anyone"}).status_code == 409
    assert browser.get(f"{address}/door").status_code == 409
    assert space.door == FOLLOWED


@pytest.mark.parametrize("data", [{"open_to": "everyone"}, {"open_to": ""}])
def test_what_is_no_choice_changes_nothing(
    room: Room, alice: User, sign_in: SignIn, clock: FrozenClock, data: dict[str, str]
) -> None:
    space = services.create_space(alice, "Tea", "", False, clock.now(), door=FOLLOWED)
    assert sign_in(alice).post(f"{space.url}/door", data=data).status_code == 422
    assert sign_in(alice).post("/spaces", data={"title": "Tea"} | data).status_code == 422
    assert space.door == FOLLOWED


def test_others_change_nothing(
    room: Room, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    for browser in (client, sign_in(bob)):
        assert browser.get(f"{space.url}/door").status_code == 403
        assert browser.post(f"{space.url}/door", data={"open_to": "link"}).status_code == 403
    with pytest.raises(Forbidden, match="Only the host decides"):
        services.set_door(space, bob, FOLLOWED)
    assert space.door == Door()


def test_of_a_change_and_a_start_at_once_the_start_stands(
    space: Space, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "check_may_set_door", lambda *_: None)  # asked a moment before
    with pytest.raises(Conflict, match="live already"):
        services.set_door(space, alice, FOLLOWED)
    db.session.expire_all()
    assert space.door == Door()
