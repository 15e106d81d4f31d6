import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import current_user
from sqlalchemy import select

from tests.conftest import FrozenClock
from webapp.accounts import services
from webapp.accounts.models import ApiToken, User
from webapp.db import db


@pytest.fixture(autouse=True)
def me(app: Flask) -> None:
    """Adds an address that says who one is."""
    app.add_url_rule("/me", "me", lambda: current_user.handle if current_user.is_authenticated else "nobody")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_program_acts_as_its_owner(client: FlaskClient, alice: User, clock: FrozenClock) -> None:
    token = services.create_token(alice, "bot", clock.now())
    assert client.get("/me", headers=bearer(token)).text == "alice"
    assert client.get("/me").text == "nobody"


def test_token_itself_is_not_kept(alice: User, clock: FrozenClock) -> None:
    token = services.create_token(alice, "bot", clock.now())
    kept = db.session.scalars(select(ApiToken)).one()
    assert kept.sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert token not in vars(kept).values()


@pytest.mark.parametrize("token", ["parley_guess", "", "x" * 5000, "ü"])
def test_unknown_token_is_refused(client: FlaskClient, token: str) -> None:
    assert client.get("/me", headers=bearer(token)).status_code == 401


def test_suspended_owners_token_is_refused(client: FlaskClient, alice: User, clock: FrozenClock) -> None:
    token = services.create_token(alice, "bot", clock.now())
    alice.active = False
    db.session.commit()
    assert client.get("/me", headers=bearer(token)).status_code == 401


def test_use_is_noted_at_most_once_a_minute(alice: User, clock: FrozenClock) -> None:
    token = services.create_token(alice, "bot", clock.now())
    kept = db.session.scalars(select(ApiToken)).one()
    first = clock.now()
    services.account_by_token(token, first)
    services.account_by_token(token, clock.tick(seconds=59))
    assert kept.last_used_at == first
    services.account_by_token(token, clock.tick(seconds=1))
    assert kept.last_used_at == first + timedelta(minutes=1)


def test_operator_makes_a_token_on_the_command_line(app: Flask, client: FlaskClient, alice: User) -> None:
    made = app.test_cli_runner().invoke(args=["token", "create", "ALICE@example.com", "--name", "radio"])
    assert made.exit_code == 0
    assert client.get("/me", headers=bearer(made.output.strip())).text == "alice"


def test_token_for_nobody_is_a_clear_error(app: Flask) -> None:
    made = app.test_cli_runner().invoke(args=["token", "create", "who@example.com"])
    assert made.exit_code != 0
    assert "no account with that e-mail address" in made.output


def test_token_does_not_change_who_a_browser_is(
    alice: User, bob: User, sign_in: Callable[[User], FlaskClient], clock: FrozenClock
) -> None:
    token = services.create_token(bob, "bot", clock.now())
    assert sign_in(alice).get("/me", headers=bearer(token)).text == "alice"


def test_number_that_is_none_revokes_nothing(alice: User, sign_in: Callable[[User], FlaskClient]) -> None:
    assert sign_in(alice).post(f"/settings/tokens/{10**30}/revoke").status_code == 404
