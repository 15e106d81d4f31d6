"""In whose language something is said that others read than whoever caused it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.languages.pseudo import TAG, spoken, teach
from tests.spaces.conftest import Room, bring, open_space, room, space
from webapp.accounts import reset
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.clock import now
from webapp.config import Settings
from webapp.db import db
from webapp.languages import gettext, later, number, speaking
from webapp.mail import Mail
from webapp.notifications.models import Notification
from webapp.people import services as people
from webapp.spaces import followers, services
from webapp.spaces.models import Consent, Space
from webapp.spaces.stage import services as stage

__all__ = ["open_space", "room", "space"]


@pytest.fixture(autouse=True)
def taught(app: Flask, tmp_path: Path) -> None:
    teach(app, tmp_path / "translations")


@pytest.fixture
def alice(alice: User) -> User:
    """She chose the language; Bob chose none."""
    accounts.set_language(alice, TAG)
    return alice


def told(user: User) -> str:
    return db.session.scalars(select(Notification.sentence).where(Notification.user_id == user.id)).one()


def test_person_is_notified_in_their_own_language(
    alice: User, bob: User, sign_in: Callable[[User], FlaskClient], clock: FrozenClock
) -> None:
    sign_in(bob).post("/@alice/follow", headers={"Accept-Language": "en"})
    sign_in(alice).post("/@bob/follow", headers={"Accept-Language": TAG})
    assert told(alice) == spoken("%(name)s follows you.") % {"name": "Bob"}
    assert told(bob) == "Alice follows you."


def test_followers_are_each_told_in_their_own_language(
    alice: User, bob: User, charlie: User, room: Room
) -> None:
    accounts.set_language(charlie, TAG)
    for follower in (bob, charlie):
        people.follow(follower, alice, now())
    services.start_space(services.create_space(alice, "Tea", "", False, now()), alice, now())
    followers.tell_followers(now())
    assert told(bob) == "Alice is live: “Tea”."
    assert told(charlie) == "Alice ｉｓ ｌｉｖｅ: “Tea”."


def test_link_to_a_new_password_is_mailed_in_the_language_of_the_account(app: Flask, alice: User) -> None:
    given = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "parley@example.org"}
    app.extensions["settings"] = Settings(_env_file=None, **app.extensions["settings"].model_dump() | given)
    reset.mail_link(alice.email, "key", now())
    (mail,) = db.session.scalars(select(Mail))
    assert mail.subject == spoken("A new password for Parley")
    assert (
        spoken("The link works once, for half an hour. If it was not you, there is nothing to do.")
        in mail.text
    )


def test_live_space_speaks_the_language_of_its_host(space: Space, alice: User, bob: User, room: Room) -> None:
    bring(space, alice, "bob")
    room.turn()
    html = "".join(room.take_texts())
    assert spoken("Speaker") in html
    assert ">Speaker<" not in html
    assert "Bob ｉｓ ｏｎ ｔｈｅ ｓｔａｇｅ." in html


def test_notice_speaks_the_language_of_its_reader(space: Space, alice: User, bob: User, room: Room) -> None:
    bring(space, alice, "bob")
    stage.set_muted(space, bob, False)
    room.take_texts()
    stage.mute_person(space, alice, "bob")
    assert "Alice muted you." in "".join(room.take_texts())


def test_what_somebody_agreed_to_is_kept_as_they_read_it(
    alice: User, room: Room, sign_in: Callable[[User], FlaskClient]
) -> None:
    assert sign_in(alice).post("/spaces", data={"title": "Tea", "record": "y"}).status_code == 303
    assert db.session.scalars(select(Consent.wording)).one() == spoken(services.HOST_WORDING)


def test_what_is_said_later_is_said_in_the_language_of_then_and_escaped(app: Flask) -> None:
    sentence = later("%(name)s has left.", name="<b>")
    with speaking(TAG):
        assert escape(sentence) == "&lt;b&gt; ｈａｓ ｌｅｆｔ."
        assert number(1_200) == "1\N{NO-BREAK SPACE}200"
    with speaking(None):
        assert escape(sentence) == "&lt;b&gt; has left."
        assert number(1_200) == "1,200"
    with speaking("xx"):
        assert str(sentence) == "<b> has left."


def test_outside_of_an_application_english_is_spoken() -> None:
    assert gettext("%(name)s has left.", name="Bob") == "Bob has left."
