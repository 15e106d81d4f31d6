"""The player in other sites' pages: what it says in each state, and that nothing else may be framed."""

import gzip
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.media.test_refusals import status as socket_status
from tests.sharing.conftest import LINK, SITE, STATES, Spaces
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.recordings import services as recordings
from webapp.recordings.queries import recording_of
from webapp.sharing import oembed
from webapp.spaces import services, sockets

SignIn = Callable[[User], FlaskClient]
SAID = {
    "announced": "Alice is about to start this space.",
    "planned": "Friday, 9 January 2026, 19:00 CET",
    "live": "Live now with Alice.",
    "recorded": "A recording of 1 sec with Alice.",
    "unrecorded": "It was not recorded.",
    "cancelled": "This space was cancelled.",
    "for members": "Sign in to listen to this recording.",
    "deleted": "This recording is no longer available.",
    "expired": "This recording is no longer available.",
    "live for followed": "This space is for people whom Alice follows.",
    "planned for followed": "This space is for people whom Alice follows.",
    "recorded for followed": "This space is for people whom Alice follows.",
    "live for members": "Sign in first: this space is for people with an account.",
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_says_how_things_stand_and_leads_to_the_page(
    state: str, spaces: Spaces, client: FlaskClient
) -> None:
    space = STATES[state](spaces)
    answer = client.get(f"{space.url}/embed")
    page = answer.text
    assert answer.status_code == 200
    assert SAID[state] in page
    assert f'href="{SITE}{space.url}" target="_blank" rel="noopener"' in page
    assert ("<audio" in page) == (state in ("recorded", "live"))
    assert (f'data-plays="{space.url}/socket"' in page) == (state == "live")
    assert 'name="robots" content="noindex"' in page


def test_there_is_nothing_at_an_address_of_nothing(client: FlaskClient) -> None:
    answer = client.get("/spaces/nothing/embed")
    assert answer.status_code == 404
    assert "There is no space at this address." in answer.text
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("state", ["live", "recorded", "live for followed", "for members"])
def test_it_is_the_same_whoever_looks_and_leaves_nothing(
    state: str, app: Flask, spaces: Spaces, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    space = STATES[state](spaces)
    relations.follow(alice, bob, spaces.clock.now())
    client.get(space.url)  # a guest who was here before has a session
    answers = [browser.get(f"{space.url}/embed") for browser in (client, sign_in(alice), sign_in(bob))]
    relations.block(alice, bob, spaces.clock.now())
    answers.append(sign_in(bob).get(f"{space.url}/embed"))
    assert len({answer.data for answer in answers}) == 1
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers["Vary"]
        assert "csrf" not in answer.text.lower()
        assert "<form" not in answer.text
        assert "htmx" not in answer.text


def test_it_alone_may_be_framed(spaces: Spaces, client: FlaskClient, app: Flask) -> None:
    space = spaces.recorded()
    policy = client.get(f"{space.url}/embed").headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "form-action 'none'" in policy
    assert "'unsafe-inline'" not in policy
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "sharing.embed":
            path = re.sub(r"<[^>]*public_id>", space.public_id, rule.rule)
            headers = client.get(re.sub(r"<[^>]+>", "x", path)).headers
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], rule.rule


def test_looking_again_costs_no_page_while_nothing_changes(spaces: Spaces, client: FlaskClient) -> None:
    space = spaces.live()
    first = client.get(f"{space.url}/embed")
    seen = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"{space.url}/embed", headers=seen).status_code == 304
    services.end_space(space, spaces.alice, spaces.clock.tick(minutes=1))
    changed = client.get(f"{space.url}/embed", headers=seen)
    assert changed.status_code == 200
    assert 'data-scene="over"' in changed.text


def test_deletion_shows_in_the_next_look(spaces: Spaces, client: FlaskClient) -> None:
    space = spaces.recorded()
    recording = recording_of(space.id)
    assert recording is not None
    seen = {"If-None-Match": client.get(f"{space.url}/embed").headers["ETag"]}
    recordings.delete_recording(recording, spaces.clock.now())
    page = client.get(f"{space.url}/embed", headers=seen)
    assert "no longer available" in page.text
    assert recording.public_id not in page.text
    assert client.get(f"/recordings/{recording.public_id}/audio").status_code == 404


def test_sockets_go_on_asking_where_they_come_from(
    spaces: Spaces, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "hand_over", lambda *_: None)
    space = spaces.live(LINK)
    assert socket_status(client, space) == 200
    assert socket_status(client, space, Origin="http://elsewhere.example") == 403


def test_it_is_a_few_kilobytes(spaces: Spaces, client: FlaskClient) -> None:
    space = spaces.live()
    page = client.get(f"{space.url}/embed").data
    sent = [
        page,
        *(
            client.get(f"/static/{name}").data
            for name in ("css/embed.css", "js/embed.js", "js/format.js", "js/words.js")
        ),
    ]
    named = re.findall(rb'(?:href|src)="(/static/[^"]+)"', page)
    assert [name.partition(b"/static/")[2].split(b"/", 1)[1] for name in named] == [
        b"css/embed.css",
        b"js/embed.js",
    ]
    assert sum(map(len, sent)) < 14_000
    assert sum(len(gzip.compress(part)) for part in sent) < 6_000


def test_its_frame_has_the_size_that_is_told(spaces: Spaces) -> None:
    assert (oembed.PLAYER_WIDTH, oembed.PLAYER_HEIGHT) == (480, 200)
