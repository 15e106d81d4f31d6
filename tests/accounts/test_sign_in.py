from collections.abc import Callable
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import auth_required, current_user

from tests.conftest import PASSWORD
from webapp.accounts.models import User
from webapp.db import db


@pytest.fixture(autouse=True)
def me(app: Flask) -> None:
    """Adds an address that says who one is, and one that only people may see."""
    name = lambda: current_user.handle if current_user.is_authenticated else "nobody"  # noqa: E731
    app.add_url_rule("/me", "me", name)
    app.add_url_rule("/private", "private", auth_required()(lambda: "private"))


def attempt(client: FlaskClient, email: str, password: str) -> int:
    return client.post("/sign-in", data={"email": email, "password": password}).status_code


@pytest.mark.parametrize("email", ["alice@example.com", "Alice@Example.com"])
def test_person_signs_in_and_out(client: FlaskClient, alice: User, email: str) -> None:
    assert attempt(client, email, PASSWORD) == 302
    assert client.get("/me").text == "alice"
    client.post("/sign-out")
    assert client.get("/me").text == "nobody"


def test_wrong_password_and_unknown_address_get_the_same_answer(client: FlaskClient, alice: User) -> None:
    wrong = client.post("/sign-in", data={"email": alice.email, "password": "guess"})
    unknown = client.post("/sign-in", data={"email": "who@example.com", "password": "guess"})
    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert answer.text.count("do not belong together") == 1
    assert client.get("/me").text == "nobody"


def test_suspended_person_stays_out(
    client: FlaskClient, alice: User, sign_in: Callable[[User], FlaskClient]
) -> None:
    signed_in = sign_in(alice)
    alice.active = False
    db.session.commit()
    assert attempt(client, alice.email, PASSWORD) == 200
    assert signed_in.get("/me").text == "nobody"


def test_visitor_is_sent_to_sign_in_and_back(client: FlaskClient, alice: User) -> None:
    sent = client.get("/private", headers={"Accept": "text/html"})
    assert sent.location.startswith("/sign-in?next=")
    back = client.post(sent.location, data={"email": alice.email, "password": PASSWORD})
    assert back.location.endswith("/private")


def test_nobody_is_sent_to_another_site(client: FlaskClient, alice: User) -> None:
    there = "/sign-in?next=https://evil.example/"
    answer = client.post(there, data={"email": alice.email, "password": PASSWORD})
    assert "evil" not in (answer.location or "")


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("/spaces?topic=tea", "/spaces?topic%3Dtea"),
        ("/search?q=gr%C3%BC%C3%9Fe", "/search?q%3Dgr%25C3%25BC%25C3%259Fe"),
        ("/topics/gr%C3%BC%C3%9Fe", "/topics/gr%C3%BC%C3%9Fe"),
        ("/@nobody", "/@nobody"),
        ("/sign-in?next=/spaces", "/spaces"),
    ],
)
def test_header_leads_to_sign_in_and_back(client: FlaskClient, alice: User, page: str, back: str) -> None:
    html = client.get(page, headers={"Accept": "text/html"}).text
    sign_in, sign_up = (f"/{where}?next={back}" for where in ("sign-in", "sign-up"))
    assert f'<a href="{sign_in}"' in html
    assert f'<a class="button" href="{sign_up}"' in html
    answer = client.post(sign_in, data={"email": alice.email, "password": PASSWORD})
    assert unquote(answer.location) == unquote(unquote(back))


@pytest.mark.parametrize(
    "page",
    [
        "/",
        "/sign-in",
        "/sign-up",
        "/sign-in?next=https://evil.example/",
        "/sign-in?next=//evil.example/",
        "/sign-in?next=/%5Cevil.example/",
        "/sign-in?next=/%09/evil.example/",
        "/sign-in?next=javascript:alert(1)",
        "/%5Cevil.example/",
        "//evil.example/",
    ],
)
def test_header_leads_to_no_other_site_and_back_to_no_form(client: FlaskClient, page: str) -> None:
    html = client.get(page, headers={"Accept": "text/html"}).text
    assert '<a href="/sign-in"' in html
    assert "next=" not in html


def test_page_that_only_a_form_leads_to_is_no_way_back(client: FlaskClient) -> None:
    html = client.post("/nowhere", headers={"Accept": "text/html"}).text
    assert '<a href="/sign-in"' in html


def test_guesses_are_limited_and_successes_are_not(client: FlaskClient, app: Flask, alice: User) -> None:
    for _ in range(12):
        assert attempt(app.test_client(), alice.email, PASSWORD) == 302
    for _ in range(10):
        assert attempt(client, alice.email, "guess") == 200
    refused = client.post("/sign-in", data={"email": alice.email, "password": PASSWORD})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert attempt(elsewhere, alice.email, PASSWORD) == 302


def test_site_without_mail_has_no_way_to_another_password(client: FlaskClient, alice: User) -> None:
    assert "/sign-in/forgotten" not in client.get("/sign-in").text
    for path in ("/sign-in/forgotten", "/sign-in/new-password/x"):
        assert client.get(path).status_code == 404
        assert client.post(path, data={"email": alice.email}).status_code == 404
