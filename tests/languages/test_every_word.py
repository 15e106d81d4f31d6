"""Nothing that anybody reads stays English where another language is spoken."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.accounts.conftest import AuthenticatorApp, phone, sign_in_with_code
from tests.conftest import PASSWORD, FrozenClock
from tests.languages.pseudo import TAG, left_in_english, teach
from tests.moderation.conftest import rita
from tests.recordings.conftest import files, live, publish, recording, recording_of, room
from tests.spaces.conftest import Room
from webapp.accounts import relations, reset
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.config import Settings
from webapp.db import db
from webapp.moderation import services as moderation
from webapp.moments import services as moments
from webapp.notifications.models import Notification
from webapp.people import services as people
from webapp.posts import services as posts
from webapp.recordings import keeping, notices
from webapp.recordings import services as recordings
from webapp.recordings.models import Recording
from webapp.recordings.reconcile import reconcile
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING
from webapp.scheduler import scheduler
from webapp.scheduling import services as scheduling
from webapp.scheduling.reminders import remind
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.presence import GUEST
from webapp.spaces.requests import services as requests
from webapp.spaces.stage import services as stage
from webapp.spaces.states import Door, OpenTo
from webapp.spaces.times import Plan, zones
from webapp.spaces.visitor import Visitor
from webapp.vault.queries import copy_kept

__all__ = ["files", "live", "phone", "publish", "recording", "rita", "room", "sign_in_with_code"]

WHY = "Somebody asked for it."
HTMX = {"HX-Request": "true"}
SignIn = Callable[[User], FlaskClient]
Left = dict[str, list[str]]

NAMES = (
    "Alice Bob Charlie Rita Olga alice bob charlie rita olga Tea Cake Soon tea cake Hello tea.example".split()
)
EVERYWHERE = "Parley REC UTC SHA-256 Android iOS Esperanto English Mastodon Bluesky WhatsApp Telegram".split()
FILES = "about.json mix.opus peaks.u8 track-1.opus turns.ndjson".split()
DATES = "Januaro Februaro Marto Aprilo Majo lundo mardo ĵaŭdo kaj".split()
FORGED = "Not a valid choice."
"""What WTForms says of a choice that no form of ours offers."""
DATA = frozenset([*NAMES, *EVERYWHERE, *FILES, *DATES, FORGED, WHY])
"""What people wrote and called themselves, names that are the same everywhere, and words of Babel's."""


class Reader:
    """Asks for pages in the language, and notes what of them is not in it."""

    def __init__(self, data: frozenset[str]) -> None:
        self.left: Left = {}
        self._data = data

    def page(self, browser: FlaskClient, path: str, status: int = 200, **form: object) -> None:
        """Reads what a browser gets at an address, or for a form that it sends there."""
        answer = self.form(browser, path, form or None)
        assert answer.status_code == status, (path, answer.text)

    def form(
        self,
        browser: FlaskClient,
        path: str,
        form: dict[str, object] | None,
        more: dict[str, str] | None = None,
    ) -> TestResponse:
        """Reads whatever the answer is: a page, a fragment, or the page that it sends one to."""
        headers = {"Accept-Language": TAG, "Accept": "text/html", **(more or {})}
        if form is None:
            answer = browser.get(path, headers=headers)
        else:
            answer = browser.post(path, headers=headers, data=form)
        while answer.location:
            answer = browser.get(answer.location, headers=headers)
        self.text(path, answer.text)
        return answer

    def text(self, where: str, html: str) -> None:
        if english := list(left_in_english(html, self._data)):
            self.left.setdefault(where, []).extend(english)


@pytest.fixture
def reader(app: Flask, tmp_path: Path, alice: User, bob: User) -> Iterator[Reader]:
    """Fails in the end if anything that it read was English."""
    teach(app, tmp_path / "translations")
    for user in (alice, bob):
        user.language = TAG
    db.session.commit()
    places = {name.partition("/")[2].replace("_", " ").replace("/", ", ") for name in zones()}
    reader = Reader(
        DATA | zones() | places | {name.replace("_", " ") for name in zones()} | set(scheduler().sweeps)
    )
    yield reader
    assert reader.left == {}


def test_pages_for_nobody_in_particular(
    app: Flask, reader: Reader, client: FlaskClient, alice: User, clock: FrozenClock
) -> None:
    app.add_url_rule("/fails/<int:code>", "fails", abort)
    space = services.create_space(alice, "Tea", "tea", False, clock.now())
    for path in ("/", "/spaces", "/sign-in", "/sign-up", "/about/privacy", "/@alice", space.url):
        reader.page(client, path)
    for path in ("/posts", "/search", "/search?q=tea", "/search?q=nothing", "/spaces/live", "/offline"):
        reader.page(client, path)
    for path in ("/share", "/embed"):
        reader.page(client, space.url + path)
    reader.page(client, "/nowhere", 404)
    reader.page(client, "/spaces/nowhere", 404)
    reader.page(client, "/about/privacy", 405, title="Tea")
    reader.page(client, "/spaces", 403, title="Tea")
    reader.page(client, "/sign-in", email="nobody@example.com", password="wrong")
    reader.page(client, "/sign-up", email="", handle="", display_name="", password="")
    for status in (404, 405, 413, 429, 500):
        reader.page(client, f"/fails/{status}", status)


def test_pages_of_who_forgot_their_password(
    app: Flask, reader: Reader, client: FlaskClient, alice: User, clock: FrozenClock
) -> None:
    given = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "parley@example.org"}
    app.extensions["settings"] = Settings(_env_file=None, **app.extensions["settings"].model_dump() | given)
    for path in ("/sign-in", "/sign-in/forgotten"):
        reader.page(client, path)
    reader.page(client, "/sign-in/forgotten", 422, email="")
    reader.form(client, "/sign-in/forgotten", {"email": alice.email})
    reader.form(client, "/sign-in/new-password/forged", None)
    token = reset._token(alice, app.extensions["settings"].signing_key(), clock.now() + reset.LASTS)
    reader.page(client, f"/sign-in/new-password/{token}")
    typed = {"new_password": "short", "new_password_confirm": "other"}
    reader.page(client, f"/sign-in/new-password/{token}", 422, **typed)


def test_pages_of_an_account(
    reader: Reader,
    alice: User,
    bob: User,
    charlie: User,
    sign_in: SignIn,
    phone: AuthenticatorApp,
    clock: FrozenClock,
) -> None:
    browser, now = sign_in(alice), clock.now()
    people.follow(bob, alice, now)
    people.follow(alice, bob, now)
    relations.block(alice, charlie, now)
    accounts.create_token(alice, "Hello", now)
    pages = (
        "/settings",
        "/settings/data",
        "/settings/blocked",
        "/settings/password",
        "/notifications",
        "/recordings",
    )
    for path in (
        *pages,
        "/@alice",
        "/@bob",
        "/@charlie",
        "/@bob/followers",
        "/@bob/following",
        "/@alice/followers",
    ):
        reader.page(browser, path)
    reader.page(sign_in(bob), "/notifications")
    for path, form in (
        ("/settings/name", {"display_name": ""}),
        ("/settings/language", {"language": "xx"}),
        (
            "/settings/password",
            {"password": "wrong", "new_password": "short", "new_password_confirm": "else"},
        ),
        ("/settings/data/delete", {"password": "wrong", "confirmation": "bob"}),
    ):
        reader.form(browser, path, form)
    for path in ("/settings/sign-out-everywhere", "/@bob/block", "/@bob/unblock"):
        reader.form(browser, path, {})


def test_posts(
    reader: Reader,
    live: Space,
    alice: User,
    bob: User,
    client: FlaskClient,
    sign_in: SignIn,
    clock: FrozenClock,
) -> None:
    accounts.make_operator(alice)
    people.follow(bob, alice, clock.now())
    link = f"http://localhost{live.url}"
    here = frozenset({"localhost"})
    hello = posts.write_post(alice, f"Hello #tea {link}", clock.now(), hosts=here)
    reply = posts.write_post(bob, "Hello @alice", clock.now(), reply_to=hello.public_id)
    posts.write_post(bob, "Hello", clock.now(), quote_of=hello.public_id)
    posts.like(hello, bob, clock.now())
    posts.repost(hello, bob, clock.tick(seconds=1))
    for browser in (client, sign_in(alice), sign_in(bob)):
        for path in ("/", "/posts", hello.url, reply.url, "/@alice", "/@alice/posts", "/topics/tea"):
            reader.form(browser, path, None)
    for path in (f"{hello.url}/share", f"{hello.url}/report", f"{hello.url}/report/sent"):
        for browser in (client, sign_in(bob)):
            reader.page(browser, path)
    reader.form(sign_in(bob), f"{hello.url}/report", {"kind": ""})
    for words in ("", "Hello"):
        reader.form(sign_in(bob), f"{hello.url}/report", {"kind": "scam", "words": words})
    reader.page(sign_in(bob), "/posts/new")
    for form in ({"text": ""}, {"text": "x" * 2_000}, {"text": "Hello", "box": "home", "once": "1"}):
        reader.form(sign_in(bob), "/posts", form, HTMX)
    reader.form(sign_in(alice), f"{reply.url}/delete", {})
    for path in ("/notifications", "/settings/notifications"):
        reader.page(sign_in(alice), path)


def test_pages_of_two_factor(
    reader: Reader, alice: User, client: FlaskClient, sign_in: SignIn, phone: AuthenticatorApp
) -> None:
    browser = sign_in(alice)
    reader.form(browser, "/settings/two-factor", {"setup": "authenticator"})
    reader.page(browser, "/sign-in/again")
    browser.post("/sign-in/again", data={"password": PASSWORD})
    reader.page(browser, "/settings/two-factor")
    reader.form(browser, "/settings/two-factor", {"setup": "authenticator"})
    reader.form(browser, "/sign-in/code", {"code": "000000"})
    phone.turn_on(alice)
    reader.form(client, "/sign-in", {"email": alice.email, "password": PASSWORD})
    reader.form(client, "/sign-in/code", {"code": "000000"})
    reader.page(client, "/sign-in/recovery-code")
    reader.form(client, "/sign-in/recovery-code", {"code": "none"})


def test_spaces_before_they_start(
    reader: Reader, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    at = Plan(clock.now() + timedelta(days=1), "UTC")
    planned = services.create_space(alice, "Soon", "tea", True, clock.now(), plan=at)
    ready = services.create_space(alice, "Tea", "", False, clock.now())
    followed = services.create_space(alice, "Tea", "", False, clock.now(), door=Door(OpenTo.FOLLOWED))
    link = services.create_space(alice, "Tea", "", False, clock.now(), door=Door(OpenTo.LINK, guests=False))
    host, other = sign_in(alice), sign_in(bob)
    reader.page(host, "/spaces/new")
    reader.form(
        host, "/spaces", {"title": "", "topics": "a,b,c,d", "when": "later", "starts_at": "", "zone": "UTC"}
    )
    reader.form(
        host, "/spaces", {"title": "Tea", "when": "later", "starts_at": "2026-01-01T18:00", "zone": "UTC"}
    )
    for space in (planned, ready):
        for browser in (host, other, client):
            reader.page(browser, space.url)
        for path in ("/door", "/edit"):
            reader.form(host, space.url + path, None)
            reader.form(other, space.url + path, None)
    for space in (followed, link):
        for browser in (other, client):
            reader.form(browser, space.url, None)
    reader.form(other, f"{planned.url}/reminder", {"wanted": "1"})
    reader.form(other, f"{planned.url}/reminder", {"wanted": "1"}, HTMX)
    for path in ("/", "/spaces", "/@alice"):
        reader.page(other, path)
    reader.form(host, f"{planned.url}/cancel", {})
    reader.page(client, planned.url)


def test_live_spaces(
    reader: Reader,
    room: Room,
    live: Space,
    alice: User,
    bob: User,
    charlie: User,
    client: FlaskClient,
    sign_in: SignIn,
    clock: FrozenClock,
) -> None:
    now = clock.now()
    accounts.set_language(charlie, TAG)
    for _ in range(3):
        room.enter(live, charlie)
    room.enter(live, GUEST | 7)
    requests.ask(live, charlie, "Hello", now)
    moments.pin_link(live, alice, "https://tea.example", "Tea", now)
    room.turn()
    browsers = {
        "host": sign_in(alice),
        "speaker": sign_in(bob),
        "listener": sign_in(charlie),
        "guest": client,
    }
    for browser in browsers.values():
        for path in ("", "/dock", "/people", "/report", "/report?person=bob"):
            reader.page(browser, live.url + path)
        for handle in ("alice", "bob", "charlie"):
            reader.page(browser, f"{live.url}/person/{handle}")
    reader.page(client, "/spaces")
    stage.make_cohost(live, alice, "bob")
    reader.form(browsers["speaker"], f"{live.url}/dock", None)
    stage.unmake_cohost(live, alice, "bob")
    stage.set_muted(live, bob, False)
    stage.mute_person(live, alice, "bob")
    requests.answer(live, alice, "charlie", stage.DECLINE, now)
    stage.invite(live, alice, "charlie", now)
    room.turn()
    reader.page(browsers["listener"], f"{live.url}/dock")
    stage.answer_invitation(live, charlie, stage.ACCEPT)
    reader.page(browsers["listener"], f"{live.url}/dock")
    for path, form in (
        ("/marks", {"note": "Tea"}),
        ("/links", {"address": "no link"}),
        ("/reactions", {"kind": "none"}),
        ("/requests", {"question": "x" * 141}),
        ("/end", {}),
        ("/recording/stop", {}),
    ):
        reader.form(browsers["listener"], live.url + path, form, HTMX)
    recordings.note_interruption(recording_of(live), now)
    recordings.note_resumption(recording_of(live), 3_000)
    services.stop_recording(live, alice, now)
    services.remove_person(live, alice, "charlie", now)
    room.go(live, alice)
    room.turn(10)
    room.enter(live, alice)
    for browser in browsers.values():
        reader.form(browser, live.url, None)
    for html in room.take_texts():
        reader.text("told", html)
    for told in db.session.scalars(select(Notification)):
        reader.text(told.key, told.sentence)


def test_recordings_and_what_becomes_of_them(
    reader: Reader,
    recording: Recording,
    alice: User,
    bob: User,
    charlie: User,
    client: FlaskClient,
    sign_in: SignIn,
    clock: FrozenClock,
    room: Room,
) -> None:
    space = recording.space
    for path in ("", "/report"):
        for browser in (client, sign_in(alice), sign_in(bob)):
            reader.page(browser, space.url + path)
    reader.form(client, f"{space.url}/report", {"kind": "other", "words": ""})
    reader.form(client, f"{space.url}/report", {"kind": "hateful", "words": "", "at": "9:99:99"})
    reader.page(client, f"{space.url}/report/sent")
    for path in ("/", "/spaces", "/@alice", "/recordings", "/recordings?page=2"):
        reader.page(sign_in(alice), path)
    keeping.seal_waiting(clock.now())
    notices.tell_hosts(clock.tick(days=24))
    notices.tell_hosts(clock.tick(days=5, hours=12))
    for path in ("/recordings", "/notifications"):
        reader.page(sign_in(alice), path)
    reader.form(sign_in(alice), f"/recordings/{recording.public_id}/delete", {})
    clock.tick(days=1)
    for path in ("/recordings", space.url, "/notifications"):
        reader.page(sign_in(alice), path)


def test_pages_of_reviewers(
    reader: Reader,
    recording: Recording,
    alice: User,
    rita: User,
    phone: AuthenticatorApp,
    sign_in_with_code: SignIn,
    sign_in: SignIn,
    client: FlaskClient,
    clock: FrozenClock,
) -> None:
    reader.form(sign_in(rita), "/review", None)
    keeping.seal_waiting(clock.now())
    url, copy = recording.space.url, copy_kept(recording.public_id, clock.now())
    for form in ({"kind": "hateful", "words": "Hello", "at": "0:05"}, {"kind": "scam", "person": "bob"}):
        client.post(f"{url}/report", data=form)
    phone.turn_on(rita)
    browser = sign_in_with_code(rita)
    browser.get("/review")  # what signing in said was said in the language that it was asked for in
    for path in ("/review", f"/review/copies/{copy.ref}"):
        reader.page(browser, path)
    access = moderation.open_copy(copy, rita, WHY, clock.now())
    moderation.place_hold(copy, rita, WHY, f"{clock.now() + timedelta(days=200):%F}", clock.now())
    for path in ("/review", f"/review/copies/{copy.ref}", f"/review/accesses/{access.public_id}"):
        reader.page(browser, path)
    reader.form(browser, f"/review/copies/{copy.ref}/open", {"reason": ""})
    alice.language = rita.language = TAG
    post = posts.write_post(alice, "Hello", clock.now())
    moderation.report_post(post, Visitor(rita), moderation.Draft("scam", ""), clock.now())
    for path in ("/review", f"/review{post.url}", post.url):
        reader.page(browser, path)
    reader.form(browser, f"/review{post.url}/remove", {"kind": "other"})
    reader.form(browser, f"/review{post.url}/keep", {})
    reader.form(browser, f"/review{post.url}/remove", {"kind": "scam"})
    reader.page(browser, "/notifications")
    reader.page(sign_in(alice), "/notifications")
    reader.form(browser, f"/review/copies/{copy.ref}/holds", {"reason": WHY, "until": "x"})


def test_pages_of_the_operator(
    reader: Reader,
    recording: Recording,
    operator: User,
    alice: User,
    rita: User,
    sign_in: SignIn,
    clock: FrozenClock,
) -> None:
    accounts.make_operator(operator)
    browser = sign_in(operator)
    reconcile(clock.now())
    pages = (
        "/admin",
        "/admin/jobs",
        "/admin/files",
        "/admin/reviewers",
        "/admin/rollout",
        "/admin/rollout/recording",
    )
    for path in pages:
        reader.page(browser, path)
    rollout.start(RECORDING, clock.now(), operator)
    for act in (
        lambda: rollout.put_on_list(RECORDING, "bob", clock.now(), operator),
        lambda: rollout.note_begun(clock.now()),
        lambda: rollout.jump(RECORDING, 2, clock.now(), operator),
        lambda: rollout.pause(RECORDING, clock.now(), operator),
        lambda: rollout.open_to_everybody(RECORDING, clock.now(), operator),
    ):
        act()
        for path in (
            *pages[-2:],
            "/admin/rollout/recording?handle=alice",
            "/admin/rollout/recording?handle=bob",
        ):
            reader.page(browser, path)
        reader.page(sign_in(alice), "/spaces/new")
    reader.page(browser, "/admin/rollout/recording/stages/1")
    reader.form(browser, "/admin/rollout/recording/stages/1", {"starts_at": "", "percent": "101"})
    reader.form(browser, "/admin/reviewers", {"handle": "nobody"})
    reader.form(browser, "/admin/jobs/prune/run", {})
    reader.page(browser, "/admin/jobs")


def test_reminders(
    reader: Reader, settings: Settings, alice: User, bob: User, clock: FrozenClock, app: Flask
) -> None:
    at = Plan(clock.now() + timedelta(hours=1), "UTC")
    spaces = [services.create_space(alice, "Soon", "", False, clock.now(), plan=at) for _ in range(3)]
    for space in spaces:
        scheduling.remind(space, bob, True, clock.now())
    services.set_plan(spaces[0], Plan(clock.now() + timedelta(hours=2), "UTC"), clock.now())
    scheduling.cancel_space(spaces[1], alice, clock.now())
    for minutes in (1, 35, 30, 40, 40, 40):
        clock.tick(minutes=minutes)
        remind(clock.now())
    told = list(db.session.scalars(select(Notification)))
    assert len(told) > 5
    for each in told:
        reader.text(each.key, each.sentence)


def test_what_scripts_say(reader: Reader, client: FlaskClient) -> None:
    words = client.get(f"/words/{TAG}.json")
    assert len(words.json) > 20
    assert "The link is copied." in words.json
    for english, said in words.json.items():
        reader.text(english, said)
    assert client.get("/words/xx.json").status_code == 404
