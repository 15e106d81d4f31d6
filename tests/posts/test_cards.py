"""What the card of a space says: in every state, to whoever looks, and at once when that changes."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.posts.conftest import SITE, Write
from tests.recordings.conftest import recording_of
from tests.recordings.test_library import counted_queries, made
from tests.spaces.conftest import Room
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.db import db
from webapp.people import services as people
from webapp.posts.cards import Kind, Viewer, kind_of
from webapp.posts.models import Post
from webapp.recordings import services as recordings
from webapp.recordings.disk import directory
from webapp.scheduling import services as scheduling
from webapp.spaces import services
from webapp.spaces.gates import Refusal
from webapp.spaces.models import Space
from webapp.spaces.states import Door, OpenTo
from webapp.spaces.times import Plan
from webapp.spaces.visitor import Visitor

SignIn = Callable[[User], FlaskClient]
CARD = re.compile(r'<div class="space-card is-(\w+)"\s+data-card="([^"]+)"\s+data-version="(\w+)"')
HOURS = timedelta(hours=1)


class Stage:
    """A space of Alice's in any state, and a post of hers with its link."""

    def __init__(self, room: Room, alice: User, charlie: User, write: Write, clock: FrozenClock) -> None:
        self.room, self.alice, self.charlie, self.write, self.clock = room, alice, charlie, write, clock

    def scheduled(self, door: Door | None = None) -> Space:
        plan = Plan(self.clock.now() + 2 * HOURS, "UTC")
        return services.create_space(
            self.alice, "Tea", "", False, self.clock.now(), plan=plan, door=door or Door()
        )

    def live(self) -> Space:
        space = services.create_space(self.alice, "Tea", "", True, self.clock.now())
        services.start_space(space, self.alice, self.clock.now())
        self.room.enter(space, self.alice)
        self.room.enter(space, self.charlie)
        return space

    def ended(self) -> Space:
        space = services.create_space(self.alice, "Tea", "", False, self.clock.now())
        services.start_space(space, self.alice, self.clock.now())
        self.room.enter(space, self.charlie)
        services.end_space(space, self.alice, self.clock.now())
        return space

    def preparing(self) -> Space:
        space = self.live()
        services.end_space(space, self.alice, self.clock.now())
        return space

    def replay(self) -> Space:
        return made(self.alice, "Tea", self.clock).space

    def members(self) -> Space:
        recording = made(self.alice, "Tea", self.clock)
        recordings.allow_guests(recording, False)
        return recording.space

    def cancelled(self) -> Space:
        space = self.scheduled()
        scheduling.cancel_space(space, self.alice, self.clock.now())
        return space

    def deleted(self) -> Space:
        recording = made(self.alice, "Tea", self.clock)
        recordings.delete_recording(recording, self.clock.now())
        return recording.space

    def expired(self) -> Space:
        space = made(self.alice, "Tea", self.clock).space
        self.clock.tick(days=30)
        return space

    def closed(self) -> Space:
        return self.scheduled(Door(OpenTo.FOLLOWED))

    def for_accounts(self) -> Space:
        return self.scheduled(Door(guests=False))

    def by_its_link(self) -> Space:
        return self.scheduled(Door(OpenTo.LINK))


@pytest.fixture
def stage(room: Room, alice: User, charlie: User, write: Write, clock: FrozenClock) -> Stage:
    return Stage(room, alice, charlie, write, clock)


@pytest.fixture
def dora(person: Callable[[str], User]) -> User:
    """Whom Alice blocks when the time has come."""
    return person("Dora")


@pytest.fixture
def browsers(
    alice: User, fan: User, charlie: User, dora: User, client: FlaskClient, sign_in: SignIn
) -> dict[str, FlaskClient]:
    """Everybody who may look."""
    return {
        "guest": client,
        "follower": sign_in(fan),
        "outsider": sign_in(charlie),
        "blocked": sign_in(dora),
        "host": sign_in(alice),
    }


def posted(write: Write, author: User, space: Space, query: str = "") -> Post:
    return write(author, f"Come: {SITE}{space.url}{query}")


def cards_in(html: str) -> list[str]:
    return [kind for kind, _key, _version in CARD.findall(html)]


SEES: dict[str, dict[str, str]] = {
    "scheduled": {},
    "live": {},
    "ended": {},
    "preparing": {},
    "replay": {},
    "members": {"guest": "members", "follower": "replay", "outsider": "replay", "host": "replay"},
    "cancelled": {},
    "deleted": dict.fromkeys(("guest", "follower", "outsider", "host"), "gone"),
    "expired": dict.fromkeys(("guest", "follower", "outsider", "host"), "gone"),
    "closed": dict.fromkeys(("guest", "follower", "outsider"), "closed") | {"host": "scheduled"},
    "for_accounts": {"guest": "closed"} | dict.fromkeys(("follower", "outsider", "host"), "scheduled"),
    "by_its_link": dict.fromkeys(("guest", "follower", "outsider", "host"), "scheduled"),
}
"""What each sees of a space in each state; what is not said is the state itself. The blocked see nothing."""


@pytest.mark.parametrize("state", SEES)
def test_everybody_sees_what_they_may_in_every_state(
    state: str,
    stage: Stage,
    browsers: dict[str, FlaskClient],
    bob: User,
    dora: User,
    write: Write,
    clock: FrozenClock,
) -> None:
    space = getattr(stage, state)()
    post = posted(write, bob, space)
    people.block(stage.alice, dora, clock.now())
    for who, browser in browsers.items():
        page = browser.get(post.url).text
        expected = "gone" if who == "blocked" else SEES[state].get(who, state)
        assert cards_in(page) == [expected], who
        card = page.partition('class="space-card')[2].partition('class="post-actions"')[0]
        if expected == "gone":
            assert "Tea" not in card
            assert "Alice" not in card
        if who == "blocked":
            assert "Tea" not in card
        assert ("/recordings/" in card) == (expected == "replay")
        again = browser.get("/cards", query_string={"c": f"{space.public_id}.0~x"}).text
        assert cards_in(again) == [expected], who


def test_the_rule_alone(alice: User, clock: FrozenClock, stage: Stage) -> None:
    space, now = stage.replay(), clock.now()
    recording = recording_of(space)
    assert kind_of(space, recording, Viewer(True), now) == Kind.REPLAY
    assert kind_of(space, None, Viewer(True), now) == Kind.ENDED
    assert kind_of(space, recording, Viewer(True, Refusal("No.", None)), now) == Kind.GONE
    assert kind_of(space, recording, Viewer(True, Refusal("No.", "x.html")), now) == Kind.CLOSED
    last = now + timedelta(days=30)
    assert kind_of(space, recording, Viewer(False), last - timedelta(microseconds=1)) == Kind.REPLAY
    assert kind_of(space, recording, Viewer(False), last) == Kind.GONE


def test_a_scheduled_card_says_when_and_reminds(
    stage: Stage, browsers: dict[str, FlaskClient], alice: User, write: Write
) -> None:
    space = stage.scheduled()
    post = posted(write, alice, space)
    page = browsers["follower"].get(post.url).text
    assert 'datetime="2026-01-05T20:00:00Z" data-local="planned"' in page
    assert "Remind me" in page
    assert browsers["follower"].post(f"{space.url}/reminder", data={"wanted": "1"}).status_code == 303
    assert "Reminder set" in browsers["follower"].get(post.url).text
    assert "Sign in to be reminded" in browsers["guest"].get(post.url).text
    assert "Go to your space" in browsers["host"].get(post.url).text


def test_a_live_card_shows_who_is_there_and_that_it_is_recorded(
    stage: Stage, browsers: dict[str, FlaskClient], alice: User, write: Write
) -> None:
    page = browsers["guest"].get(posted(write, alice, stage.live()).url).text
    assert "1 listener<" in page
    assert "Being recorded" in page
    assert "Join" in page


def test_what_was_not_recorded_says_when_it_ended_and_how_many_listened(
    stage: Stage, browsers: dict[str, FlaskClient], alice: User, write: Write
) -> None:
    page = browsers["guest"].get(posted(write, alice, stage.ended()).url).text
    assert "1 person listened. It was not recorded." in page
    assert 'datetime="2026-01-05T18:00:00Z" data-local' in page


def test_a_recording_plays_in_its_card_from_the_second_that_was_meant(
    stage: Stage, browsers: dict[str, FlaskClient], alice: User, write: Write
) -> None:
    space = stage.replay()
    rid = recording_of(space).public_id
    page = browsers["guest"].get(posted(write, alice, space).url).text
    assert f'data-audio="/recordings/{rid}/audio"' in page
    assert f'data-position-url="/recordings/{rid}/position"' in page
    assert 'data-start-ms="0"' in page
    assert "Anyone can listen until" in page
    recording = recording_of(space)
    recording.duration_ms = 90_000
    db.session.commit()
    later = browsers["guest"].get(posted(write, alice, space, "?t=75").url).text
    assert 'data-start-ms="75000"' in later
    assert f'href="{space.url}?t=75"' in later
    beyond = browsers["guest"].get(posted(write, alice, space, "?t=999").url).text
    assert 'data-start-ms="90000"' in beyond


def test_one_post_tells_the_truth_through_a_whole_life(
    stage: Stage, browsers: dict[str, FlaskClient], alice: User, write: Write, clock: FrozenClock
) -> None:
    space = services.create_space(alice, "Tea", "", True, clock.now())
    post, guest = posted(write, alice, space), browsers["guest"]
    seen = cards_in(guest.get(post.url).text)
    services.start_space(space, alice, clock.now())
    seen += cards_in(guest.get(post.url).text)
    (directory(recording_of(space)) / "mix.opus").write_bytes(b"x" * 4096)
    services.end_space(space, alice, clock.now())
    seen += cards_in(guest.get(post.url).text)
    recordings.publish(recording_of(space), 1000)
    seen += cards_in(guest.get(post.url).text)
    recordings.delete_recording(recording_of(space), clock.now())
    seen += cards_in(guest.get(post.url).text)
    assert seen == ["scheduled", "live", "preparing", "replay", "gone"]


def test_the_first_space_that_there_is_is_the_one(
    stage: Stage, alice: User, bob: User, client: FlaskClient, write: Write
) -> None:
    first, second = stage.ended(), stage.replay()
    nowhere = "a" * 22
    text = f"http://elsewhere{second.url} {SITE}/spaces/{nowhere} {SITE}{first.url} {SITE}{second.url}"
    assert write(bob, text).space_id == first.id
    assert write(bob, f"Not a link: {first.url}").space_id is None
    assert cards_in(client.get(write(bob, f"{SITE}/spaces/{nowhere}").url).text) == []


def test_a_quoted_post_shows_its_card_unless_there_is_another(
    stage: Stage, alice: User, bob: User, client: FlaskClient, write: Write
) -> None:
    live, replay = stage.live(), stage.replay()
    about = posted(write, alice, live)
    quote = write(bob, "Come!", quote_of=about.public_id)
    assert cards_in(client.get(quote.url).text) == ["live"]
    both = write(bob, f"Rather {SITE}{replay.url}", quote_of=about.public_id)
    assert cards_in(client.get(both.url).text) == ["replay"]


def test_an_open_page_is_given_what_has_changed_and_nothing_else(
    stage: Stage, browsers: dict[str, FlaskClient], alice: User, bob: User, write: Write, clock: FrozenClock
) -> None:
    live, replay, guest = stage.live(), stage.replay(), browsers["guest"]
    posted(write, alice, live)
    posted(write, alice, replay)

    def has() -> list[str]:
        return [f"{key}~{version}" for _kind, key, version in CARD.findall(guest.get("/posts").text)]

    asked = has()
    answer = guest.get("/cards", query_string={"c": asked})
    assert (answer.status_code, answer.text) == (204, "")
    stage.room.enter(live, bob)
    changed = guest.get("/cards", query_string={"c": asked}).text
    assert cards_in(changed) == ["live"]
    assert "2 listeners" in changed
    asked = has()
    recordings.delete_recording(recording_of(replay), clock.now())
    assert cards_in(guest.get("/cards", query_string={"c": asked}).text) == ["gone"]
    assert guest.get("/cards", query_string={"c": has()}).status_code == 204


@pytest.mark.parametrize("name", ["", "~", "x", "x~y", "..~", "a.b.c~d", f"{'a' * 22}.1~x", "é.٣~x", "\x00~"])
def test_forged_names_of_cards_are_passed_over(client: FlaskClient, name: str) -> None:
    assert client.get("/cards", query_string={"c": [name] * 100}).status_code == 204


def test_card_begins_where_one_stopped_unless_the_post_means_a_second(
    stage: Stage, alice: User, bob: User, charlie: User, write: Write, sign_in: SignIn, clock: FrozenClock
) -> None:
    replay = stage.replay()
    recording = recording_of(replay)
    recording.duration_ms = 120_000
    db.session.commit()
    plain = posted(write, alice, replay)
    meant = write(alice, f"Hear this: {SITE}{replay.url}?t=30")
    version = re.compile(r'data-version="([^"]+)"')

    def seen(browser: FlaskClient, post: Post) -> tuple[str, str]:
        page = browser.get(post.url).text
        at = re.search(r'data-card-seek.+?value="(\d+)"', page, re.DOTALL)
        assert at is not None
        return at[1], version.findall(page)[0]

    before = seen(sign_in(bob), plain)
    recordings.note_position(recording, Visitor(bob), 75_000, clock.now())
    assert before[0] == "0"
    assert seen(sign_in(bob), plain) == ("75", before[1])
    assert seen(sign_in(bob), meant)[0] == "30"
    assert seen(sign_in(charlie), plain)[0] == "0"
    recordings.note_position(recording, Visitor(bob), 119_000, clock.now())
    assert seen(sign_in(bob), plain)[0] == "0"


def test_a_page_of_cards_asks_as_much_as_one(
    app: Flask,
    stage: Stage,
    alice: User,
    bob: User,
    charlie: User,
    write: Write,
    sign_in: SignIn,
    clock: FrozenClock,
) -> None:
    browser = sign_in(charlie)
    states = ("live", "ended", "replay", "cancelled", "closed", "deleted")

    def fill(rounds: int) -> None:
        for _ in range(rounds):
            for state in states:
                first = posted(write, alice, getattr(stage, state)())
                write(bob, "Yes.", reply_to=first.public_id)
                write(bob, "Look:", quote_of=first.public_id)

    def asked(path: str) -> int:
        db.session.expire_all()
        with counted_queries() as queries:
            assert browser.get(path).status_code == 200
        return len(queries)

    relations.follow(charlie, bob, clock.now())
    relations.follow(charlie, alice, clock.now())
    for _ in range(31):  # whatever fills a page is in the first look back
        write(bob, "And this.")
    fill(1)
    paths = ("/", "/posts", "/@bob/posts", "/@alice")
    few = [asked(path) for path in paths]
    fill(3)
    assert [asked(path) for path in paths] == few
    assert len(cards_in(browser.get("/posts").text)) == 30
    assert max(few) <= 45, few


# What hosts are offered


@pytest.mark.parametrize(
    ("state", "host", "other"),
    [
        ("scheduled", "Join me for “Tea”:", "I’ll be at “Tea”:"),
        ("live", "We’re live: “Tea”", "Listening to “Tea”:"),
        ("replay", "Here’s the recording of “Tea”:", "Worth hearing: “Tea”"),
        ("ended", "“Tea”:", "“Tea”:"),
    ],
)
def test_a_post_about_a_space_begins_with_its_link(
    stage: Stage, browsers: dict[str, FlaskClient], state: str, host: str, other: str
) -> None:
    space = getattr(stage, state)()
    path = f"/posts/new?space={space.public_id}"
    for who, words in (("host", host), ("outsider", other)):
        assert f"{words} {SITE}{space.url}</textarea>" in browsers[who].get(path).text
        assert f"{SITE}{space.url}?t=12</textarea>" in browsers[who].get(f"{path}&t=12").text
    assert browsers["guest"].get(path).location.startswith("/sign-in?next=")


def test_who_may_not_enter_is_not_helped_to_write_about_it(
    stage: Stage, browsers: dict[str, FlaskClient], alice: User, dora: User, clock: FrozenClock
) -> None:
    space = stage.closed()
    assert browsers["outsider"].get(f"/posts/new?space={space.public_id}").status_code == 403
    relations.block(alice, dora, clock.now())
    assert browsers["blocked"].get(f"/posts/new?space={space.public_id}").status_code == 404


@pytest.mark.parametrize("state", ["scheduled", "live", "replay"])
def test_space_offers_its_host_a_post_and_others_the_way_to_one(
    stage: Stage, browsers: dict[str, FlaskClient], state: str
) -> None:
    space = getattr(stage, state)()
    offer = f'hx-get="/posts/new?space={space.public_id}"'
    assert f"{offer}" in browsers["host"].get(space.url).text
    assert 'hx-trigger="load, click"' in browsers["host"].get(space.url).text
    assert offer in browsers["outsider"].get(space.url).text
    assert 'hx-trigger="load, click"' not in browsers["outsider"].get(space.url).text


def test_what_everybody_is_sent_at_the_end_offers_a_post_and_holds_no_token(
    app: Flask, stage: Stage, room: Room, alice: User
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    space = stage.live()
    room.take_texts()
    services.end_space(space, alice, stage.clock.now())
    recordings.publish(recording_of(space), 0)
    room.turn()
    sent = "".join(room.take_texts())
    assert "csrf" not in sent
