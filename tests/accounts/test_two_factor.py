"""Two-factor: set up, asked for at sign-in, and remembered for the session in which it was shown."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import current_user

from tests.accounts.conftest import AuthenticatorApp
from tests.conftest import PASSWORD, FrozenClock
from webapp.accounts import services
from webapp.accounts.models import User
from webapp.accounts.passwords import is_password_of
from webapp.accounts.second_factor import shown
from webapp.db import db

SETUP, CODE, RECOVERY = "/settings/two-factor", "/sign-in/code", "/sign-in/recovery-code"
RECOVERY_CODES = "/settings/two-factor/recovery-codes"


@pytest.fixture(autouse=True)
def me(app: Flask) -> None:
    """Adds an address that says who one is, and whether a second factor was shown."""

    def me() -> str:
        return f"{current_user.handle} {shown(current_user)}" if current_user.is_authenticated else "nobody"

    app.add_url_rule("/me", "me", me)


@pytest.fixture
def fresh(sign_in: Callable[[User], FlaskClient], alice: User) -> FlaskClient:
    """Alice has just typed her password."""
    client = sign_in(alice)
    client.post("/sign-in/again", data={"password": PASSWORD})
    return client


@pytest.fixture
def guarded(alice: User, phone: AuthenticatorApp) -> User:
    """Alice, with two-factor."""
    phone.turn_on(alice)
    return alice


def begin(client: FlaskClient) -> str:
    """Asks for a key, and returns it, as it is kept in the session."""
    assert client.post(SETUP, data={"setup": "authenticator"}).status_code == 200
    with client.session_transaction() as kept:
        return str(kept["tf_totp_secret"])


def password(client: FlaskClient, user: User, **more: str) -> str:
    answer = client.post("/sign-in", data={"email": user.email, "password": PASSWORD, **more})
    return str(answer.location)


def test_person_sets_it_up(fresh: FlaskClient, alice: User, phone: AuthenticatorApp) -> None:
    assert "Set it up" in fresh.get(SETUP).text
    secret = begin(fresh)
    assert not alice.has_two_factor
    done = fresh.post(CODE, data={"code": phone.code(secret)})
    assert done.location == SETUP
    assert alice.has_two_factor
    assert fresh.get("/me").text == "alice True"
    assert "It is on" in fresh.get(SETUP).text


def test_the_key_is_shown_as_a_picture_and_as_text(fresh: FlaskClient, app: Flask) -> None:
    page = fresh.post(SETUP, data={"setup": "authenticator"}).text
    assert 'src="data:image/svg+xml;base64,' in page
    with fresh.session_transaction() as kept:
        key = app.extensions["security"].totp_factory.get_totp_pretty_key(kept["tf_totp_secret"])
    assert key in page


def test_a_mistyped_code_asks_again_for_the_same_key(
    fresh: FlaskClient, alice: User, phone: AuthenticatorApp
) -> None:
    secret = begin(fresh)
    again = fresh.post(CODE, data={"code": "000000"})
    assert "not the code" in again.text
    assert not alice.has_two_factor
    fresh.post(CODE, data={"code": phone.code(secret)})
    assert alice.tf_totp_secret == secret


def test_neither_keys_nor_recovery_codes_are_kept_in_the_clear(
    fresh: FlaskClient, alice: User, phone: AuthenticatorApp, app: Flask
) -> None:
    secret = begin(fresh)
    fresh.post(CODE, data={"code": phone.code(secret)})
    key = app.extensions["security"].totp_factory.get_totp_b32_key(secret)
    assert key not in (alice.tf_totp_secret or "")
    codes = new_recovery_codes(fresh)
    assert len(codes) == 8
    assert not set(codes) & set(alice.mf_recovery_codes or [])


def test_setting_up_asks_for_the_password_again(sign_in: Callable[[User], FlaskClient], alice: User) -> None:
    client = sign_in(alice)
    for answer in (client.get(SETUP), client.post(SETUP, data={"setup": "authenticator"})):
        assert answer.location.startswith("/sign-in/again")
    asked = client.get(SETUP).location
    assert "Is it you?" in client.get(asked).text
    assert client.post(asked, data={"password": "guess"}).status_code == 200
    assert client.post(asked, data={"password": PASSWORD}).location.endswith(SETUP)
    assert client.get(SETUP).status_code == 200


def test_guest_is_sent_to_sign_in(client: FlaskClient) -> None:
    for address in (SETUP, CODE, RECOVERY, RECOVERY_CODES):
        assert client.get(address).location.startswith("/sign-in")
    assert client.get("/settings/two-factor/code").status_code == 403


def test_program_cannot_touch_it(app: Flask, alice: User, guarded: User, clock: FrozenClock) -> None:
    bearer = {"Authorization": f"Bearer {services.create_token(alice, 'bot', clock.now())}"}
    client = app.test_client()
    for address in (SETUP, RECOVERY_CODES, CODE):
        assert client.post(address, data={"setup": "disable"}, headers=bearer).status_code == 403
    assert client.get("/settings/two-factor/code", headers=bearer).status_code == 404
    assert alice.has_two_factor


def test_program_that_knows_the_password_gets_no_session(
    app: Flask, alice: User, guarded: User, clock: FrozenClock
) -> None:
    bearer = {"Authorization": f"Bearer {services.create_token(alice, 'bot', clock.now())}"}
    new = {"new_password": "another quiet room", "new_password_confirm": "another quiet room"}
    for address in ("/settings/password", "/sign-in/again"):
        client = app.test_client()
        answer = client.post(address, data={"password": PASSWORD} | new, headers=bearer)
        assert answer.status_code == 403
        assert client.get("/me").text == "nobody"
    assert is_password_of(alice, PASSWORD)


def test_signing_in_asks_for_the_code(client: FlaskClient, guarded: User, phone: AuthenticatorApp) -> None:
    assert password(client, guarded).startswith(CODE)
    assert client.get("/me").text == "nobody"
    assert "Your code" in client.get(CODE).text
    assert client.post(CODE, data={"code": phone.code(guarded.tf_totp_secret)}).status_code == 302
    assert client.get("/me").text == "alice True"


def test_the_way_on_is_kept_through_the_code(
    client: FlaskClient, guarded: User, phone: AuthenticatorApp
) -> None:
    asked = client.post("/sign-in?next=/spaces", data={"email": guarded.email, "password": PASSWORD}).location
    form = re.search(r'action="(/sign-in/code[^"]*)"', client.get(asked).text)
    assert form is not None
    answer = client.post(form[1], data={"code": phone.code(guarded.tf_totp_secret)})
    assert answer.location.endswith("/spaces")


@pytest.mark.parametrize("code", ["000000", "", "12345", "abcdef", "1" * 4000, "٠٠٠٠٠٠", "<b>"])
def test_a_wrong_code_signs_nobody_in(client: FlaskClient, guarded: User, code: str) -> None:
    password(client, guarded)
    answer = client.post(CODE, data={"code": code})
    assert answer.status_code == 200
    assert "<b>" not in answer.text
    assert client.get("/me").text == "nobody"


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_for_a_step_around_its_time(
    client: FlaskClient, guarded: User, phone: AuthenticatorApp, steps: int, right: bool
) -> None:
    password(client, guarded)
    client.post(CODE, data={"code": phone.code(guarded.tf_totp_secret, steps)})
    assert (client.get("/me").text != "nobody") is right


def test_a_code_is_taken_once(app: Flask, guarded: User, phone: AuthenticatorApp, clock: FrozenClock) -> None:
    first, second = app.test_client(), app.test_client()
    for client in (first, second):
        password(client, guarded)
        client.post(CODE, data={"code": phone.code(guarded.tf_totp_secret)})
    assert (first.get("/me").text, second.get("/me").text) == ("alice True", "nobody")
    clock.tick(seconds=30)
    second.post(CODE, data={"code": phone.code(guarded.tf_totp_secret)})
    assert second.get("/me").text == "alice True"


def test_wrong_codes_are_limited_by_address_and_by_account(app: Flask, guarded: User) -> None:
    def attempt(address: str) -> int:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        password(client, guarded)
        return client.post(CODE, data={"code": "000000"}).status_code

    assert [attempt("192.0.2.1") for _ in range(11)] == [200] * 10 + [429]
    assert [attempt(f"192.0.2.{10 + n}") for n in range(11)] == [200] * 10 + [429]


def test_code_page_without_a_password_before_it_is_sent_back(client: FlaskClient, guarded: User) -> None:
    assert client.post(CODE, data={"code": "000000"}).location.startswith("/sign-in")
    assert client.get("/sign-in/select").location.startswith("/sign-in")
    for method in ("GET", "POST"):
        assert client.open("/sign-in/rescue", method=method).status_code == 404


def test_looking_at_the_code_page_signs_nobody_out(
    sign_in: Callable[[User], FlaskClient], alice: User
) -> None:
    client = sign_in(alice)
    assert client.get(CODE).location == SETUP
    assert client.get("/me").text == "alice False"


# Recovery codes


def new_recovery_codes(client: FlaskClient) -> list[str]:
    page = client.post(RECOVERY_CODES, data={"generate_new_codes": "1"}).text
    return re.findall(r"<code>([0-9a-f-]+)</code>", page)


@pytest.fixture
def recovery(fresh: FlaskClient, phone: AuthenticatorApp) -> list[str]:
    """Alice has set two-factor up and has these codes."""
    fresh.post(CODE, data={"code": phone.code(begin(fresh))})
    return new_recovery_codes(fresh)


def test_each_recovery_code_signs_in_once(app: Flask, alice: User, recovery: list[str]) -> None:
    client, again = app.test_client(), app.test_client()
    for browser in (client, again):
        password(browser, alice)
        browser.post(RECOVERY, data={"code": recovery[3]})
    assert (client.get("/me").text, again.get("/me").text) == ("alice True", "nobody")
    assert len(alice.mf_recovery_codes or []) == 7
    again.post(RECOVERY, data={"code": recovery[4]})
    assert again.get("/me").text == "alice True"


def test_new_recovery_codes_replace_the_old(
    app: Flask, fresh: FlaskClient, alice: User, recovery: list[str]
) -> None:
    renewed = new_recovery_codes(fresh)
    assert not set(renewed) & set(recovery)
    assert all(code in fresh.get(f"{RECOVERY_CODES}?show_codes=1").text for code in renewed)
    client = app.test_client()
    password(client, alice)
    assert "none of your recovery codes" in client.post(RECOVERY, data={"code": recovery[0]}).text
    assert client.get("/me").text == "nobody"


def test_recovery_codes_are_limited_too(client: FlaskClient, alice: User, recovery: list[str]) -> None:
    password(client, alice)
    answers = [client.post(RECOVERY, data={"code": "0000-0000-0000"}).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]


# What a session has shown


def test_session_from_before_has_shown_nothing(
    sign_in: Callable[[User], FlaskClient], fresh: FlaskClient, alice: User, phone: AuthenticatorApp
) -> None:
    elsewhere = sign_in(alice)
    fresh.post(CODE, data={"code": phone.code(begin(fresh))})
    assert fresh.get("/me").text == "alice True"
    assert elsewhere.get("/me").text == "alice False"


def test_remember_me_cookie_shows_nothing(
    client: FlaskClient, app: Flask, guarded: User, phone: AuthenticatorApp
) -> None:
    password(client, guarded, remember="y")
    client.post(CODE, data={"code": phone.code(guarded.tf_totp_secret)})
    assert client.get("/me").text == "alice True"
    client.delete_cookie("parley")  # the browser was closed
    assert client.get("/me").text == "alice False"


def test_session_without_a_code_cannot_change_anything(
    sign_in: Callable[[User], FlaskClient], guarded: User
) -> None:
    client = sign_in(guarded)
    client.post("/sign-in/again", data={"password": PASSWORD})
    for how in ("disable", "authenticator"):
        assert client.post(SETUP, data={"setup": how}).location == "/settings/two-factor/code"
    for address in (SETUP, RECOVERY_CODES, f"{RECOVERY_CODES}?show_codes=1"):
        assert client.get(address).location == "/settings/two-factor/code"
    assert guarded.has_two_factor


def test_a_session_can_show_the_code_later(
    sign_in: Callable[[User], FlaskClient], guarded: User, phone: AuthenticatorApp
) -> None:
    client, code = sign_in(guarded), phone.code(guarded.tf_totp_secret)
    asked = "/settings/two-factor/code"
    assert client.get(asked).status_code == 200
    assert "Wait for the next one" in client.post(asked, data={"code": "000000"}).text
    assert client.get("/me").text == "alice False"
    assert client.post(asked, data={"code": code}).location == SETUP
    assert client.get("/me").text == "alice True"
    assert "not the code" in client.post(asked, data={"code": code}).text


def test_later_codes_are_limited(sign_in: Callable[[User], FlaskClient], guarded: User) -> None:
    client = sign_in(guarded)
    codes = [client.post("/settings/two-factor/code", data={"code": "1"}).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]


def test_another_app_asks_every_other_session_again(
    sign_in_with_code: Callable[[User], FlaskClient],
    guarded: User,
    phone: AuthenticatorApp,
    clock: FrozenClock,
) -> None:
    one, other = sign_in_with_code(guarded), sign_in_with_code(guarded)
    assert other.get("/me").text == "alice True"
    clock.tick(seconds=90)
    one.post("/sign-in/again", data={"password": PASSWORD})
    one.post(CODE, data={"code": phone.code(begin(one))})
    assert (one.get("/me").text, other.get("/me").text) == ("alice True", "alice False")


def test_turned_off_the_password_is_enough_and_shows_nothing(
    sign_in_with_code: Callable[[User], FlaskClient], app: Flask, guarded: User
) -> None:
    client = sign_in_with_code(guarded)
    client.post("/sign-in/again", data={"password": PASSWORD})
    new_recovery_codes(client)
    client.post(SETUP, data={"setup": "disable"})
    assert not guarded.has_two_factor
    assert guarded.mf_recovery_codes is None
    assert client.get("/me").text == "alice False"
    other = app.test_client()
    assert not password(other, guarded).startswith(CODE)
    assert other.get("/me").text == "alice False"


def test_operator_helps_who_lost_everything(app: Flask, guarded: User) -> None:
    assert app.test_cli_runner().invoke(args=["accounts", "two-factor-off", guarded.email]).exit_code == 0
    db.session.expire_all()
    assert not guarded.has_two_factor
    unknown = app.test_cli_runner().invoke(args=["accounts", "two-factor-off", "who@example.com"])
    assert unknown.exit_code == 1
    assert "no account" in unknown.output


def test_operator_makes_and_unmakes_a_reviewer_by_command(app: Flask, alice: User) -> None:
    run = app.test_cli_runner().invoke
    assert "once two-factor is set up" in run(args=["accounts", "reviewer", alice.email]).output
    run(args=["accounts", "reviewer", alice.email])
    db.session.expire_all()
    assert [role.name for role in alice.roles] == ["reviewer"]
    assert run(args=["accounts", "reviewer", "--revoke", alice.email]).exit_code == 0
    db.session.expire_all()
    assert not alice.is_reviewer
    assert run(args=["accounts", "reviewer", "who@example.com"]).exit_code == 1
