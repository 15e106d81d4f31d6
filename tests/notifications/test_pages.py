"""The page of notifications, the way they lead, and the bell on every other page."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.conftest import FrozenClock
from tests.notifications.conftest import Tell
from webapp.accounts.models import User
from webapp.db import db
from webapp.notifications import queries

SignIn = Callable[[User], FlaskClient]
HTML = {"Accept": "text/html"}


def sentences(page: str) -> list[str]:
    """What a page tells, in order; unread ones begin with a word."""
    items = re.findall(r"<li\b.*?>(.*?)<p class=\"hint\"", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", item).split()) for item in items]


def test_a_person_sees_their_own_the_newest_first(
    tell: Tell, alice: User, bob: User, charlie: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    tell(alice, "One.")
    tell(alice, "Two.")
    clock.tick(minutes=1)
    tell(alice, "Three & <b>four</b>.")
    tell(bob, "Not hers.")
    page = sign_in(alice).get("/notifications").text
    assert sentences(page) == [
        "Unread: Three &amp; &lt;b&gt;four&lt;/b&gt;.",
        "Unread: Two.",
        "Unread: One.",
    ]
    assert sentences(sign_in(bob).get("/notifications").text) == ["Unread: Not hers."]
    empty = sign_in(charlie).get("/notifications").text
    assert "Nothing here yet" in empty
    assert "Mark all as read" not in empty


def test_a_guest_is_sent_to_sign_in_and_back(tell: Tell, client: FlaskClient, alice: User) -> None:
    one = f"/notifications/{tell(alice).public_id}"
    assert client.get("/notifications").location == "/sign-in?next=/notifications"
    assert client.get(one).location == f"/sign-in?next={one}"
    assert client.post("/notifications/read").status_code == 403
    assert queries.unread_count(alice.id) == 1


def test_an_opened_notification_leads_to_its_page_and_is_read(
    tell: Tell, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    notification, browser = tell(alice, url="/spaces?t=1"), sign_in(alice)
    href = f"/notifications/{notification.public_id}"
    assert f'href="{href}"' in browser.get("/notifications").text
    read_at = clock.tick(minutes=1)
    answer = browser.get(href)
    assert (answer.status_code, answer.location) == (302, "/spaces?t=1")
    assert notification.read_at == read_at
    clock.tick(minutes=1)
    assert browser.get(href).location == "/spaces?t=1"
    assert notification.read_at == read_at
    page = browser.get("/notifications").text
    assert sentences(page) == ["Tea is ready."]
    assert "Mark all as read" not in page


def test_one_that_leads_nowhere_can_be_read_all_the_same(tell: Tell, alice: User, sign_in: SignIn) -> None:
    notification, browser = tell(alice, url=None), sign_in(alice)
    href = f"/notifications/{notification.public_id}"
    assert browser.get(href).location == "/notifications"
    page = browser.get("/notifications").text
    assert sentences(page) == ["Tea is ready."]
    assert href not in page


def test_an_outsider_finds_nothing_and_leaves_no_trace(
    tell: Tell, alice: User, bob: User, sign_in: SignIn
) -> None:
    notification, outsider = tell(alice), sign_in(bob)
    for path in (
        f"/notifications/{notification.public_id}",
        f"/notifications?before={notification.public_id}",
        "/notifications/nothing",
        "/notifications?before=99999999999999999999",
        "/notifications?before=",
        f"/notifications/{notification.id}",
    ):
        assert outsider.get(path).status_code == 404
    outsider.post("/notifications/read")
    assert (notification.read_at, queries.unread_count(alice.id)) == (None, 1)


def test_all_are_marked_as_read_and_again(
    tell: Tell, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    first, browser = tell(alice), sign_in(alice)
    tell(bob)
    browser.get(f"/notifications/{first.public_id}")
    read_at = first.read_at
    second = tell(alice)
    clock.tick(minutes=1)
    for _ in range(2):
        answer = browser.post("/notifications/read")
        assert (answer.status_code, answer.location) == (303, "/notifications")
    assert (first.read_at, second.read_at) == (read_at, clock.now())
    assert (queries.unread_count(alice.id), queries.unread_count(bob.id)) == (0, 1)
    htmx = browser.post("/notifications/read", headers={"HX-Request": "true"})
    assert htmx.headers["HX-Redirect"] == "/notifications"


def test_another_site_marks_nothing_as_read(app: Flask, tell: Tell, alice: User, sign_in: SignIn) -> None:
    tell(alice)
    app.config["WTF_CSRF_ENABLED"] = True
    assert sign_in(alice).post("/notifications/read").status_code == 400
    assert queries.unread_count(alice.id) == 1


def test_a_long_list_goes_on_on_another_page_without_losing_or_repeating_any(
    tell: Tell, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    for number in range(2 * queries.PAGE + 5):
        if number % 4 == 0:  # some share their moment
            clock.tick(seconds=1)
        tell(alice, f"Number {number}.")
    browser, path = sign_in(alice), "/notifications"
    seen: list[list[str]] = []
    for _ in range(3):
        page = browser.get(path).text
        seen.append(sentences(page))
        older = re.search(r'href="([^"]+)">Older<', page)
        tell(alice, "Came meanwhile.")
        path = older[1] if older else ""
    assert path == ""
    assert [len(page) for page in seen] == [queries.PAGE, queries.PAGE, 5]
    assert [each for page in seen for each in page] == [
        f"Unread: Number {number}." for number in range(2 * queries.PAGE + 4, -1, -1)
    ]


def test_a_full_page_alone_has_nothing_older(tell: Tell, alice: User, sign_in: SignIn) -> None:
    for _ in range(queries.PAGE):
        tell(alice)
    assert ">Older<" not in sign_in(alice).get("/notifications").text


def bell(page: str) -> str:
    """The bell, as it is read out, and, behind a bar, as it is seen."""
    link = re.search(r'<a class="bell".*?</a>', page, re.DOTALL)
    if link is None:
        return ""
    badge = re.search(r'<span class="badge" aria-hidden="true">(.*?)</span>', link[0])
    name = re.sub(r"<[^>]+>", " ", link[0].replace(badge[0], "") if badge else link[0])
    return f"{' '.join(name.split())} | {badge[1] if badge else ''}"


@pytest.mark.parametrize(
    ("unread", "shown"),
    [
        (0, "Notifications | "),
        (1, "Notifications, 1 unread | 1"),
        (99, "Notifications, 99 unread | 99"),
        (102, "Notifications, more than 99 unread | 99+"),
    ],
)
def test_the_bell_counts(tell: Tell, alice: User, sign_in: SignIn, unread: int, shown: str) -> None:
    for _ in range(unread):
        tell(alice)
    assert bell(sign_in(alice).get("/spaces").text) == shown


def test_a_guest_has_no_bell(client: FlaskClient) -> None:
    assert bell(client.get("/spaces").text) == ""


def test_a_page_asks_once_and_only_for_those_who_have_a_bell(
    app: Flask, tell: Tell, alice: User, client: FlaskClient, sign_in: SignIn
) -> None:
    tell(alice)
    browser = sign_in(alice)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    browser.get("/spaces/new")
    assert len([query for query in asked if "notifications" in query]) == 1
    asked.clear()
    client.get("/spaces")
    assert asked
    assert not any("notifications" in query for query in asked)


def test_the_page_about_a_mistake_of_ours_asks_nothing(
    app: Flask, alice: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_user_id: int) -> int:
        raise RuntimeError("no database")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(queries, "unread_count", fail)
    answer = sign_in(alice).get("/spaces/new", headers=HTML)
    assert answer.status_code == 500
    assert "it is not your doing" in answer.text
    assert bell(answer.text) == ""


# One at a time, by day, and while a page stays open


def test_a_person_marks_one_as_read_and_again(tell: Tell, alice: User, sign_in: SignIn) -> None:
    first, browser = tell(alice, "One."), sign_in(alice)
    tell(alice, "Two.")
    path = f"/notifications/{first.public_id}/read"
    assert f'hx-post="{path}"' in browser.get("/notifications").text
    for _ in range(2):
        answer = browser.post(path)
        assert (answer.status_code, answer.location) == (303, "/notifications")
        assert queries.unread_count(alice.id) == 1
    fragment = browser.post(path, headers={"HX-Request": "true"}).text
    assert sentences(fragment) == ["One."]
    assert "Mark as read" not in fragment
    assert 'id="notification-count" hx-swap-oob="true"' in fragment
    assert "Notifications, 1 unread" in fragment


def test_an_outsider_and_a_guest_mark_nothing(
    tell: Tell, alice: User, bob: User, sign_in: SignIn, client: FlaskClient
) -> None:
    path = f"/notifications/{tell(alice).public_id}/read"
    assert sign_in(bob).post(path).status_code == 404
    assert client.post(path).status_code == 403
    assert queries.unread_count(alice.id) == 1


def test_they_are_grouped_by_days_of_the_zone_that_was_chosen(
    tell: Tell, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    tell(alice, "On Monday.")
    clock.tick(hours=5.5)  # 23:30 in UTC, half past midnight in Berlin
    tell(alice, "Late.")

    def days() -> list[str]:
        page = sign_in(alice).get("/notifications").text
        return re.findall(r'<time [^>]*data-local="day">(.*?)</time>', page)

    assert days() == ["Monday, 5 January 2026"]
    alice.time_zone = "Europe/Berlin"
    db.session.commit()
    assert days() == ["Tuesday, 6 January 2026", "Monday, 5 January 2026"]
    alice.time_zone = "Moon/Base"
    db.session.commit()
    assert days() == ["Monday, 5 January 2026"]


def test_the_count_is_asked_for_by_a_page_that_stays_open(
    tell: Tell, alice: User, sign_in: SignIn, client: FlaskClient
) -> None:
    tell(alice)
    fragment = sign_in(alice).get("/notifications/count").text
    assert "Notifications, 1 unread" in fragment
    assert 'hx-trigger="stale"' in fragment
    assert "hx-swap-oob" not in fragment
    answer = client.get("/notifications/count")
    assert (answer.status_code, answer.text) == (204, "")
