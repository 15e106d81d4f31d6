"""A space as an endless Ogg Opus file, for any player: who is given it, and when it ends."""

from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.media.conftest import Site, open_sockets, texts_until
from tests.media.fake import FakeCore
from webapp.accounts.models import User
from webapp.bot.ogg import demux
from webapp.media import media
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.states import Door, OpenTo

SECOND = 48_000


@pytest.fixture
def space(app: object, alice: User, clock: FrozenClock) -> Space:
    if not media.running:
        media.start(FakeCore())
    space = services.create_space(alice, "Tea", "", False, clock.now())
    services.start_space(space, alice, clock.now())
    return space


def listen(site: Site, space: Space, browser: FlaskClient | None = None) -> HTTPResponse:
    """Asks as a player does, in somebody's browser or without cookies."""
    cookie = browser.get_cookie("parley") if browser else None
    headers = {"Range": "bytes=0-"} | ({"Cookie": f"parley={cookie.value}"} if cookie else {})
    connection = HTTPConnection(urlsplit(site.address).netloc, timeout=5)
    connection.request("GET", f"{space.url}/live.opus", headers=headers)
    return connection.getresponse()


def test_a_player_hears_until_the_space_ends(
    site: Site, space: Space, alice: User, clock: FrozenClock
) -> None:
    watcher = site.connect(space)
    with listen(site, space) as stream:
        assert stream.status == 200
        assert stream.headers["Content-Type"] == "audio/ogg; codecs=opus"
        assert stream.headers["Cache-Control"] == "no-store"
        texts_until(watcher, lambda html: "2 listeners" in html)
        heard = stream.read(1_000)
        services.end_space(space, alice, clock.now())
        heard += stream.read()
    file = demux(heard)
    assert file.preskip == 3_840
    assert len(file.packets) >= 10
    assert file.n_samples == len(file.packets) * SECOND // 50 - file.preskip
    assert {len(packet) for packet in file.packets} == {1}, "Nobody has said a word."


def test_who_is_removed_hears_no_more(
    site: Site,
    space: Space,
    alice: User,
    bob: User,
    sign_in: Callable[[User], FlaskClient],
    clock: FrozenClock,
) -> None:
    watcher = site.connect(space)
    with listen(site, space, sign_in(bob)) as stream:
        texts_until(watcher, lambda html: "Bob" in html)
        services.remove_person(space, alice, "bob", clock.now())
        assert demux(stream.read()).packets
    with listen(site, space, sign_in(bob)) as stream:
        assert stream.status == 403


def test_players_leave_no_descriptor_behind(site: Site, space: Space) -> None:
    watcher = site.connect(space)
    texts_until(watcher, lambda html: "1 listener<" in html)
    before = open_sockets()
    streams = [listen(site, space) for _ in range(10)]
    texts_until(watcher, lambda html: "11 listeners" in html)
    for stream in streams:
        stream.close()
    texts_until(watcher, lambda html: "1 listener<" in html)
    assert open_sockets() == before


@pytest.mark.parametrize(
    ("door", "guest", "stranger"), [(Door(OpenTo.FOLLOWED), 403, 403), (Door(guests=False), 403, 200)]
)
def test_whoever_a_gate_refuses_hears_nothing(
    client: FlaskClient,
    alice: User,
    bob: User,
    sign_in: Callable[[User], FlaskClient],
    clock: FrozenClock,
    door: Door,
    guest: int,
    stranger: int,
) -> None:
    media.start(FakeCore())
    space = services.create_space(alice, "Tea", "", False, clock.now(), door=door)
    services.start_space(space, alice, clock.now())
    assert client.head(f"{space.url}/live.opus").status_code == guest
    assert client.get(f"{space.url}/live.opus").status_code == guest
    assert sign_in(bob).head(f"{space.url}/live.opus").status_code == stranger


def test_what_is_not_live_is_no_stream(
    client: FlaskClient, space: Space, alice: User, clock: FrozenClock
) -> None:
    announced = services.create_space(alice, "Later", "", False, clock.now())
    assert client.get(f"{announced.url}/live.opus").status_code == 409
    services.end_space(space, alice, clock.now())
    assert client.get(f"{space.url}/live.opus").status_code == 409
    assert client.get("/spaces/nowhere/live.opus").status_code == 404


def test_without_a_core_there_is_nothing_to_hear(client: FlaskClient, space: Space) -> None:
    media.stop()
    assert client.get(f"{space.url}/live.opus").status_code == 503


def test_whoever_asks_for_the_headers_gets_no_stream(client: FlaskClient, space: Space) -> None:
    assert isinstance(media.core, FakeCore)
    told = list(media.core.told)
    answer = client.head(f"{space.url}/live.opus")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "audio/ogg; codecs=opus")
    assert media.core.told == told
