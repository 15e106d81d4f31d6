"""The operator says who reviews."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.conftest import AuthenticatorApp
from tests.conftest import FrozenClock
from webapp.accounts import services as accounts
from webapp.accounts.models import User


def test_operator_makes_and_unmakes_a_reviewer(
    operator: FlaskClient, charlie: User, phone: AuthenticatorApp
) -> None:
    assert "There are none yet" in operator.get("/admin/reviewers").text
    for handle in ("@Charlie ", "charlie"):
        assert operator.post("/admin/reviewers", data={"handle": handle}).status_code == 303
    assert charlie.is_reviewer
    assert "Two-factor is not on" in operator.get("/admin/reviewers").text
    phone.turn_on(charlie)
    assert "Two-factor is on." in operator.get("/admin/reviewers").text
    for _ in range(2):
        assert operator.post("/admin/reviewers/charlie/revoke").status_code == 303
    assert not charlie.is_reviewer


def test_operator_stays_operator_whatever_else_they_are(operator: FlaskClient) -> None:
    operator.post("/admin/reviewers", data={"handle": "olga"})
    operator.post("/admin/reviewers/olga/revoke")
    assert operator.get("/admin/reviewers").status_code == 200


def test_unknown_handle_is_said_beside_the_field(operator: FlaskClient) -> None:
    answer = operator.post("/admin/reviewers", data={"handle": "<b>"})
    assert answer.status_code == 422
    assert "There is no account called" in answer.text
    assert "<b>" not in answer.text
    assert operator.post("/admin/reviewers/nobody/revoke").status_code == 404


def test_for_everybody_else_there_is_nothing(
    app: Flask,
    operator: FlaskClient,
    sign_in: Callable[[User], FlaskClient],
    reviewer: FlaskClient,
    charlie: User,
    clock: FrozenClock,
) -> None:
    program = app.test_client()
    token = accounts.create_token(accounts.account_by_handle("olga"), "bot", clock.now())
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    for browser in (app.test_client(), sign_in(charlie), reviewer, program):
        assert browser.get("/admin/reviewers").status_code == 404
        assert browser.post("/admin/reviewers", data={"handle": "charlie"}).status_code == 404
        assert browser.post("/admin/reviewers/rita/revoke").status_code == 404
    assert not charlie.is_reviewer
    assert accounts.account_by_handle("rita").is_reviewer
