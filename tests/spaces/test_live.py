"""What the pages of a live space are told, when, and to whom."""

from collections.abc import Callable

from flask import Flask

from mediacore import Audience, EventKind
from tests.conftest import FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.db import db
from webapp.spaces import services
from webapp.spaces.models import Membership, Space
from webapp.spaces.presence import GUEST
from webapp.spaces.queries import membership
from webapp.spaces.requests import services as requests
from webapp.spaces.stage import services as stage


def parts(html: str) -> set[str]:
    """Which fragments a message holds."""
    names = ("title-bar", "seats", "audience", "listener-count")
    return {name for name in names if f'id="{name}"' in html}


def test_who_arrives_is_told_everything_and_the_others_what_changed(
    space: Space, room: Room, charlie: User
) -> None:
    room.enter(space, charlie)
    for_all = [(audience, parts(html)) for _, html, audience, person in room.core.texts if not person]
    assert for_all == [
        (audience, {"audience", "listener-count"})
        for audience in (Audience.HOSTS, Audience.SPEAKERS, Audience.LISTENERS)
    ]
    [(number, html)] = [(person, html) for _, html, _, person in room.core.texts if person]
    assert (number, parts(html)) == (charlie.id, {"title-bar", "seats", "audience", "listener-count"})


def test_a_second_window_of_the_same_person_is_told_and_counted_once(
    space: Space, room: Room, bob: User
) -> None:
    room.enter(space, bob, conn=77)
    assert [person for _, _, _, person in room.core.texts] == [bob.id]
    room.take_texts()
    room.go(space, bob, conn=77)
    assert room.take_texts() == []


def test_a_crowd_that_joins_is_told_of_four_times_a_second(space: Space, room: Room) -> None:
    for number in range(100):
        room.core.say(EventKind.OPENED, space.id, person=GUEST | number + 1, conn=number + 1000)
        room.turn(0.01)
    room.turn()
    counts = [html for _, html, audience, _ in room.core.texts if audience == Audience.LISTENERS]
    assert 4 <= len(counts) <= 5
    assert "101 listeners" in counts[-1]


def test_faces_are_sent_again_only_when_they_changed(space: Space, room: Room) -> None:
    for number in range(60):
        room.core.say(EventKind.OPENED, space.id, person=GUEST | number + 1, conn=number + 1000)
    room.turn()
    room.turn()
    room.take_texts()
    room.enter(space, GUEST | 999)
    to_all = [html for _, html, _, person in room.core.texts if not person]
    assert [parts(html) for html in to_all] == [{"listener-count"}] * 3


def test_a_mute_changes_the_seats_alone(space: Space, room: Room, alice: User) -> None:
    stage.set_muted(space, alice, False)
    room.turn()
    assert [parts(html) for html in room.take_texts()] == [{"seats"}] * 3


def test_a_cohost_is_not_shown_what_the_host_alone_may_do(
    recorded: Space, room: Room, alice: User, bob: User, charlie: User
) -> None:
    bring(recorded, alice, "bob")
    stage.make_cohost(recorded, alice, "bob")
    room.turn()
    room.take_texts()
    for user in (alice, bob):
        room.enter(recorded, user, conn=70 + user.id)
    whole = {number: html for _, html, _, number in room.core.texts if number}
    assert "recording/stop" in whole[alice.id]
    assert "recording/stop" not in whole[bob.id]
    assert all('id="queue-open"' in html for html in whole.values())
    room.take_texts()
    room.enter(recorded, charlie)
    to_leads = {n: parts(html) for _, html, _, n in room.core.texts if n in (alice.id, bob.id)}
    assert to_leads == {alice.id: {"audience", "listener-count"}, bob.id: {"audience", "listener-count"}}
    to_many = [audience for _, _, audience, number in room.core.texts if not number]
    assert to_many == [Audience.SPEAKERS, Audience.LISTENERS]


def test_a_cohost_is_shown_the_end_as_a_cohost(
    space: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(space, alice, "bob")
    stage.make_cohost(space, alice, "bob")
    room.turn()
    room.take_texts()
    services.end_space(space, alice, clock.tick(minutes=1))
    room.turn()
    shown = {number: html for _, html, _, number in room.core.texts if 'id="space"' in html}
    assert set(shown) == {alice.id, bob.id, 0}
    assert 'data-role="host"' in shown[alice.id]
    assert 'data-role="cohost"' in shown[bob.id]


def test_what_is_sent_to_many_carries_nobodys_token(
    app: Flask, recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    stage.invite(recorded, alice, "bob", clock.now())
    room.turn()
    stage.answer_invitation(recorded, bob, "decline")
    requests.ask(recorded, bob, "Why?", clock.now())
    room.turn()
    bring(recorded, alice, "bob")
    stage.make_cohost(recorded, alice, "bob")
    room.turn()
    services.end_space(recorded, alice, clock.tick(minutes=1))
    room.core.say(EventKind.RECORD_CLOSED, recorded.id, value=1000)
    room.turn()
    told = room.take_texts()
    assert len(told) >= 14
    assert not any("csrf" in html.lower() for html in told)


def test_a_title_of_markup_is_text(room: Room, alice: User, clock: FrozenClock) -> None:
    space = services.create_space(alice, "<script>alert(1)</script>", "<i>", False, clock.now())
    services.start_space(space, alice, clock.now())
    room.enter(space, alice)
    [html] = room.take_texts()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;i&gt;" in html


def test_a_listener_becomes_a_member_and_a_guest_does_not(space: Space, room: Room, charlie: User) -> None:
    room.enter(space, charlie)
    room.enter(space, GUEST | 5)
    assert membership(space, charlie).role == "listener"
    assert db.session.query(Membership).count() == 3


def test_coming_and_going_is_written_by_person_and_not_by_socket(
    space: Space, room: Room, bob: User, clock: FrozenClock
) -> None:
    came_at = clock.now()
    clock.tick(minutes=5)
    room.enter(space, bob, conn=77)
    room.go(space, bob)
    assert (membership(space, bob).joined_at, membership(space, bob).left_at) == (came_at, None)
    room.go(space, bob, conn=77)
    assert membership(space, bob).left_at == clock.now()
    room.enter(space, bob)
    assert (membership(space, bob).joined_at, membership(space, bob).left_at) == (came_at, None)


def test_a_speaker_who_lost_the_line_keeps_seat_and_mute(
    space: Space, room: Room, alice: User, bob: User
) -> None:
    bring(space, alice, "bob")
    stage.set_muted(space, bob, False)
    room.turn()
    room.take_texts()
    room.go(space, bob)
    assert all("Not connected" in html for html in room.take_texts())
    room.enter(space, bob)
    assert not any("Not connected" in html for html in room.take_texts())
    assert (membership(space, bob).seat, membership(space, bob).muted) == (1, False)


def test_a_closed_room_is_forgotten(
    space: Space, room: Room, alice: User, clock: FrozenClock, app: Flask
) -> None:
    services.end_space(space, alice, clock.now())
    room.core.say(EventKind.ROOM_CLOSED, space.id)
    room.turn()
    assert app.extensions["live"].presence.people(space.id) == []


def test_one_space_that_fails_does_not_silence_the_others(
    space: Space, room: Room, bob: User, person: Callable[[str], User], caplog
) -> None:
    room.core.say(EventKind.OPENED, 999_999, person=bob.id, conn=5)
    room.turn()
    assert "failed" in caplog.text
    room.enter(space, person("Dora"))
    assert any("Dora" in html for html in room.take_texts())
