"""How other sites are told to show our links, by the rules of https://oembed.com."""

import socket
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib import request as urllib_request

import pytest
from flask.testing import FlaskClient

from tests.sharing.conftest import KNOWN, LINK, PLAYABLE, SITE, STATES, Spaces
from webapp.accounts.models import User
from webapp.db import db
from webapp.moments import services as moments


def asked(client: FlaskClient, url: str, **more: object) -> Any:
    return client.get("/oembed", query_string={"url": url, **more})


class Frames(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_answered_as_it_may_be_known(state: str, spaces: Spaces, client: FlaskClient) -> None:
    space = STATES[state](spaces)
    answer = asked(client, SITE + space.url)
    if state not in KNOWN:
        assert answer.status_code == 404
        assert "Tea" not in answer.text
        return
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = answer.json
    assert told["version"] == "1.0"
    assert told["title"] == "Tea"
    assert (told["author_name"], told["author_url"]) == ("Alice", f"{SITE}/@alice")
    assert (told["provider_name"], told["provider_url"]) == ("Parley", SITE)
    assert (told["thumbnail_width"], told["thumbnail_height"]) == (1200, 630)
    assert told["type"] == ("rich" if state in PLAYABLE else "link")
    assert {"html", "width", "height"} <= told.keys() or state not in PLAYABLE


def test_player_is_one_frame_of_ours(spaces: Spaces, client: FlaskClient) -> None:
    space = spaces.live()
    space.title = 'Tea" onload="x'
    db.session.commit()
    told = asked(client, SITE + space.url).json
    [(tag, about)] = Frames(told["html"]).found
    assert tag == "iframe"
    assert about["src"] == f"{SITE}{space.url}/embed"
    assert (about["width"], about["height"]) == (str(told["width"]), str(told["height"])) == ("480", "200")
    assert about["title"] == 'Tea" onload="x'
    assert "onload" not in about


def test_room_is_kept_to(spaces: Spaces, client: FlaskClient) -> None:
    address = SITE + spaces.live().url
    told = asked(client, address, maxwidth=300, maxheight=150).json
    assert (told["type"], told["width"], told["height"]) == ("rich", 300, 150)
    assert "thumbnail_url" not in told
    small = asked(client, address, maxwidth=100).json
    assert small["type"] == "link"
    assert "html" not in small
    for room in ("0", "-1", "wide", "", "9" * 10, "²"):
        expected = 200 if room == "0" else 422
        assert asked(client, address, maxwidth=room).status_code == expected


def test_formats_that_are_not_spoken(spaces: Spaces, client: FlaskClient) -> None:
    address = SITE + spaces.live().url
    assert asked(client, address, format="json").status_code == 200
    assert asked(client, address, format="xml").status_code == 501
    assert asked(client, address, format="yaml").status_code == 501


def test_what_has_only_its_link_is_shown_to_whoever_has_it(spaces: Spaces, client: FlaskClient) -> None:
    assert asked(client, SITE + spaces.live(LINK).url).json["type"] == "rich"


ELSEWHERE = (
    "",
    "x",
    "https://localhost{}",
    "http://localhost:8080{}",
    "http://localhost.example{}",
    "http://x@localhost{}",
    "http://example.com{}",
    "//localhost{}",
    "{}",
    "file://{}",
    "http://127.0.0.1{}",
    "http://169.254.169.254/latest/meta-data",
    "http://localhost/spaces/nothing",
    "http://localhost/spaces",
    "http://localhost/",
    "http://localhost/%00",
    "http://[",
    "http://localhost{}/embed",
    "http://localhost{}/dock",
)


def test_only_pages_of_this_site_are_known_and_nothing_is_fetched(
    spaces: Spaces, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = spaces.live()
    nothing_goes_out(monkeypatch)
    for address in ELSEWHERE:
        assert asked(client, address.format(space.url)).status_code == 404, address
    assert client.get("/oembed").status_code == 404


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x", "http://169.254.169.254/", "http://[::1]/"])
def test_a_pinned_link_is_shown_and_not_fetched(
    address: str,
    spaces: Spaces,
    alice: User,
    client: FlaskClient,
    sign_in: Callable[[User], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = spaces.live()
    nothing_goes_out(monkeypatch)
    assert moments.pin_link(space, alice, address, "Inward", spaces.clock.now())
    for browser in (client, sign_in(alice)):
        assert address in browser.get(space.url).text


def nothing_goes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("Something was fetched.")

    for of, name in ((socket, "create_connection"), (socket, "getaddrinfo"), (urllib_request, "urlopen")):
        monkeypatch.setattr(of, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
