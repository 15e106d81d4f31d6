"""Timelines: whose posts stand where, page by page, and what is new."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.posts.conftest import Write
from tests.spaces.conftest import Room
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.posts import services, timelines
from webapp.posts.models import Post
from webapp.posts.places import Place
from webapp.posts.queries import PAGE
from webapp.spaces import services as spaces
from webapp.spaces.visitor import Visitor

SignIn = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
OLDER = re.compile(r'hx-get="([^"]+)"\s+hx-target="closest li"')
NEWS = re.compile(r'hx-get="(/news\?[^"]+)"')


def shown(html: str) -> list[str]:
    return re.findall(r'<article id="post-([^"]+)"', html)


def older(html: str) -> str:
    found = OLDER.search(html)
    return found[1].replace("&amp;", "&") if found else ""


def news(html: str) -> str:
    found = NEWS.search(html)
    assert found
    return found[1].replace("&amp;", "&")


def names(*posts: Post) -> list[str]:
    return [post.public_id for post in posts]


def test_home_has_those_one_follows_and_oneself_the_newest_first(
    alice: User, fan: User, charlie: User, client: FlaskClient, sign_in: SignIn, write: Write
) -> None:
    first, own, theirs, last = write(alice), write(fan), write(charlie), write(alice)
    assert shown(sign_in(fan).get("/").text) == names(last, own, first)
    assert shown(sign_in(charlie).get("/").text) == names(theirs)
    assert shown(client.get("/").text) == names(last, theirs, own, first)
    assert shown(sign_in(fan).get("/posts").text) == names(last, theirs, own, first)


def test_home_of_who_follows_nobody_says_where_to_look(alice: User, sign_in: SignIn) -> None:
    page = sign_in(alice).get("/").text
    assert "Those you follow have not written yet." in page
    assert 'href="/posts"' in page
    assert 'id="compose-home"' in page


def test_home_of_a_guest_has_no_box_and_says_what_this_is(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "compose-home" not in page
    assert "Sign up to speak" in page
    assert "Nobody has written a post yet." in page


def test_home_says_what_is_live(
    room: Room, alice: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    assert "Nobody is live at the moment." in client.get("/").text
    space = spaces.create_space(alice, "Tea", "", False, clock.now())
    spaces.start_space(space, alice, clock.now())
    page = client.get("/").text
    assert space.url in page
    bar = page.partition('hx-get="/live-bar')[2].partition('"')[0]
    assert client.get(f"/live-bar{bar}").status_code == 204
    room.enter(space, alice)
    room.enter(space, 1 << 63 | 7)
    assert "1 listener<" in client.get(f"/live-bar{bar}").text


def test_pages_go_on_where_the_one_before_ended_whatever_comes_in_above(
    alice: User, client: FlaskClient, write: Write
) -> None:
    posts = [write(alice, f"{i}") for i in range(PAGE * 2 + 5)]
    seen: list[str] = []
    html = client.get("/posts").text
    while True:
        seen += shown(html)
        write(alice, "Above.")
        if not (path := older(html)):
            break
        html = client.get(path, headers=HTMX).text
        assert "<html" not in html
    assert seen == names(*reversed(posts))


def test_older_posts_are_a_page_without_javascript(alice: User, client: FlaskClient, write: Write) -> None:
    posts = [write(alice, f"{i}") for i in range(PAGE + 1)]
    html = client.get("/posts").text
    page = client.get(older(html)).text
    assert "<html" in page
    assert shown(page) == names(posts[0])
    assert 'id="news"' not in page


def test_posts_of_one_instant_are_all_there(alice: User, client: FlaskClient, clock: FrozenClock) -> None:
    posts = {services.write_post(alice, f"{i}", clock.now()).public_id for i in range(PAGE + 9)}
    html = client.get("/posts").text
    seen = shown(html) + shown(client.get(older(html), headers=HTMX).text)
    assert len(seen) == len(posts)
    assert set(seen) == posts


def test_a_post_stands_once_where_it_was_last_reposted(
    alice: User, fan: User, charlie: User, sign_in: SignIn, write: Write, clock: FrozenClock
) -> None:
    relations.follow(fan, charlie, clock.now())
    first, second = write(alice, "First."), write(alice, "Second.")
    services.repost(first, charlie, clock.tick(seconds=1))
    assert shown(sign_in(fan).get("/").text) == names(first, second)
    third = write(alice, "Third.")
    services.repost(first, fan, clock.tick(seconds=1))
    assert shown(sign_in(fan).get("/").text) == names(first, third, second)
    services.unrepost(first, fan)
    services.unrepost(first, charlie)
    assert shown(sign_in(fan).get("/").text) == names(third, second, first)


def test_a_repost_does_not_bring_the_kept_away_back(
    alice: User, fan: User, charlie: User, sign_in: SignIn, write: Write, clock: FrozenClock
) -> None:
    theirs = write(charlie)
    services.repost(theirs, alice, clock.tick(seconds=1))
    assert shown(sign_in(fan).get("/").text) == names(theirs)
    relations.block(charlie, fan, clock.now())
    assert shown(sign_in(fan).get("/").text) == []


def test_an_open_page_hears_how_much_is_new_and_shows_it_above(
    alice: User, fan: User, charlie: User, sign_in: SignIn, write: Write
) -> None:
    write(alice)
    browser = sign_in(fan)
    asked = news(browser.get("/").text)
    assert browser.get(asked).status_code == 204
    write(fan, "One’s own is there already.")
    write(charlie, "A stranger’s is not for here.")
    assert browser.get(asked).status_code == 204
    new = [write(alice, "New."), write(alice, "Newer.")]
    told = browser.get(asked).text
    assert "2 new posts" in told
    assert browser.get(news(told)).status_code == 204
    path = told.partition('hx-get="/?')[2].partition('"')[0]
    above = browser.get(f"/?{path}", headers=HTMX).text
    assert shown(above) == names(*reversed(new))
    assert 'hx-swap-oob="true"' in above
    assert "new post" not in above
    assert browser.get(news(above)).status_code == 204


def test_more_news_than_a_page_is_a_new_page(alice: User, fan: User, sign_in: SignIn, write: Write) -> None:
    browser = sign_in(fan)
    asked = news(browser.get("/").text)
    for i in range(PAGE + 2):
        write(alice, f"{i}")
    told = browser.get(asked).text
    assert "Over 30 new posts" in told
    path = told.partition('hx-get="/?')[2].partition('"')[0]
    assert browser.get(f"/?{path}", headers=HTMX).headers["HX-Redirect"] == "/"


@pytest.mark.parametrize("text", ["0-", "1767636000000000-AbC_-d"])
def test_a_place_is_read_as_it_was_written(text: str) -> None:
    assert str(Place.read(text)) == text


def test_posts_of_one_person_are_theirs_and_what_they_repost(
    alice: User, bob: User, client: FlaskClient, write: Write, clock: FrozenClock
) -> None:
    hers, his = write(alice, "Hers."), write(bob, "His.")
    services.repost(his, alice, clock.tick(seconds=1))
    assert shown(client.get("/@alice/posts").text) == names(his, hers)
    assert shown(client.get("/@alice").text) == names(his, hers)
    assert "Bob has not written a post yet." not in client.get("/@bob/posts").text
    assert client.get("/@nobody/posts").status_code == 404


def test_profile_has_the_latest_and_no_section_without_any(
    alice: User, bob: User, client: FlaskClient, write: Write
) -> None:
    posts = [write(alice, f"{i}") for i in range(5)]
    assert shown(client.get("/@alice").text) == names(*reversed(posts[2:]))
    assert "posts-title" not in client.get("/@bob").text


def test_whoever_blocked_somebody_is_shown_none_of_their_posts(
    alice: User, bob: User, sign_in: SignIn, write: Write, clock: FrozenClock
) -> None:
    write(bob, "His.")
    relations.block(alice, bob, clock.now())
    assert shown(sign_in(alice).get("/@bob").text) == []
    assert timelines.page_of(timelines.by(bob), Visitor(alice), clock.now()).posts == []
