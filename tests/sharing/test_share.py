"""Passing a link on: a sheet of the page, and a page of its own for those without JavaScript."""

from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from tests.sharing.conftest import SITE, STATES, Spaces
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.recordings import services as recordings
from webapp.recordings.queries import recording_of
from webapp.sharing.ways import second_in, ways
from webapp.spaces.states import Door, OpenTo

SignIn = Callable[[User], FlaskClient]


def test_every_way_carries_the_title_and_the_link() -> None:
    link, title = "https://parley.example/spaces/x?t=9&u=1", "Tea & “cake” #1"
    for way in ways(link, title):
        parts = urlsplit(way.address)
        said = parse_qs(parts.query or parts.fragment)
        assert title in " ".join(value for values in said.values() for value in values), way.name
        assert link in unquote(way.address)
        assert parts.scheme in ("https", "mailto")


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("90", 90),
        ("1:30", 90),
        (" 1:02:03 ", 3723),
        ("", 0),
        ("x", 0),
        ("-1", 0),
        ("1:2:3:4", 0),
        ("²", 0),
        ("9" * 9, 0),
    ],
)
def test_a_place_in_a_recording_is_read(text: str, second: int) -> None:
    assert second_in(text) == second


@pytest.mark.parametrize("make", [Spaces.live, Spaces.recorded])
def test_sheet_is_on_the_page(make: Callable[..., object], spaces: Spaces, client: FlaskClient) -> None:
    space = make(spaces)
    page = unescape(client.get(space.url).text)
    for said in (
        '<dialog id="share"',
        f'href="{space.url}/share"',
        "https://bsky.app/intent/compose?text=Tea%20http%3A%2F%2Flocalhost%2Fspaces%2F",
        f'src="{space.url}/qr.svg"',
        f'<iframe src="{SITE}{space.url}/embed"',
    ):
        assert said in page


def test_page_works_without_javascript_and_begins_where_one_says(spaces: Spaces, client: FlaskClient) -> None:
    space = spaces.recorded()
    page = unescape(client.get(f"{space.url}/share?t=1:30").text)
    assert f'value="{SITE}{space.url}?t=90"' in page
    assert f'<iframe src="{SITE}{space.url}/embed?t=90"' in page
    assert f'src="{space.url}/qr.svg?t=90"' in page
    assert "%3Ft%3D90" in page
    assert 'name="t"' in page
    live = client.get(f"{spaces.live().url}/share?t=1:30").text
    assert "t=90" not in live
    assert 'name="t"' not in live


def test_no_player_is_offered_that_would_not_play(
    spaces: Spaces, client: FlaskClient, sign_in: SignIn
) -> None:
    space = spaces.recorded()
    recording = recording_of(space.id)
    assert recording is not None
    recordings.allow_guests(recording, False)
    assert "&lt;iframe" not in sign_in(spaces.alice).get(f"{space.url}/share").text
    recordings.delete_recording(recording, spaces.clock.now())
    page = client.get(f"{space.url}/share?t=9").text
    assert "&lt;iframe" not in page
    assert 'name="t"' not in page


def test_outsider_and_blocked_are_shown_no_more_than_on_the_page(
    spaces: Spaces, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    space = spaces.live(Door(OpenTo.FOLLOWED))
    for path in ("share", "qr.svg"):
        assert client.get(f"{space.url}/{path}").status_code == 403
        assert client.get(f"/spaces/nothing/{path}").status_code == 404
    relations.block(alice, bob, spaces.clock.now())
    for path in ("share", "qr.svg"):
        assert sign_in(bob).get(f"{space.url}/{path}").status_code == 404


@pytest.mark.parametrize("state", STATES)
def test_sound_alone_is_offered_of_what_anybody_may_hear_live(
    state: str, spaces: Spaces, client: FlaskClient, sign_in: SignIn
) -> None:
    space = STATES[state](spaces)
    offered = f'value="{SITE}{space.url}/live.opus"'
    for browser in (client, sign_in(spaces.alice)):
        for path in (space.url, f"{space.url}/share"):
            assert (offered in browser.get(path).text) == (state == "live")


def test_code_is_a_picture(spaces: Spaces, client: FlaskClient) -> None:
    space = spaces.live()
    first, other = client.get(f"{space.url}/qr.svg"), client.get(f"{space.url}/qr.svg?t=9")
    assert first.content_type == "image/svg+xml"
    assert ElementTree.fromstring(first.data).tag == "{http://www.w3.org/2000/svg}svg"
    assert first.data != other.data
