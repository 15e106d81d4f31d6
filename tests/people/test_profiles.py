"""Profiles, and following and blocking from there: by oneself, by others, by the blocked, and by guests."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.recordings.test_library import counted_queries, made
from tests.spaces.conftest import Room
from webapp.accounts import relations
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.notifications.models import Notification
from webapp.people import upcoming
from webapp.people.upcoming import on_profiles
from webapp.scheduler import scheduler
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.queries import space_view
from webapp.spaces.shown import SpaceCard
from webapp.spaces.states import Door, OpenTo

SignIn = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
ACTIONS = ("follow", "unfollow", "block", "unblock")


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


def act(browser: FlaskClient, action: str, handle: str, **headers: str) -> int:
    return browser.post(f"/@{handle}/{action}", headers=headers).status_code


def told(user: User) -> list[tuple[str, str | None]]:
    asked = select(Notification.sentence, Notification.url).where(Notification.user_id == user.id)
    return [(sentence, url) for sentence, url in db.session.execute(asked)]


def test_anybody_sees_a_profile(
    room: Room, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    accounts.describe(alice, "Tea & <b>cake</b>.")
    made(alice, "Kept", clock)
    space = services.create_space(alice, "Now", "", False, clock.now())
    services.start_space(space, alice, clock.now())
    relations.follow(bob, alice, clock.now())
    for browser in (client, sign_in(bob)):
        page = browser.get("/@alice").text
        assert "Tea &amp; &lt;b&gt;cake&lt;/b&gt;." in page
        assert "1 follower<" in page
        assert "0 following" in page
        assert page.index("Now</a>") < page.index("Kept</a>")
        assert "2 spaces hosted" in page
        assert "alice@example.com" not in page
    assert "Sign in to follow" in client.get("/@alice").text
    assert 'action="/@alice/unfollow"' in sign_in(bob).get("/@alice").text
    assert "follows you" in sign_in(alice).get("/@bob").text


def test_ones_own_profile_leads_to_the_settings_and_offers_nothing_else(alice: User, sign_in: SignIn) -> None:
    page = sign_in(alice).get("/@Alice").text
    assert 'href="/settings"' in page
    assert "Nothing to hear of you yet." in page
    assert '/@alice/follow"' not in page
    assert "/@alice/block" not in page


def test_who_is_not_here_or_gone_is_not_found(
    alice: User, bob: User, client: FlaskClient, clock: FrozenClock
) -> None:
    accounts.delete_account(bob, clock.now())
    for handle in ("nobody", "bob", bob.handle, "%00", "alice%20"):
        for path in ("", "/followers", "/following"):
            assert client.get(f"/@{handle}{path}").status_code == 404


def test_guest_does_nothing(alice: User, bob: User, client: FlaskClient) -> None:
    for action in ACTIONS:
        assert act(client, action, "alice") == 403
    assert client.get("/settings/blocked").location == "/sign-in?next=/settings/blocked"
    assert relations.counts_of(alice) == (0, 0)


def test_form_of_another_site_does_nothing(app: Flask, alice: User, bob: User, sign_in: SignIn) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for action in ACTIONS:
        assert act(sign_in(bob), action, "alice") == 400


def test_person_follows_and_unfollows_and_the_other_is_told_once(
    alice: User, bob: User, charlie: User, sign_in: SignIn
) -> None:
    browser = sign_in(bob)
    for _ in range(2):
        assert browser.post("/@alice/follow").location == "/@alice"
        assert browser.post("/@alice/unfollow").location == "/@alice"
    assert told(alice) == [("Bob follows you.", "/@bob")]
    assert (told(bob), told(charlie)) == ([], [])
    assert relations.counts_of(alice) == (0, 0)


def test_a_page_of_htmx_is_given_the_button_and_the_counts(alice: User, bob: User, sign_in: SignIn) -> None:
    answer = sign_in(bob).post("/@alice/follow", headers=HTMX)
    assert 'action="/@alice/unfollow"' in answer.text
    assert 'id="counts" class="counts" hx-swap-oob="true"' in answer.text
    assert "1 follower<" in answer.text
    assert 'action="/@alice/follow"' in sign_in(bob).post("/@alice/unfollow", headers=HTMX).text


def test_nobody_follows_or_blocks_themself(alice: User, sign_in: SignIn) -> None:
    for action in ("follow", "block"):
        assert act(sign_in(alice), action, "alice") == 422
    assert told(alice) == []


def test_person_blocks_sees_that_and_undoes_it(
    room: Room, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    made(bob, "Kept", clock)
    relations.follow(bob, alice, clock.now())
    browser = sign_in(alice)
    assert browser.post("/@bob/block").location == "/@bob"
    page = browser.get("/@bob").text
    assert "You blocked Bob." in page
    assert "Kept" not in page
    assert '/@bob/follow"' not in page
    assert act(browser, "follow", "bob") == 409
    assert 'href="/@bob"' in browser.get("/settings/blocked").text
    assert told(bob) == []
    assert browser.post("/@bob/unblock").location == "/@bob"
    assert "Kept" in browser.get("/@bob").text
    assert "You have blocked nobody." in browser.get("/settings/blocked").text


def test_blocked_finds_nobody_and_can_do_nothing(
    alice: User, bob: User, charlie: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    relations.follow(charlie, alice, clock.now())
    relations.follow(alice, charlie, clock.now())
    relations.block(alice, bob, clock.now())
    browser = sign_in(bob)
    for path in ("", "/followers", "/following"):
        assert browser.get(f"/@alice{path}").status_code == 404
    for action in ACTIONS:
        assert act(browser, action, "alice") == 404
    for path in ("followers", "following"):
        assert "@alice" not in browser.get(f"/@charlie/{path}").text
        assert "@alice" in sign_in(alice).get(f"/@charlie/{path}").text
    assert told(alice) == []


def test_lists_of_people_say_when_they_are_empty(alice: User, client: FlaskClient) -> None:
    assert "Nobody follows Alice yet." in client.get("/@alice/followers").text
    assert "Alice follows nobody yet." in client.get("/@alice/following").text
    assert "There is nobody on this page." in client.get("/@alice/following?page=99999999999").text
    assert "Nobody follows" in client.get("/@alice/followers?page=-1").text


def test_a_profile_asks_as_much_for_few_as_for_many(
    room: Room, person: Callable[[str], User], alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    browser = sign_in(bob)

    def asked() -> int:
        with counted_queries() as queries:
            assert browser.get("/@alice").status_code == 200
        return len(queries)

    def add(title: str) -> None:
        made(alice, f"{title}, kept", clock)
        space = services.create_space(alice, title, "", True, clock.now())
        services.start_space(space, alice, clock.now())
        room.enter(space, alice)

    add("First")
    few = asked()
    for number in range(4):
        add(f"Another {number}")
        relations.follow(person(f"Person_{number}"), alice, clock.now())
    assert asked() == few


def test_what_is_coming_is_shown_by_whoever_knows(
    app: Flask, room: Room, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    space = services.create_space(alice, "Soon", "", False, clock.now())
    on_profiles(app, lambda host, _visitor, _now: [SpaceCard(space_view(space, []))] if host == alice else [])
    assert "Coming up" in client.get("/@alice").text
    assert "Coming up" not in client.get("/@bob").text
    relations.block(bob, alice, clock.now())
    assert upcoming.upcoming_of is not None
    assert "Coming up" not in sign_in(bob).get("/@alice").text


# In a space


def test_a_card_in_a_space_leads_to_the_profile_and_offers_to_follow_and_block(
    room: Room, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    space = live_with(room, alice, bob, clock)
    card = sign_in(bob).get(f"{space.url}/person/alice").text
    for said in ('href="/@alice"', 'action="/@alice/follow"', 'hx-post="/@alice/block"'):
        assert said in card
    own = sign_in(bob).get(f"{space.url}/person/bob").text
    assert "/@bob/follow" not in own
    assert "/@bob/block" not in own
    as_guest = client.get(f"{space.url}/person/alice").text
    assert "/@alice/block" not in as_guest
    assert 'href="/@alice"' in as_guest
    assert 'href="/@bob"' in client.get(f"{space.url}/people").text


def test_host_blocks_from_the_card_and_the_person_is_gone(
    room: Room, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    space = live_with(room, alice, bob, clock)
    answer = sign_in(alice).post("/@bob/block", headers=HTMX)
    assert "Bob is blocked." in answer.text
    assert room.core.told[-1] == ("kick", space.id, bob.id, 4001)
    assert sign_in(bob).get(space.url).status_code == 404


def live_with(room: Room, alice: User, bob: User, clock: FrozenClock) -> Space:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    services.start_space(space, alice, clock.now())
    room.enter(space, alice)
    room.enter(space, bob)
    return space


# Who is told that somebody goes live


def test_followers_are_told_once_that_a_space_for_anyone_begins(
    room: Room, alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    relations.follow(bob, alice, clock.now())
    space = live_with(room, alice, charlie, clock)
    assert told(bob) == []  # who starts a space does not wait for that
    assert [scheduler().run("followers") for _ in range(2)] == [1, 0]
    assert told(bob) == [("Alice is live: “Tea”.", space.url)]
    assert (told(alice), told(charlie)) == ([], [])


@pytest.mark.parametrize("door", [Door(OpenTo.FOLLOWED), Door(OpenTo.LINK)])
def test_followers_are_told_nothing_of_what_is_not_for_them(
    room: Room, alice: User, bob: User, clock: FrozenClock, door: Door
) -> None:
    relations.follow(bob, alice, clock.now())
    space = services.create_space(alice, "Tea", "", False, clock.now(), door=door)
    services.start_space(space, alice, clock.now())
    scheduler().run("followers")
    assert told(bob) == []


def test_followers_who_are_somewhere_are_shown_it_at_once(
    room: Room, alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    elsewhere = live_with(room, charlie, bob, clock)
    relations.follow(bob, alice, clock.now())
    room.take_texts()
    space = services.create_space(alice, "Cake", "", False, clock.now())
    services.start_space(space, alice, clock.now())
    scheduler().run("followers")
    rung = [(number, person) for number, html, _, person in room.core.texts if "Alice is live" in html]
    assert rung == [(elsewhere.id, bob.id)]


def test_ten_thousand_followers_are_told_with_few_statements(
    room: Room, alice: User, clock: FrozenClock
) -> None:
    rows = [
        {
            "email": f"f{number}@example.com",
            "password": "",
            "handle": f"f{number}",
            "display_name": "F",
            "hue": 0,
            "created_at": clock.now(),
            "fs_uniquifier": f"f{number}",
        }
        for number in range(10_000)
    ]
    db.session.execute(User.__table__.insert(), rows)
    db.session.execute(
        relations.Follow.__table__.insert(),
        [
            {"follower_id": number, "followed_id": alice.id, "since": clock.now()}
            for number in db.session.scalars(select(User.id).where(User.handle.startswith("f")))
        ],
    )
    db.session.commit()
    space = services.create_space(alice, "Tea", "", False, clock.now())
    with counted_queries() as queries:
        services.start_space(space, alice, clock.now())
    assert len(queries) < 15
    assert db.session.query(Notification).count() == 0
    with counted_queries() as queries:
        scheduler().run("followers")
    assert db.session.query(Notification).filter_by(key=f"live:{space.public_id}").count() == 10_000
    assert len(queries) < 20
