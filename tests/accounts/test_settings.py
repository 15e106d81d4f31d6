"""Settings, by the one whose they are, by somebody else, and by a guest."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import current_user

from tests.conftest import PASSWORD, FrozenClock
from webapp.accounts import services
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Invalid, NotFound

SignIn = Callable[[User], FlaskClient]
NEW = "eight quieter rooms"
CHANGES = [
    ("/settings/name", {"display_name": "Zoë"}),
    ("/settings/bio", {"bio": "Tea."}),
    ("/settings/time-zone", {"time_zone": "Asia/Tokyo"}),
    ("/settings/sign-out-everywhere", {}),
    ("/settings/tokens", {"name": "radio"}),
    ("/settings/tokens/1/revoke", {}),
]


@pytest.fixture(autouse=True)
def me(app: Flask) -> None:
    """Adds an address that says who one is."""
    app.add_url_rule("/me", "me", lambda: current_user.handle if current_user.is_authenticated else "nobody")


def change_password(browser: FlaskClient, **typed: str) -> tuple[int, str]:
    right = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    answer = browser.post("/settings/password", data=right | typed)
    return answer.status_code, answer.text


def token_in(page: str) -> str:
    return page.partition('id="new-token" readonly value="')[2].partition('"')[0]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_person_sees_what_is_set_and_the_way_there(alice: User, sign_in: SignIn) -> None:
    page = sign_in(alice).get("/settings").text
    assert 'value="Alice"' in page
    assert "@alice" in page
    assert "alice@example.com" in page
    assert alice.fs_uniquifier not in page
    assert 'href="/settings"' in sign_in(alice).get("/").text


def test_guest_is_sent_to_sign_in_and_changes_nothing(client: FlaskClient, alice: User) -> None:
    for path in ("/settings", "/settings/password"):
        assert client.get(path, headers={"Accept": "text/html"}).location.startswith("/sign-in?next=")
    for path, data in CHANGES:
        assert client.post(path, data=data).status_code == 403
    assert services.tokens_of(alice) == []


def test_program_changes_nothing(client: FlaskClient, alice: User, clock: FrozenClock) -> None:
    token = services.create_token(alice, "bot", clock.now())
    assert client.get("/settings", headers=bearer(token)).status_code == 403
    for path, data in CHANGES:
        assert client.post(path, data=data, headers=bearer(token)).status_code == 403
    assert alice.display_name == "Alice"
    assert len(services.tokens_of(alice)) == 1


def test_form_of_another_site_changes_nothing(app: Flask, alice: User, sign_in: SignIn) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    browser = sign_in(alice)
    for path, data in CHANGES:
        assert browser.post(path, data=data).status_code == 400
    assert browser.get("/me").text == "alice"


# The name


def test_person_changes_their_name(alice: User, bob: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    assert browser.post("/settings/name", data={"display_name": " Zoë  A. "}).location == "/settings"
    assert (alice.display_name, alice.handle, bob.display_name) == ("Zoë A.", "alice", "Bob")
    assert "Your name is changed." in browser.get("/settings").text


@pytest.mark.parametrize(("typed", "said"), [("", "at least one letter"), ("x" * 51, "at most 50")])
def test_name_that_cannot_be_is_said_beside_it(alice: User, sign_in: SignIn, typed: str, said: str) -> None:
    answer = sign_in(alice).post("/settings/name", data={"display_name": typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert alice.display_name == "Alice"


# The password


def test_person_changes_their_password_and_stays_in_this_browser_alone(
    client: FlaskClient, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    token = services.create_token(alice, "bot", clock.now())
    browser, elsewhere = sign_in(alice), sign_in(alice)
    assert change_password(browser)[0] == 302
    assert browser.get("/me").text == "alice"
    assert elsewhere.get("/me").text == "nobody"
    assert client.get("/me", headers=bearer(token)).text == "alice"
    attempt = {"email": alice.email, "password": PASSWORD}
    assert client.post("/sign-in", data=attempt).status_code == 200
    assert client.post("/sign-in", data=attempt | {"password": NEW}).status_code == 302


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("password", "guess", "That is not your password."),
        ("password", "", "That is not your password."),
        ("new_password", "", "Choose a new password."),
        ("new_password_confirm", "another", "The two are not the same."),
    ],
)
def test_password_is_not_changed_by_who_does_not_know_it(
    alice: User, sign_in: SignIn, field: str, typed: str, said: str
) -> None:
    before = alice.password
    status, page = change_password(sign_in(alice), **{field: typed})
    assert (status, page.count(said)) == (200, 1)
    assert alice.password == before


def test_short_password_is_refused(alice: User, sign_in: SignIn) -> None:
    status, page = change_password(sign_in(alice), new_password="short", new_password_confirm="short")
    assert status == 200
    assert "8 characters" in page.partition("field-errors")[2]


def test_guesses_of_the_password_are_limited(alice: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    for _ in range(10):
        assert change_password(browser, password="guess")[0] == 200
    assert change_password(browser)[0] == 429


# Sessions


def test_person_signs_out_everywhere(
    client: FlaskClient, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    token = services.create_token(alice, "bot", clock.now())
    browser, elsewhere, other = sign_in(alice), sign_in(alice), sign_in(bob)
    assert browser.post("/settings/sign-out-everywhere").location == "/sign-in"
    assert "signed out everywhere" in browser.get("/sign-in").text
    assert browser.get("/me").text == elsewhere.get("/me").text == "nobody"
    assert other.get("/me").text == "bob"
    assert client.get("/me", headers=bearer(token)).text == "alice"


# Tokens


def test_person_makes_a_token_that_is_shown_once(
    client: FlaskClient, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    browser = sign_in(alice)
    answer = browser.post("/settings/tokens", data={"name": " radio "})
    assert answer.headers["Cache-Control"] == "no-store"
    token = token_in(answer.text)
    assert token.startswith("parley_")
    page = browser.get("/settings").text
    assert "radio" in page
    assert "Not used yet." in page
    assert token not in page
    assert client.get("/me", headers=bearer(token)).text == "alice"
    assert "Last used" in browser.get("/settings").text


@pytest.mark.parametrize("typed", ["", "\u200b", "x" * 61])
def test_token_for_nothing_is_not_made(alice: User, sign_in: SignIn, typed: str) -> None:
    assert sign_in(alice).post("/settings/tokens", data={"name": typed}).status_code == 422
    assert services.tokens_of(alice) == []


def test_tokens_are_not_piled_up(alice: User, clock: FrozenClock) -> None:
    for _ in range(services.TOKENS_MAX):
        services.create_token(alice, "bot", clock.now())
    with pytest.raises(Conflict, match="Revoke one"):
        services.create_token(alice, "bot", clock.now())


def test_person_revokes_a_token(
    client: FlaskClient, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    token = services.create_token(alice, "bot", clock.now())
    kept = services.create_token(alice, "other", clock.now())
    browser, number = sign_in(alice), services.tokens_of(alice)[1].id
    assert browser.post(f"/settings/tokens/{number}/revoke").location == "/settings"
    assert client.get("/me", headers=bearer(token)).status_code == 401
    assert client.get("/me", headers=bearer(kept)).text == "alice"
    assert browser.post(f"/settings/tokens/{number}/revoke").status_code == 404


def test_outsider_neither_sees_nor_revokes_a_token(
    client: FlaskClient, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    token = services.create_token(alice, "alices-radio", clock.now())
    browser, number = sign_in(bob), services.tokens_of(alice)[0].id
    assert "alices-radio" not in browser.get("/settings").text
    assert browser.post(f"/settings/tokens/{number}/revoke").status_code == 404
    with pytest.raises(NotFound):
        services.revoke_token(bob, number)
    assert client.get("/me", headers=bearer(token)).text == "alice"


def test_markup_in_a_tokens_name_is_inert(alice: User, sign_in: SignIn, clock: FrozenClock) -> None:
    services.create_token(alice, "<script>1</script>", clock.now())
    assert "<script>1" not in sign_in(alice).get("/settings").text


def test_suspended_person_has_no_settings(alice: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    alice.active = False
    db.session.commit()
    assert browser.post("/settings/name", data={"display_name": "Zoë"}).status_code == 403
    assert alice.display_name == "Alice"


# What one says of oneself, and the time zone


def test_person_says_something_of_themself(alice: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    assert (
        browser.post("/settings/bio", data={"bio": " Tea,\nand <b>cake</b>\u202e. 👩\u200d💻 "}).location
        == "/settings"
    )
    assert alice.bio == "Tea, and <b>cake</b> . 👩\u200d💻"
    assert "Tea, and &lt;b&gt;cake&lt;/b&gt;" in browser.get("/settings").text
    assert browser.post("/settings/bio", data={"bio": "x" * 161}).status_code == 422
    assert browser.post("/settings/bio", data={"bio": "x" * 160}).status_code == 303
    assert browser.post("/settings/bio", data={}).status_code == 303
    assert alice.bio == ""


def test_person_is_shown_times_in_their_zone(alice: User, bob: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    assert "data-zone" not in browser.get("/").text
    assert browser.post("/settings/time-zone", data={"time_zone": "Asia/Tokyo"}).location == "/settings"
    page = browser.get("/settings").text
    assert '<html lang="en" data-zone="Asia/Tokyo">' in page
    assert '<option selected value="Asia/Tokyo">Asia/Tokyo</option>' in page
    assert "data-zone" not in sign_in(bob).get("/").text
    assert browser.post("/settings/time-zone", data={"time_zone": ""}).status_code == 303
    assert alice.time_zone is None


@pytest.mark.parametrize("name", ["Mars/Base", "../../etc/passwd", "Europe/berlin", "localtime", "\x00"])
def test_what_is_no_time_zone_is_refused(alice: User, sign_in: SignIn, name: str) -> None:
    assert sign_in(alice).post("/settings/time-zone", data={"time_zone": name}).status_code == 422
    with pytest.raises(Invalid):
        services.set_time_zone(alice, name)
    assert alice.time_zone is None
