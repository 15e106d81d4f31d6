"""Whoever is in a live space sees at once that there is something to read."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.media.fake import E_NO_ROOM
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.media import MediaCoreError
from webapp.notifications import queries, services
from webapp.notifications.models import Notification
from webapp.spaces.models import Space


@pytest.fixture
def tell(app: Flask, clock: FrozenClock) -> Callable[[User, str], Notification | None]:
    def say(user: User, key: str) -> Notification | None:
        sentence = "Tea & <b>cake</b>."
        return services.tell(user.id, kind="rollout", sentence=sentence, url=None, key=key, now=clock.now())

    return say


Tell = Callable[[User, str], Notification | None]


def shown(room: Room) -> list[tuple[int, int, str]]:
    """Takes what was sent: the space, the person, and the badge there."""
    badges = []
    for space, html, _, person in room.core.texts:
        assert 'id="notification-count" hx-swap-oob="true"' in html
        found = re.search(r'class="badge"[^>]*>(.*?)<', html)
        badges.append((space, person, found[1] if found else ""))
    room.core.texts.clear()
    return badges


def test_a_person_is_shown_it_in_each_space_and_nobody_else_is(
    open_space: Callable[..., Space], room: Room, tell: Tell, bob: User
) -> None:
    spaces = [open_space(), open_space(), open_space()]
    room.go(spaces[1], bob)
    room.enter(spaces[0], bob, conn=77)
    room.take_texts()
    tell(bob, "tea")
    assert shown(room) == [(spaces[0].id, bob.id, "1"), (spaces[2].id, bob.id, "1")]


def test_a_person_who_is_nowhere_is_sent_nothing(
    space: Space, room: Room, tell: Tell, charlie: User, bob: User
) -> None:
    tell(charlie, "tea")
    room.go(space, bob)
    room.take_texts()
    tell(bob, "tea")
    assert shown(room) == []


def test_it_is_said_to_those_who_cannot_see_it(space: Space, room: Room, tell: Tell, bob: User) -> None:
    tell(bob, "tea")
    [html] = room.take_texts()
    assert 'id="announce"' in html
    assert "Tea &amp; &lt;b&gt;cake&lt;/b&gt;." in html
    assert "Notifications, 1 unread" in html


def test_what_was_told_before_is_not_shown_again(space: Space, room: Room, tell: Tell, bob: User) -> None:
    tell(bob, "tea")
    room.take_texts()
    tell(bob, "tea")
    assert shown(room) == []


def test_other_windows_see_that_it_was_read(
    space: Space, room: Room, tell: Tell, bob: User, sign_in: Callable[[User], FlaskClient]
) -> None:
    first = tell(bob, "tea")
    tell(bob, "cake")
    tell(bob, "milk")
    room.take_texts()
    sign_in(bob).get(f"/notifications/{first.public_id}")
    assert not any("announce" in html for _, html, _, _ in room.core.texts)
    assert shown(room) == [(space.id, bob.id, "2")]
    sign_in(bob).get(f"/notifications/{first.public_id}")
    assert shown(room) == []
    sign_in(bob).post("/notifications/read")
    assert shown(room) == [(space.id, bob.id, "")]


def test_it_carries_nobodys_token(app: Flask, space: Space, room: Room, tell: Tell, bob: User) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    tell(bob, "tea")
    assert not any("csrf" in html.lower() for html in room.take_texts())


def test_a_room_that_is_gone_spoils_nothing(
    open_space: Callable[..., Space],
    room: Room,
    tell: Tell,
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone, there = open_space(), open_space()
    send = room.core.send_text

    def send_text(space: int, html: str, *, person: int) -> None:
        if space == gone.id:
            raise MediaCoreError(E_NO_ROOM)
        send(space, html, person=person)

    monkeypatch.setattr(room.core, "send_text", send_text)
    assert tell(bob, "tea") is not None
    assert queries.unread_count(bob.id) == 1
    assert shown(room) == [(there.id, bob.id, "1")]
    assert f"A page of space {gone.id} does not show a new count" in caplog.text
