"""Reactions: by whom, how often, and told of together however many there are."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mediacore import Audience, EventKind
from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.errors import Conflict, Forbidden, Invalid, TooOften
from webapp.moments import services
from webapp.moments.kinds import Kind
from webapp.moments.queries import reactions_in
from webapp.spaces import services as spaces
from webapp.spaces.models import Space
from webapp.spaces.presence import GUEST
from webapp.spaces.visitor import Visitor

HTMX = {"HX-Request": "true"}
SignIn = Callable[[User], FlaskClient]


def counts_told(room: Room) -> list[str]:
    return [html.split('"')[-2].strip() for html in room.take_texts() if "reaction-counts" in html]


def test_host_and_listener_react_and_everybody_is_told_once(
    space: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    services.react(space, Visitor(alice), "clap", clock.now())
    services.react(space, Visitor(bob), "clap", clock.now())
    services.react(space, Visitor(bob), "heart", clock.now())
    room.turn()
    [(number, html, audience, person)] = room.core.texts
    assert (number, audience, person) == (space.id, Audience.ALL, 0)
    assert html.startswith('<i id="reaction-counts"')
    assert counts_told(room) == ["clap:2 heart:1"]
    room.turn()
    assert room.take_texts() == []


def test_guest_who_is_connected_reacts(space: Space, room: Room, clock: FrozenClock) -> None:
    room.enter(space, GUEST | 7)
    services.react(space, Visitor(guest=GUEST | 7), "wow", clock.now())
    room.turn()
    assert counts_told(room) == ["wow:1"]


def test_a_thousand_who_react_at_once_cost_a_few_messages(
    space: Space, room: Room, clock: FrozenClock
) -> None:
    guests = [GUEST | number + 1 for number in range(1000)]
    for number in guests:
        room.core.say(EventKind.OPENED, space.id, person=number, conn=number)
    room.turn()
    room.turn()
    room.take_texts()
    for number in guests:
        services.react(space, Visitor(guest=number), "clap", clock.now())
        if number % 100 == 0:
            room.turn(0.05)
    room.turn()
    assert len(room.core.texts) <= 3
    assert sum(int(told.removeprefix("clap:")) for told in counts_told(room)) == 1000
    assert reactions_in(space.id) == [(Kind.CLAP, 1000)]


def test_who_never_came_cannot_react(
    space: Space, room: Room, charlie: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    for outsider in (Visitor(charlie), Visitor(), Visitor(guest=GUEST | 9)):
        with pytest.raises(Forbidden, match="who are in the space"):
            services.react(space, outsider, "clap", clock.now())
    for browser in (client, sign_in(charlie)):
        assert browser.post(f"{space.url}/reactions", data={"kind": "clap"}).status_code == 403
    assert client.post("/spaces/nowhere/reactions", data={"kind": "clap"}).status_code == 404
    room.turn()
    assert (counts_told(room), reactions_in(space.id)) == ([], [])


def test_who_went_cannot_react(space: Space, room: Room, bob: User, clock: FrozenClock) -> None:
    room.go(space, bob)
    with pytest.raises(Forbidden):
        services.react(space, Visitor(bob), "clap", clock.now())


def test_who_was_removed_cannot_react(
    space: Space, room: Room, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    spaces.remove_person(space, alice, "bob", clock.now())
    answer = sign_in(bob).post(f"{space.url}/reactions", data={"kind": "clap"})
    assert (answer.status_code, "You were removed" in answer.text) == (403, True)


def test_nobody_reacts_before_the_start_or_after_the_end(
    space: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    scheduled = spaces.create_space(alice, "Soon", "", False, clock.now())
    with pytest.raises(Conflict, match="not started"):
        services.react(scheduled, Visitor(alice), "clap", clock.now())
    spaces.end_space(space, alice, clock.now())
    with pytest.raises(Conflict, match="has ended"):
        services.react(space, Visitor(alice), "clap", clock.now())


@pytest.mark.parametrize("forged", ["", "CLAP", "clap ", "<b>", "clap:9 heart"])
def test_a_forged_kind_is_refused(space: Space, bob: User, clock: FrozenClock, forged: str) -> None:
    with pytest.raises(Invalid, match="Choose one"):
        services.react(space, Visitor(bob), forged, clock.now())


def test_listener_reacts_five_times_in_ten_seconds(
    space: Space, room: Room, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    browser = sign_in(bob)
    for _ in range(5):
        answer = browser.post(f"{space.url}/reactions", data={"kind": "heart"}, headers=HTMX)
        assert (answer.status_code, answer.data) == (204, b"")
        clock.tick(seconds=1)
    refused = browser.post(f"{space.url}/reactions", data={"kind": "heart"}, headers=HTMX)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (429, "#flash")
    assert "Wait a few seconds" in refused.text
    services.react(space, Visitor(alice), "heart", clock.now())
    clock.tick(seconds=5)
    assert browser.post(f"{space.url}/reactions", data={"kind": "heart"}).location == space.url
    with pytest.raises(TooOften):
        services.react(space, Visitor(bob), "heart", clock.now())
    room.turn()
    assert reactions_in(space.id) == [(Kind.HEART, 7)]


def test_what_comes_too_late_to_be_shown_is_counted(
    recorded: Space, room: Room, bob: User, clock: FrozenClock, end: Callable[[Space], None]
) -> None:
    room.turn()
    services.react(recorded, Visitor(bob), "agree", clock.now())
    room.core.close_room(recorded.id)
    room.turn()
    assert reactions_in(recorded.id) == [(Kind.AGREE, 1)]


def test_everybody_finds_the_totals_beside_the_recording(
    recorded: Space,
    room: Room,
    bob: User,
    client: FlaskClient,
    clock: FrozenClock,
    end: Callable[[Space], None],
) -> None:
    for kind in ("clap", "heart", "clap"):
        services.react(recorded, Visitor(bob), kind, clock.now())
        room.turn()
    end(recorded)
    page = client.get(recorded.url).text
    assert "Love it: </span>1<" in page
    assert "Applause: </span>2<" in page
    assert "Laughter" not in page
    assert "Applause: </span>2<" in room.take_texts()[-1]


def test_the_page_holds_names_and_works_without_a_script(
    app: Flask, space: Space, client: FlaskClient
) -> None:
    page = client.get(space.url).text
    for name in ("Love it", "Applause", "Laughter", "Wow", "Hooray", "I agree"):
        assert f'aria-label="{name}"' in page
    assert f'action="{space.url}/reactions"' in page
    assert "css/moments.css" in page
