"""What is said to those who may not open a socket, while it can still be said."""

from collections.abc import Callable
from socket import socketpair

import pytest
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.media.fake import FakeCore
from webapp.accounts.models import User
from webapp.media import media
from webapp.spaces import services
from webapp.spaces.models import Space

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "parley.v1",
    "Origin": "http://localhost",
}


@pytest.fixture
def space(app: object, alice: User, clock: FrozenClock) -> Space:
    media.start(FakeCore())
    space = services.create_space(alice, "Tea", "", False, clock.now())
    services.start_space(space, alice, clock.now())
    return space


def status(client: FlaskClient, space: Space, **headers: str | None) -> int:
    """What a handshake with these headers instead (None: without them) is answered with."""
    asked = UPGRADE | {name.replace("_", "-"): value for name, value in headers.items()}
    given = {name: value for name, value in asked.items() if value is not None}
    left, right = socketpair()
    with left, right:
        answer = client.get(f"{space.url}/socket", headers=given, environ_overrides={"werkzeug.socket": left})
    return answer.status_code


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://localhost.evil.example", "https://localhost"]
)
def test_a_page_of_another_site_is_refused(client: FlaskClient, space: Space, origin: str | None) -> None:
    assert status(client, space, Origin=origin) == 403


@pytest.mark.parametrize("offered", [None, "", "parley.v2", "parley.v10, chat"])
def test_another_protocol_is_refused(client: FlaskClient, space: Space, offered: str | None) -> None:
    assert status(client, space, Sec_WebSocket_Protocol=offered) == 400


def test_a_plain_request_is_refused(client: FlaskClient, space: Space) -> None:
    assert client.get(f"{space.url}/socket").status_code == 400


def test_a_space_that_does_not_exist_is_not_found(client: FlaskClient) -> None:
    media.start(FakeCore())
    assert client.get("/spaces/nowhere/socket", headers=UPGRADE).status_code == 404


def test_a_space_that_is_not_live_cannot_be_joined(
    client: FlaskClient, space: Space, alice: User, clock: FrozenClock
) -> None:
    announced = services.create_space(alice, "Later", "", False, clock.now())
    assert status(client, announced) == 409
    services.end_space(space, alice, clock.now())
    assert status(client, space) == 409


def test_who_was_removed_is_refused(
    client: FlaskClient,
    space: Space,
    alice: User,
    bob: User,
    sign_in: Callable[[User], FlaskClient],
    clock: FrozenClock,
) -> None:
    services.note_arrival(space.id, bob.id, clock.now())
    services.remove_person(space, alice, "bob", clock.now())
    assert status(sign_in(bob), space) == 403


def test_without_a_core_there_is_nothing_to_join(client: FlaskClient, space: Space) -> None:
    media.stop()
    assert status(client, space) == 503


@pytest.mark.parametrize(
    "broken", [{"Sec_WebSocket_Key": None}, {"Sec_WebSocket_Version": "8"}, {"Sec_WebSocket_Version": None}]
)
def test_a_malformed_handshake_is_refused(
    client: FlaskClient, space: Space, broken: dict[str, str | None]
) -> None:
    assert status(client, space, **broken) == 400
