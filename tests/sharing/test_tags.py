"""What a page tells other sites of itself: in each state, the same to whoever looks at it."""

from collections.abc import Callable, Sequence

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, false

from tests.conftest import FrozenClock
from tests.recordings.test_library import counted_queries
from tests.sharing.conftest import KNOWN, LINK, PLAYABLE, SITE, STATES, Spaces, head_of
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.db import db
from webapp.recordings import services as recordings
from webapp.recordings.queries import recording_of
from webapp.sharing import pages
from webapp.sharing.preview import Preview, Scene
from webapp.spaces import services
from webapp.spaces.gates import Refusal, register
from webapp.spaces.models import Space
from webapp.spaces.stage import services as stage
from webapp.spaces.states import OpenTo
from webapp.spaces.visitor import Visitor

SignIn = Callable[[User], FlaskClient]

SENTENCES = {
    "announced": "Alice is about to start this space.",
    "planned": "Live on Friday, 9 January 2026, 19:00 CET, with Alice.",
    "live": "Live now with Alice.",
    "recorded": "A recording of 1 sec with Alice.",
    "unrecorded": "This space has ended. It was not recorded.",
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
@pytest.mark.parametrize("viewer", ["guest", "alice", "bob"])
def test_tags_say_how_things_stand_for_anybody(
    state: str, viewer: str, spaces: Spaces, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    relations.follow(alice, bob, spaces.clock.now())
    space = STATES[state](spaces)
    browser = {"guest": client, "alice": sign_in(alice), "bob": sign_in(bob)}[viewer]
    head = head_of(browser, space.url)
    metas, address = head.metas, SITE + space.url
    assert metas["og:title"] == metas["twitter:title"] == "Tea"
    assert metas["og:description"] == metas["twitter:description"] == SENTENCES[state]
    assert metas["og:url"] == head.links["canonical", ""] == address
    assert metas["og:image"].startswith(f"{SITE}/pictures{space.url}/")
    assert (metas["twitter:card"] == "player") == (state in PLAYABLE)
    assert metas.get("twitter:player") == (f"{address}/embed" if state in PLAYABLE else None)
    assert (("alternate", "application/json+oembed") in head.links) == (state in KNOWN)
    assert ("og:audio" in metas) == (state == "recorded")
    assert (metas.get("robots") == "noindex") == (state not in KNOWN - {"cancelled"})


@pytest.mark.parametrize("make", [Spaces.planned, Spaces.live])
def test_what_has_only_its_link_keeps_out_of_search_engines(
    spaces: Spaces, client: FlaskClient, make: Callable[..., object]
) -> None:
    space = make(spaces, LINK)
    metas = head_of(client, space.url).metas
    assert metas["robots"] == "noindex"
    assert metas["twitter:card"] == "player"
    recorded = head_of(client, spaces.recorded(OpenTo.LINK).url).metas
    assert recorded["robots"] == "noindex"


def test_blocked_is_told_nothing(spaces: Spaces, alice: User, bob: User, sign_in: SignIn) -> None:
    space = spaces.live()
    relations.block(alice, bob, spaces.clock.now())
    page = sign_in(bob).get(space.url)
    assert page.status_code == 404
    assert "og:" not in page.text


def test_that_it_is_recorded_is_said(spaces: Spaces, client: FlaskClient) -> None:
    space = spaces.live(record=True)
    said = head_of(client, space.url).metas["og:description"]
    assert said == "Live now with Alice. It is being recorded."
    services.stop_recording(space, spaces.alice, spaces.clock.now())
    assert head_of(client, space.url).metas["og:description"] == "Live now with Alice."


def test_at_most_three_are_named(spaces: Spaces, alice: User, person: Callable[[str], User]) -> None:
    space, said = spaces.live(), []
    for name in ("Bob", "Carol", "Dan"):
        user = person(name)
        spaces.room.enter(space, user)
        stage.invite(space, alice, name.lower(), spaces.clock.now())
        stage.answer_invitation(space, user, stage.ACCEPT)
        preview = pages.at(space.url, spaces.clock.now())
        assert preview is not None
        said.append(preview.sentence)
    assert said == [
        "Live now with Alice and Bob.",
        "Live now with Alice, Bob and Carol.",
        "Live now with Alice, Bob and 2 others.",
    ]


def test_deletion_shows_in_the_next_answer(spaces: Spaces, client: FlaskClient, clock: FrozenClock) -> None:
    space = spaces.recorded()
    before = head_of(client, space.url).metas
    recording = recording_of(space.id)
    assert recording is not None
    recordings.delete_recording(recording, clock.now())
    after = head_of(client, space.url).metas
    assert before["og:image"] != after["og:image"]
    assert recording.public_id not in str(after)


def test_a_gate_of_a_feature_above_keeps_what_is_behind_it(
    app: Flask, spaces: Spaces, client: FlaskClient
) -> None:
    class Closed:
        even_on_stage = True

        def refuses(self, spaces: Sequence[Space], _visitor: Visitor) -> dict[int, Refusal]:
            return {space.id: Refusal("Show your ticket.", "spaces/_members.html") for space in spaces}

        def lets_in(self, _space: Space) -> ColumnElement[bool]:
            return false()

    space = spaces.recorded()
    register(app, Closed())
    metas = head_of(client, space.url).metas
    assert metas["og:description"] == "Show your ticket."
    assert "og:audio" not in metas
    assert client.get("/oembed", query_string={"url": SITE + space.url}).status_code == 404


def test_page_of_another_feature_registers_itself(app: Flask, client: FlaskClient) -> None:
    template = '{% include "sharing/_tags.html" %}'
    app.add_url_rule("/notes/<int:number>", "notes.show", lambda number: render_template_string(template))
    pages.register(
        app,
        "notes.show",
        lambda now, number: (
            Preview(f"/notes/{number}", "A note", "Said.", "Note", Scene.RECORDED, ())
            if number == 7
            else None
        ),
    )
    head = head_of(client, "/notes/7")
    assert head.metas["og:title"] == "A note"
    assert client.get(head.metas["og:image"]).status_code == 200
    assert client.get("/oembed", query_string={"url": f"{SITE}/notes/7"}).json["type"] == "link"
    assert head_of(client, "/notes/8").metas == {}
    assert client.get("/oembed", query_string={"url": f"{SITE}/notes/8"}).status_code == 404


def test_tags_escape_what_people_write(spaces: Spaces, alice: User, client: FlaskClient) -> None:
    space = spaces.live()
    space.title, alice.display_name = '"><script>x', "<b>\"'"
    db.session.commit()
    assert "<script>x" not in client.get(space.url).text
    assert head_of(client, space.url).metas["og:title"] == '"><script>x'


def test_tags_ask_little(spaces: Spaces, client: FlaskClient) -> None:
    space = spaces.recorded()
    with counted_queries() as queries:
        assert pages.at(space.url, spaces.clock.now())
    assert len(queries) <= 4
