import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import current_user, hash_password
from sqlalchemy import select

from tests.conftest import FrozenClock
from webapp.accounts import services
from webapp.accounts.models import User
from webapp.app import create_app
from webapp.config import Settings
from webapp.db import db
from webapp.errors import Conflict

DORA = {
    "email": "dora@example.com",
    "password": "correct horse battery",
    "handle": "Dora",
    "display_name": "Dora the Second",
}


def account(email: str = DORA["email"]) -> User | None:
    return db.session.scalar(select(User).where(User.email == email))


def test_visitor_becomes_a_person(client: FlaskClient, app: Flask, clock: FrozenClock) -> None:
    app.add_url_rule("/me", view_func=lambda: current_user.handle)
    assert client.post("/sign-up", data=DORA).status_code == 302
    dora = account()
    assert dora is not None
    assert (dora.handle, dora.display_name, dora.created_at) == ("dora", "Dora the Second", clock.now())
    assert 0 <= dora.hue < 360
    assert client.get("/me").text == "dora"


def test_visitor_who_came_from_a_page_returns_to_it(client: FlaskClient) -> None:
    page = client.get("/sign-in?next=/spaces").text
    way = re.search(r'href="(/sign-up[?][^"]+)"', page)
    assert way
    form = re.search(r'action="(/sign-up[^"]*)"', client.get(way[1]).text)
    assert form
    assert client.post(form[1], data=DORA).location == "/spaces"


def test_visitor_is_sent_to_no_other_site(client: FlaskClient) -> None:
    answer = client.post("/sign-up?next=https://evil.example/", data=DORA)
    assert "evil" not in (answer.location or "")


def test_password_is_kept_as_argon2_only(client: FlaskClient) -> None:
    client.post("/sign-up", data=DORA)
    dora = account()
    assert dora is not None
    assert dora.password.startswith("$argon2id$")


def test_password_costs_whoever_guesses_it_64_megabytes(settings: Settings, clock: FrozenClock) -> None:
    with create_app(settings, clock).app_context():
        assert hash_password(DORA["password"]).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_first_person_runs_the_site_and_the_second_does_not(app: Flask) -> None:
    app.test_client().post("/sign-up", data=DORA)
    app.test_client().post("/sign-up", data={**DORA, "email": "eve@example.com", "handle": "eve"})
    first, second = account(), account("eve@example.com")
    assert first is not None
    assert second is not None
    assert first.is_operator
    assert not second.is_operator


def test_bot_that_came_first_does_not_run_the_site(client: FlaskClient, alice: User) -> None:
    client.post("/sign-up", data=DORA)
    dora = account()
    assert dora is not None
    assert dora.is_operator
    assert not alice.is_operator


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("handle", "alice", "That handle is taken."),
        ("handle", "ALICE", "That handle is taken."),
        ("handle", "admin", "kept for the site"),
        ("handle", "a b", "3 to 20 characters"),
        ("handle", "", "Choose a handle."),
        ("display_name", "\u200b", "at least one letter"),
        ("display_name", "x" * 51, "at most 50"),
        ("email", "alice@example.com", "already"),
        ("email", "ALICE@EXAMPLE.COM", "already"),
        ("email", "nowhere", "not an e-mail address"),
        ("password", "short", "8 characters"),
        ("password", "", "required"),
    ],
)
def test_form_says_what_is_wrong(
    client: FlaskClient, alice: User, field: str, value: str, complaint: str
) -> None:
    answer = client.post("/sign-up", data={**DORA, field: value})
    assert answer.status_code == 200
    assert complaint.lower() in answer.text.lower()
    assert account() is None


def test_markup_in_a_name_is_inert(client: FlaskClient) -> None:
    client.post("/sign-up", data={**DORA, "display_name": "<img src=x onerror=alert(1)>"})
    page = client.get("/no/such/page", headers={"Accept": "text/html"}).text
    assert "<img src=x" not in page


def test_of_two_who_want_a_handle_at_once_one_is_told(app: Flask, clock: FrozenClock) -> None:
    services.sign_up("a@example.com", "hash", "dora", "A", clock.now())
    with pytest.raises(Conflict, match="just been taken"):
        services.sign_up("b@example.com", "hash", "dora", "B", clock.now())
    assert account("b@example.com") is None


def test_address_is_one_in_whatever_case(app: Flask, clock: FrozenClock) -> None:
    services.sign_up("Dora@Example.com", "hash", "dora", "Dora", clock.now())
    with pytest.raises(Conflict):
        services.sign_up("dora@example.COM", "hash", "other", "Other", clock.now())
