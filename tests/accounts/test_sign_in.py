from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from flask_security import current_user

from webapp.accounts.models import User


def test_fixture_signs_in(app: Flask, alice: User, sign_in: Callable[[User], FlaskClient]) -> None:
    app.add_url_rule("/me", view_func=lambda: current_user.handle)
    assert sign_in(alice).get("/me").text == "alice"
