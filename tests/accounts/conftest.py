"""An authenticator app, and people who have one."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import PASSWORD, FrozenClock
from webapp.accounts.models import User
from webapp.db import db


class AuthenticatorApp:
    """Shows what a phone would show, by the test's clock."""

    def __init__(self, app: Flask, clock: FrozenClock) -> None:
        self._factory = app.extensions["security"].totp_factory
        self._clock = clock

    def code(self, secret: str | None, steps: int = 0) -> str:
        """Returns the code of now, or of so many steps of 30 s later."""
        at = self._clock.now() + timedelta(seconds=30 * steps)
        return cast(str, self._factory._totp.from_source(secret).generate(time=at).token)

    def turn_on(self, user: User) -> None:
        """Sets two-factor up, from elsewhere."""
        user.tf_primary_method, user.tf_totp_secret = "authenticator", self._factory.generate_totp_secret()
        db.session.commit()


@pytest.fixture
def phone(app: Flask, clock: FrozenClock) -> AuthenticatorApp:
    return AuthenticatorApp(app, clock)


@pytest.fixture
def sign_in_with_code(
    app: Flask, phone: AuthenticatorApp, clock: FrozenClock
) -> Callable[[User], FlaskClient]:
    """Returns a browser in which somebody signed in with their password and a code of their app."""

    def browser(user: User) -> FlaskClient:
        client = app.test_client()
        client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
        clock.tick(seconds=90)  # a code that was not used yet
        client.post("/sign-in/code", data={"code": phone.code(user.tf_totp_secret)})
        return client

    return browser
