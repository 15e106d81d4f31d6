"""Sockets that Flask let in live on in the media core, and nothing of them stays behind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.media.conftest import Site, close_code, open_sockets, texts_until
from tests.spaces.conftest import bring
from webapp.accounts.models import User
from webapp.accounts.services import create_token
from webapp.bot.websocket import Refused, WebSocket
from webapp.media import media
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.stage import services as stage

STATE = 4
LISTENER, SPEAKER, HOST = range(3)


@pytest.fixture
def space(site: Site, alice: User, clock: FrozenClock) -> Space:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    services.start_space(space, alice, clock.now())
    return space


def first_state(sock: WebSocket) -> tuple[int, int, int]:
    """The role, flags and seat that the server says first."""
    message = sock.receive(5.0)
    assert isinstance(message, bytes)
    assert message[0] == STATE
    return message[1], message[2], message[3]


def test_a_guest_listens_and_is_told_what_is_there(site: Site, space: Space) -> None:
    sock = site.connect(space)
    assert first_state(sock)[::2] == (LISTENER, 255)
    assert "1 listener" in texts_until(sock, lambda html: 'id="seats"' in html)[-1]


def test_a_session_decides_whose_socket_it_is(
    site: Site, space: Space, alice: User, sign_in: Callable[[User], FlaskClient]
) -> None:
    sock = site.connect(space, sign_in(alice))
    assert first_state(sock) == (HOST, 1, 0)
    stage.set_muted(space, alice, False)
    texts_until(sock, lambda html: 'data-muted="0"' in html)


def test_a_token_decides_as_well(site: Site, space: Space, alice: User, clock: FrozenClock) -> None:
    sock = site.connect(space, Authorization=f"Bearer {create_token(alice, 'bot', clock.now())}")
    assert first_state(sock)[0] == HOST


def test_who_is_brought_to_the_stage_hears_of_it(
    site: Site, space: Space, alice: User, bob: User, sign_in: Callable[[User], FlaskClient]
) -> None:
    sock = site.connect(space, sign_in(bob))
    assert first_state(sock)[0] == LISTENER
    texts_until(sock, lambda html: 'id="seats"' in html)
    bring(space, alice, "bob")
    state = next(message for message in iter(lambda: sock.receive(5.0), None) if isinstance(message, bytes))
    assert (state[1], state[2], state[3]) == (SPEAKER, 1, 1)


def test_who_is_removed_is_cut_off_and_not_let_in_again(
    site: Site,
    space: Space,
    alice: User,
    bob: User,
    sign_in: Callable[[User], FlaskClient],
    clock: FrozenClock,
) -> None:
    windows = [site.connect(space, sign_in(bob)) for _ in range(2)]
    for window in windows:
        texts_until(window, lambda html: 'id="seats"' in html)
    services.remove_person(space, alice, "bob", clock.now())
    assert [close_code(window) for window in windows] == [4001, 4001]
    with pytest.raises(Refused) as refusal:
        site.connect(space, sign_in(bob))
    assert refusal.value.status == 403


def test_the_end_is_the_last_thing_that_is_told(
    site: Site, space: Space, alice: User, clock: FrozenClock
) -> None:
    sock = site.connect(space)
    texts_until(sock, lambda html: 'id="seats"' in html)
    services.end_space(space, alice, clock.now())
    texts_until(sock, lambda html: 'data-state="ended"' in html)
    assert close_code(sock) == 1000


def test_a_server_that_stops_says_that_it_comes_back(site: Site, space: Space) -> None:
    sock = site.connect(space)
    first_state(sock)
    media.stop()
    assert close_code(sock) == 1012


@pytest.mark.parametrize("core_is_known_to_be_gone", [True, False])
def test_who_was_let_in_while_the_server_stopped_is_told_the_same(
    site: Site, space: Space, core_is_known_to_be_gone: bool
) -> None:
    core = media.core
    media.stop()
    media.running = True  # as far as a request knew that began before
    if not core_is_known_to_be_gone:
        media.core = core
    assert close_code(site.connect(space)) == 1012


def test_compression_is_not_agreed_to(site: Site, space: Space) -> None:
    sock = site.connect(space, **{"Sec-WebSocket-Extensions": "permessage-deflate"})
    assert first_state(sock)[0] == LISTENER


def test_fifty_sockets_leave_no_descriptor_behind(site: Site, space: Space) -> None:
    watcher = site.connect(space)
    texts_until(watcher, lambda html: 'id="seats"' in html)
    before = open_sockets()
    socks = [site.connect(space) for _ in range(50)]
    texts_until(watcher, lambda html: "51 listeners" in html)
    for sock in socks:
        assert first_state(sock)[0] == LISTENER
        sock.close()
    texts_until(watcher, lambda html: "1 listener<" in html)
    assert open_sockets() == before


def test_many_come_at_once(site: Site, space: Space) -> None:
    watcher = site.connect(space)
    with ThreadPoolExecutor(20) as pool:
        socks = list(pool.map(lambda _: site.connect(space), range(60)))
    texts_until(watcher, lambda html: "61 listeners" in html)
    assert {first_state(sock)[0] for sock in socks} == {LISTENER}
