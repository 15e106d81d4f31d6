from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp import security
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.app import create_app
from webapp.clock import Clock
from webapp.config import Settings

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def guarded(app: Flask) -> Flask:
    """The application with its CSRF protection, and an address to post to."""
    app.config["WTF_CSRF_ENABLED"] = True
    app.add_url_rule("/change", view_func=lambda: "changed", methods=["POST"], endpoint="change")
    return app


def csrf_token(client: FlaskClient) -> str:
    page = client.get("/no/such/page", headers={"Accept": "text/html"}).text
    return page.split('"X-CSRFToken": "')[1].split('"')[0]


@pytest.mark.parametrize(
    "path", ["/healthz", "/no/such/page", "/static/css/base.css", "/static/vendor/htmx.min.js"]
)
def test_every_answer_is_under_the_policy(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_https_is_kept_to_where_it_is_used(settings: Settings, clock: Clock) -> None:
    app = create_app(settings.model_copy(update={"public_url": "https://parley.example"}), clock)
    response = app.test_client().get("/sign-in")
    assert "Strict-Transport-Security" in response.headers
    assert "Secure" in response.headers["Set-Cookie"]
    assert "HttpOnly" in response.headers["Set-Cookie"]


def test_post_without_the_pages_token_is_refused(guarded: Flask, alice: User, sign_in: Browser) -> None:
    response = sign_in(alice).post("/change", headers={"HX-Request": "true"})
    assert response.status_code == 400
    assert "This page is too old." in response.text


def test_post_with_the_pages_token_is_taken(guarded: Flask, alice: User, sign_in: Browser) -> None:
    client = sign_in(alice)
    assert client.post("/change", headers={"X-CSRFToken": csrf_token(client)}).text == "changed"


def test_token_of_somebody_elses_page_is_refused(
    guarded: Flask, alice: User, bob: User, sign_in: Browser
) -> None:
    stolen = csrf_token(sign_in(bob))
    assert sign_in(alice).post("/change", headers={"X-CSRFToken": stolen}).status_code == 400


def test_program_needs_no_page(guarded: Flask, alice: User, clock: Clock) -> None:
    token = accounts.create_token(alice, "bot", clock.now())
    answer = guarded.test_client().post("/change", headers={"Authorization": f"Bearer {token}"})
    assert answer.text == "changed"


def test_bearer_header_does_not_excuse_a_browser(guarded: Flask, alice: User, sign_in: Browser) -> None:
    answer = sign_in(alice).post("/change", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("public_url", "origin", "ours"),
    [
        (None, "http://localhost:8000", True),
        (None, "http://evil.example", False),
        (None, "http://localhost:8001", False),
        (None, "null", False),
        (None, None, False),
        ("https://parley.example", "https://parley.example", True),
        ("https://parley.example", "http://parley.example", False),
        ("https://parley.example", "http://localhost:8000", False),
    ],
)
def test_only_our_own_origin_is_ours(
    settings: Settings, clock: Clock, public_url: str | None, origin: str | None, ours: bool
) -> None:
    app = create_app(settings.model_copy(update={"public_url": public_url}), clock)
    headers = {"Origin": origin} if origin else {}
    with app.test_request_context(base_url="http://localhost:8000", headers=headers):
        assert security.origin_is_ours() is ours
