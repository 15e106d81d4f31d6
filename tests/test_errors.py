import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.errors import Conflict, DomainError, Forbidden, Invalid, NotFound

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def trouble(app: Flask) -> None:
    """Adds addresses at which something goes wrong."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail(error: Exception) -> None:
        raise error

    for error in (Invalid, Forbidden, NotFound, Conflict):
        rule = f"/{error.__name__.lower()}"
        app.add_url_rule(rule, rule, lambda error=error: fail(error("A <b>sentence</b>.")))
    app.add_url_rule("/bug", "bug", lambda: fail(RuntimeError("a secret")))


@pytest.mark.parametrize("error", [Invalid, Forbidden, NotFound, Conflict])
def test_domain_error_becomes_a_page(client: FlaskClient, error: type[DomainError]) -> None:
    response = client.get(f"/{error.__name__.lower()}", headers={"Accept": "text/html"})
    assert response.status_code == error.status
    assert "A &lt;b&gt;sentence&lt;/b&gt;." in response.text
    assert "<html" in response.text


def test_domain_error_becomes_a_fragment_for_htmx(client: FlaskClient) -> None:
    response = client.get("/conflict", headers=HTMX)
    assert response.status_code == 409
    assert response.headers["HX-Retarget"] == "#flash"
    assert "A &lt;b&gt;sentence&lt;/b&gt;." in response.text
    assert "<html" not in response.text


def test_program_reads_the_sentence_alone(client: FlaskClient) -> None:
    response = client.get("/conflict", headers={"Accept": "application/json"})
    assert response.text == "A <b>sentence</b>.\n"
    assert response.content_type.startswith("text/plain")


def test_unknown_address_is_not_found(client: FlaskClient) -> None:
    response = client.get("/no/such/page", headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert "There is nothing at this address." in response.text


def test_wrong_method_names_the_right_one(client: FlaskClient) -> None:
    response = client.post("/healthz")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_bug_keeps_its_secrets(client: FlaskClient) -> None:
    response = client.get("/bug", headers={"Accept": "text/html"})
    assert response.status_code == 500
    assert "a secret" not in response.text
