"""Who forgot their password takes another one, with a link that is mailed to them."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.accounts.conftest import AuthenticatorApp
from tests.conftest import PASSWORD, FrozenClock
from webapp.accounts import reset
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.accounts.passwords import hashed, is_password_of
from webapp.config import Settings
from webapp.db import db
from webapp.errors import Conflict, NotFound
from webapp.mail import Mail

NEW = "eight new rooms"
SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    given = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "Parley <parley@example.org>"}
    return Settings(_env_file=None, **settings.model_dump() | given)


def ask(client: FlaskClient, email: str) -> tuple[int, str]:
    answer = client.post("/sign-in/forgotten", data={"email": email})
    return answer.status_code, client.get("/sign-in").text if answer.status_code == 303 else answer.text


def mails() -> list[Mail]:
    return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def link(client: FlaskClient, user: User) -> str:
    """Asks, and returns the path that was mailed last."""
    assert ask(client, user.email)[0] == 303
    (path,) = re.findall(r"^https?://[^/]+(/sign-in/new-password/\S+)$", mails()[-1].text, re.MULTILINE)
    return str(path)


def choose(client: FlaskClient, path: str, password: str = NEW, again: str | None = None) -> int:
    fields = {"new_password": password, "new_password_confirm": password if again is None else again}
    return client.post(path, data=fields).status_code


def signs_in(app: Flask, user: User, password: str) -> bool:
    attempt = {"email": user.email, "password": password}
    return app.test_client().post("/sign-in", data=attempt).status_code == 302


def test_person_takes_another_password_and_every_browser_is_signed_out(
    app: Flask, client: FlaskClient, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    token, hers, his = accounts.create_token(alice, "bot", clock.now()), sign_in(alice), sign_in(bob)
    assert "/sign-in/forgotten" in client.get("/sign-in").text
    path = link(client, alice)
    assert [mail.address for mail in mails()] == [alice.email]
    for _ in range(2):
        page = client.get(path)
        assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
        assert "next=" not in page.text
    assert choose(client, path) == 303
    assert "Sign in with the new one" in client.get("/sign-in").text
    assert (signs_in(app, alice, PASSWORD), signs_in(app, alice, NEW)) == (False, True)
    assert [each.get("/settings").status_code for each in (hers, his)] == [302, 200]
    assert accounts.account_by_token(token, clock.now()) == alice
    assert signs_in(app, bob, PASSWORD)


def test_link_works_once_and_ends_the_others(client: FlaskClient, alice: User) -> None:
    first, second = link(client, alice), link(client, alice)
    assert choose(client, first) == 303
    for path in (first, second):
        assert client.get(path).location == "/sign-in/forgotten"
        assert choose(client, path, "another one") == 302
    assert "That link was used, or is too old." in client.get("/sign-in/forgotten").text
    assert is_password_of(alice, NEW)


def test_link_works_for_half_an_hour(client: FlaskClient, alice: User, clock: FrozenClock) -> None:
    path = link(client, alice)
    assert mails()[0].until == clock.now() + reset.LASTS
    clock.tick(minutes=29, seconds=59)
    assert client.get(path).status_code == 200
    clock.tick(seconds=1)
    assert client.get(path).status_code == 302
    assert choose(client, path) == 302
    assert is_password_of(alice, PASSWORD)


@pytest.mark.parametrize("end", ["password", "sign_out", "suspended", "deleted"])
def test_link_is_worth_nothing_once_the_account_is_otherwise(
    client: FlaskClient, alice: User, clock: FrozenClock, end: str
) -> None:
    path = link(client, alice)
    if end == "password":
        alice.password = hashed("changed meanwhile")
    elif end == "sign_out":
        accounts.sign_out_everywhere(alice)
    elif end == "suspended":
        alice.active = False
    else:
        accounts.delete_account(alice, clock.now())
    db.session.commit()
    kept = alice.password
    assert choose(client, path) == 302
    assert alice.password == kept


def test_forged_link_is_refused(client: FlaskClient, alice: User, bob: User) -> None:
    start, token = link(client, alice).rsplit("/", 1)
    signature, of_bob = token.rpartition(".")[2], link(client, bob).rsplit("/", 1)[1].rpartition(".")[0]
    for forged in (token[:-2], f"{token}x", signature, "x", f"{of_bob}.{signature}"):
        assert choose(client, f"{start}/{forged}") == 302
    assert all(is_password_of(user, PASSWORD) for user in (alice, bob))


def test_of_two_who_use_a_link_at_once_one_does(
    client: FlaskClient, alice: User, app: Flask, clock: FrozenClock
) -> None:
    token = link(client, alice).rsplit("/", 1)[1]
    key = app.extensions["settings"].signing_key()
    reset.account_of(token, key, clock.now())
    stale = User(id=alice.id, password=alice.password)
    reset.take_password(alice, hashed(NEW))
    with pytest.raises(Conflict):
        reset.take_password(stale, hashed("another one"))
    with pytest.raises(NotFound):
        reset.account_of(token, key, clock.now())
    assert is_password_of(alice, NEW)


def test_stranger_is_not_told_whose_address_is_known(client: FlaskClient, alice: User, bob: User) -> None:
    bob.active = False
    db.session.commit()
    emails = [alice.email.upper(), "who@example.com", bob.email, "no address"]
    answers = [ask(client, email) for email in emails]
    without_tokens = [(status, re.sub(r'"[^"]{40,}"|X-CSRFToken[^}]+', "", page)) for status, page in answers]
    assert without_tokens == [without_tokens[0]] * 4
    assert "If somebody here has that address" in answers[0][1]
    assert [mail.address for mail in mails()] == [alice.email]


def test_password_that_is_too_short_or_typed_otherwise_uses_no_link_up(
    client: FlaskClient, alice: User
) -> None:
    assert ask(client, "")[0] == 422
    path = link(client, alice)
    wrong = [("short", "short"), ("", ""), (NEW, "other")]
    assert [choose(client, path, *typed) for typed in wrong] == [422] * 3
    assert is_password_of(alice, PASSWORD)
    assert choose(client, path) == 303


def test_asking_is_limited_by_address_and_by_who_asks(client: FlaskClient, app: Flask, alice: User) -> None:
    assert [ask(client, alice.email)[0] for _ in range(4)] == [303, 303, 303, 429]
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert ask(elsewhere, f" {alice.email.upper()} ")[0] == 429
    assert [ask(elsewhere, f"{n}@example.com")[0] for n in range(11)] == [303] * 10 + [429]
    assert len(mails()) == 3


def test_second_factor_is_still_asked_for(
    client: FlaskClient, alice: User, phone: AuthenticatorApp, app: Flask
) -> None:
    phone.turn_on(alice)
    assert choose(client, link(client, alice)) == 303
    assert alice.has_two_factor
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"email": alice.email, "password": NEW})
    assert answer.location.startswith("/sign-in/code")
    assert browser.get("/settings").location.startswith("/sign-in")


def test_link_leads_to_this_site_whatever_a_request_calls_it(client: FlaskClient, alice: User) -> None:
    client.post("/sign-in/forgotten", data={"email": alice.email}, headers={"Host": "evil.example"})
    assert [mail.address for mail in mails()] == [alice.email]
    assert "evil" not in mails()[0].text
