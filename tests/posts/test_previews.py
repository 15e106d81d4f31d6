"""What a post's page tells other sites: its writer and words, or the space it links to as that stands."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.conftest import FrozenClock
from tests.posts.conftest import Write
from tests.recordings.test_library import counted_queries
from tests.sharing.conftest import KNOWN, LINK, PLAYABLE, SITE, STATES, Spaces, head_of, spaces
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.db import db
from webapp.posts import services
from webapp.posts.models import Post
from webapp.posts.previews import WORDS_MAX
from webapp.recordings import services as recordings
from webapp.recordings.queries import recording_of
from webapp.sharing import pages
from webapp.spaces.models import Space

__all__ = ["spaces"]

SignIn = Callable[[User], FlaskClient]


def linking(write: Write, author: User, space: Space, words: str = "Come:", at: str = "") -> Post:
    return write(author, f"{words} {SITE}{space.url}{at}")


def oembed(client: FlaskClient, post: Post) -> dict[str, object] | None:
    answer = client.get("/oembed", query_string={"url": SITE + post.url})
    return answer.json if answer.status_code == 200 else None


def test_words_and_who_wrote_them(write: Write, alice: User, client: FlaskClient) -> None:
    post = write(alice, '**Tea** is "on" & <b>\nsee https://tea.example/x')
    head = head_of(client, post.url)
    metas = head.metas
    assert metas["og:title"] == metas["twitter:title"] == "Alice (@alice) on Parley"
    assert metas["og:description"] == 'Tea is "on" & <b> see'
    assert metas["og:url"] == head.links["canonical", ""] == SITE + post.url
    assert metas["twitter:card"] == "summary_large_image"
    assert "twitter:player" not in metas
    assert "robots" not in metas
    picture = Image.open(BytesIO(client.get(metas["og:image"]).data))
    assert picture.size == (1200, 630)
    told = client.get(head.links["alternate", "application/json+oembed"]).json
    assert (told["type"], told["author_name"], told["author_url"]) == ("link", "Alice", f"{SITE}/@alice")


def test_long_posts_are_cut_and_links_alone_are_told(write: Write, alice: User, client: FlaskClient) -> None:
    said = head_of(client, write(alice, "tea " * 100).url).metas["og:description"]
    assert said == "tea " * ((WORDS_MAX - 1) // 4 - 1) + "tea…"
    assert head_of(client, write(alice, "é" * 400).url).metas["og:description"] == "é" * (WORDS_MAX - 1) + "…"
    assert head_of(client, write(alice, SITE).url).metas["og:description"] == "localhost"


def test_a_picture_is_of_what_it_shows(
    write: Write, alice: User, bob: User, client: FlaskClient, clock: FrozenClock
) -> None:
    def picture(post: Post) -> str:
        return head_of(client, post.url).metas["og:image"].rpartition("/")[2]

    first, same, other, by_another = (
        write(alice, "Tea."), write(alice, "Tea."), write(alice, "Cake."), write(bob, "Tea.")
    )  # fmt: skip
    assert picture(first) == picture(same)
    assert len({picture(post) for post in (first, other, by_another)}) == 3


@pytest.mark.parametrize("state", STATES)
def test_space_is_told_as_it_stands_or_nothing_at_all(
    state: str, spaces: Spaces, write: Write, bob: User, client: FlaskClient
) -> None:
    space = STATES[state](spaces)
    post = linking(write, bob, space)
    head, told = head_of(client, post.url), oembed(client, post)
    if state not in KNOWN:
        assert head.metas.keys() & {"og:title", "og:image", "twitter:card", "og:audio"} == set()
        assert (head.links, told) == ({}, None)
        assert client.get(f"/pictures{post.url}/x.png").status_code == 404
        return
    metas = head.metas
    assert metas["og:title"] == "Bob (@bob) on Parley"
    assert metas["og:description"] == "Come:"
    assert metas["og:url"] == SITE + post.url
    player = f"{SITE}{space.url}/embed" if state in PLAYABLE else None
    assert metas.get("twitter:player") == player
    assert ("og:audio" in metas) == (state == "recorded")
    of_space = head_of(client, space.url).metas["og:image"].rpartition("/")[2]
    assert metas["og:image"] == f"{SITE}/pictures{post.url}/{of_space}"
    assert client.get(metas["og:image"]).status_code == 200
    assert told is not None
    assert told["author_name"] == "Bob"
    assert told["type"] == ("rich" if player else "link")
    assert not player or f'src="{player}" title="Tea"' in str(told["html"])


def test_a_link_alone_says_how_things_stand(
    spaces: Spaces, write: Write, bob: User, client: FlaskClient
) -> None:
    post = write(bob, SITE + spaces.live().url)
    assert head_of(client, post.url).metas["og:description"] == "Live now with Alice."


def test_player_begins_where_the_post_means(
    spaces: Spaces, write: Write, bob: User, client: FlaskClient
) -> None:
    space = spaces.recorded()
    post = linking(write, bob, space, at="?t=90")
    assert head_of(client, post.url).metas["twitter:player"] == f"{SITE}{space.url}/embed?t=90"
    told = oembed(client, post)
    assert told is not None
    assert f"{space.url}/embed?t=90" in str(told["html"])


def test_what_has_only_its_link_keeps_out_of_search_engines(
    spaces: Spaces, write: Write, alice: User, client: FlaskClient
) -> None:
    assert head_of(client, linking(write, alice, spaces.live(LINK)).url).metas["robots"] == "noindex"


def test_it_changes_with_the_space(
    spaces: Spaces, write: Write, bob: User, client: FlaskClient, clock: FrozenClock
) -> None:
    space = spaces.recorded()
    post = linking(write, bob, space)
    assert "og:audio" in head_of(client, post.url).metas
    recording = recording_of(space.id)
    assert recording is not None
    recordings.delete_recording(recording, clock.now())
    assert recording.public_id not in client.get(post.url).text
    assert "og:title" not in head_of(client, post.url).metas


def test_what_is_gone_or_of_somebody_gone_tells_nothing(
    write: Write, alice: User, bob: User, client: FlaskClient, clock: FrozenClock
) -> None:
    post, of_bob = write(alice, "Tea."), write(bob, "Cake.")
    url, address = post.url, f"/pictures{post.url}/x.png"
    assert client.get(address).status_code == 200
    services.delete_post(post, alice)
    bob.active = False
    db.session.commit()
    for path in (url, of_bob.url):
        page = client.get(path)
        assert (page.status_code, "og:" in page.text) == (404, False)
        assert client.get(f"/pictures{path}/x.png").status_code == 404
        assert client.get("/oembed", query_string={"url": SITE + path}).status_code == 404


@pytest.mark.parametrize("blocker", ["alice", "bob"])
def test_across_a_block_nothing_is_told(
    blocker: str, write: Write, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    post = write(alice, "Tea.")
    relations.block(*((alice, bob) if blocker == "alice" else (bob, alice)), clock.now())
    for path in (post.url, f"{post.url}/share"):
        page = sign_in(bob).get(path)
        assert (page.status_code, "og:" in page.text, "Tea." in page.text) == (404, False, False)


def test_everybody_is_told_the_same(
    write: Write, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    post = write(alice, "Tea.")
    assert head_of(client, post.url).metas == head_of(sign_in(alice), post.url).metas
    assert head_of(client, post.url).metas == head_of(sign_in(bob), post.url).metas


def test_tags_escape_what_people_write(write: Write, alice: User, client: FlaskClient) -> None:
    alice.display_name = '<b>"x'
    db.session.commit()
    post = write(alice, '"><script>x')
    assert "<script>x" not in client.get(post.url).text
    assert head_of(client, post.url).metas["og:title"] == '<b>"x (@alice) on Parley'


def test_tags_ask_little(spaces: Spaces, write: Write, bob: User, clock: FrozenClock) -> None:
    post = linking(write, bob, spaces.recorded())
    db.session.expire_all()
    with counted_queries() as queries:
        assert pages.at(post.url, clock.now())
    assert len(queries) <= 7, queries


# Passing it on


def test_share_page_and_sheet_carry_the_link(
    spaces: Spaces, write: Write, alice: User, client: FlaskClient, sign_in: SignIn
) -> None:
    post = linking(write, alice, spaces.live())
    for browser in (client, sign_in(alice)):
        assert f'hx-get="{post.url}/share"' in browser.get(post.url).text
        page = browser.get(f"{post.url}/share").text
        sheet = browser.get(f"{post.url}/share", headers={"HX-Request": "true"}).text
        for shown in (page, sheet):
            assert f'value="{SITE}{post.url}"' in shown
            assert "https://bsky.app/intent/compose?text=Come%3A%20http%3A%2F%2Flocalhost%2Fposts%2F" in shown
            assert "/embed&#34;" in shown
        assert ("<html" in page, "<html" in sheet) == (True, False)
    assert client.get("/posts/nothing/share").status_code == 404
