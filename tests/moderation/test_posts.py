"""Posts that break the rules: whoever sees one reports it, and a reviewer decides whether it stays."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import FrozenClock
from tests.recordings.test_library import counted_queries
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.accounts.rights import keepers
from webapp.db import db
from webapp.errors import Forbidden, NotFound
from webapp.moderation import services as moderation
from webapp.moderation.models import Removal, Report
from webapp.moderation.services import Draft
from webapp.notifications.models import Notification
from webapp.posts import services
from webapp.posts.models import Post
from webapp.spaces.visitor import Visitor

SignIn = Callable[[User], FlaskClient]
HATE = {"kind": "hateful"}


@pytest.fixture
def hello(alice: User, clock: FrozenClock) -> Post:
    return services.write_post(alice, "Hello.", clock.now())


def send(browser: FlaskClient, post: Post, **fields: str) -> TestResponse:
    return browser.post(f"{post.url}/report", data={**HATE, **fields})


def decide(browser: FlaskClient, post: Post, way: str, **fields: str) -> TestResponse:
    return browser.post(f"/review{post.url}/{way}", data=fields)


def remove(browser: FlaskClient, post: Post) -> int:
    return decide(browser, post, "remove", **HATE).status_code


def reports() -> list[Report]:
    return list(db.session.scalars(select(Report).order_by(Report.id)))


def told(user: User) -> list[str]:
    return list(db.session.scalars(select(Notification.sentence).where(Notification.user_id == user.id)))


# Reporting


def test_whoever_sees_a_post_reports_it(
    hello: Post, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    for browser in (client, sign_in(bob)):
        assert f'href="{hello.url}/report"' in browser.get(hello.url).text
        assert "Hello." in browser.get(f"{hello.url}/report").text
        answer = send(browser, hello, words="Look at it.")
        assert (answer.status_code, answer.location) == (303, f"{hello.url}/report/sent")
        assert "What happens next" in browser.get(answer.location).text
    by_guest, by_bob = reports()
    for report in (by_guest, by_bob):
        assert (report.post_id, report.space_id, report.person_id) == (hello.id, None, alice.id)
        assert (report.kind, report.words, report.state) == ("hateful", "Look at it.", "open")
    assert (by_guest.reporter_id, by_bob.reporter_id) == (None, bob.id)
    assert (by_guest.reporter_guest or "").startswith("guest-")
    assert told(alice) == []


def test_its_author_is_not_offered_to_report_it(hello: Post, alice: User, sign_in: SignIn) -> None:
    assert "/report" not in sign_in(alice).get(hello.url).text


@pytest.mark.parametrize("blocker", ["alice", "bob"])
def test_blocked_sees_no_form(
    hello: Post, alice: User, bob: User, blocker: str, sign_in: SignIn, clock: FrozenClock
) -> None:
    relations.block(*((alice, bob) if blocker == "alice" else (bob, alice)), clock.now())
    browser = sign_in(bob)
    asked = (
        browser.get(f"{hello.url}/report"),
        send(browser, hello),
        browser.get(f"{hello.url}/report/sent"),
    )
    for answer in asked:
        assert (answer.status_code, "Hello." in answer.text) == (404, False)
    assert reports() == []


def test_a_post_that_is_not_there_cannot_be_reported(client: FlaskClient) -> None:
    assert client.get("/posts/nothing/report").status_code == 404
    assert client.post("/posts/nothing/report", data=HATE).status_code == 404


def test_the_same_again_is_the_same_report(
    hello: Post, bob: User, charlie: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    browser = sign_in(bob)
    for _time in range(2):
        assert send(browser, hello).status_code == 303
    changed = send(browser, hello, words="And more.")
    assert changed.status_code == 409
    assert "Wait a minute" in changed.text
    assert len(reports()) == 1
    assert send(sign_in(charlie), hello).status_code == 303
    clock.tick(minutes=2)
    assert send(browser, hello, words="And more.").status_code == 303
    assert [report.words for report in reports()] == ["", "", "And more."]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"kind": ""}, "Choose what is wrong."),
        ({"kind": "boring"}, "Choose what is wrong."),
        ({"kind": "other", "words": ""}, "Say what is wrong."),
        ({"words": "x" * 1001}, "Up to 1,000 characters"),
    ],
)
def test_the_form_says_what_is_wrong(
    hello: Post, client: FlaskClient, fields: dict[str, str], complaint: str
) -> None:
    answer = send(client, hello, **{"words": "typed before", **fields})
    assert answer.status_code == 422
    assert complaint in answer.text
    assert fields.get("words", "typed before")[:5] in answer.text
    assert reports() == []


# Deciding


def test_reviewer_removes_it_and_everybody_concerned_is_told(
    hello: Post,
    alice: User,
    bob: User,
    rita: User,
    reviewer: FlaskClient,
    client: FlaskClient,
    sign_in: SignIn,
) -> None:
    url, name = hello.url, hello.public_id
    send(client, hello, words="Look at it.")
    send(sign_in(bob), hello)
    queue = reviewer.get("/review").text
    assert queue.count(f'href="/review{url}"') == 2
    assert "Hello." in queue
    page = reviewer.get(f"/review{url}").text
    assert "Look at it." in page
    assert f'href="/review{url}"' in reviewer.get(url).text
    assert decide(reviewer, hello, "remove", **HATE, words="Not here.").status_code == 303
    assert client.get(url).status_code == 404
    assert told(alice) == ["A post of yours was removed. The reason: It is hateful. Not here."]
    assert told(bob) == ["A post that you reported was removed."]
    assert [report.state for report in reports()] == ["removed", "removed"]
    assert "Hello." not in reviewer.get("/review").text
    (removal,) = db.session.scalars(select(Removal))
    assert (removal.post, removal.text, removal.author_id, removal.reviewer_id) == (
        name, "Hello.", alice.id, rita.id
    )  # fmt: skip
    assert (removal.kind, removal.words) == ("hateful", "Not here.")
    again = reviewer.post(f"/review{url}/remove", data=HATE)
    assert again.status_code == 404
    assert len(told(alice)) == 1


def test_reviewer_removes_what_nobody_reported(hello: Post, alice: User, reviewer: FlaskClient) -> None:
    assert remove(reviewer, hello) == 303
    assert told(alice) == ["A post of yours was removed. The reason: It is hateful."]


def test_reviewer_says_why(hello: Post, reviewer: FlaskClient, client: FlaskClient) -> None:
    for fields in ({}, {"kind": "other"}, {"kind": "hateful", "words": "x" * 301}):
        assert decide(reviewer, hello, "remove", **fields).status_code == 422
    assert client.get(hello.url).status_code == 200
    assert db.session.scalars(select(Removal)).all() == []


def test_reviewer_lets_it_stay(
    hello: Post, alice: User, bob: User, reviewer: FlaskClient, client: FlaskClient, sign_in: SignIn
) -> None:
    send(sign_in(bob), hello)
    for _time in range(2):
        assert decide(reviewer, hello, "keep").status_code == 303
    assert client.get(hello.url).status_code == 200
    assert told(bob) == ["A reviewer looked at a post that you reported. It is within the rules and stays."]
    assert told(alice) == []
    assert [report.state for report in reports()] == ["kept"]
    assert "Hello." not in reviewer.get("/review").text


def test_what_its_author_took_back_waits_for_nobody(
    hello: Post, alice: User, reviewer: FlaskClient, client: FlaskClient
) -> None:
    send(client, hello, words="Look at it.")
    services.delete_post(hello, alice)
    assert "Look at it." not in reviewer.get("/review").text
    assert [report.post_id for report in reports()] == [None]


def test_a_block_keeps_nothing_from_reviewers(
    hello: Post, alice: User, rita: User, reviewer: FlaskClient, clock: FrozenClock
) -> None:
    relations.block(alice, rita, clock.now())
    assert "Hello." in reviewer.get(f"/review{hello.url}").text
    assert remove(reviewer, hello) == 303


def test_reviewer_does_not_decide_about_their_own(
    rita: User, bob: User, reviewer: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    own = services.write_post(rita, "Mine.", clock.now())
    send(sign_in(bob), own)
    assert (decide(reviewer, own, "keep").status_code, remove(reviewer, own)) == (403, 403)
    assert [report.state for report in reports()] == ["open"]
    with pytest.raises(Forbidden):
        moderation.remove_post(own, rita, Draft("hateful", ""), clock.now())


def test_two_reviewers_at_once_remove_it_once(
    hello: Post, rita: User, bob: User, alice: User, clock: FrozenClock
) -> None:
    db.session.add(
        Removal(
            post=hello.public_id, author_id=alice.id, text="", kind="scam", words="", reviewer_id=bob.id,
            at=clock.now(),
        )
    )  # fmt: skip
    db.session.commit()
    with pytest.raises(NotFound):
        moderation.remove_post(hello, rita, Draft("hateful", ""), clock.now())
    assert told(alice) == []


def test_nobody_else_decides(
    hello: Post,
    alice: User,
    bob: User,
    rita: User,
    operator: FlaskClient,
    client: FlaskClient,
    sign_in: SignIn,
) -> None:
    send(client, hello)
    for browser in (client, sign_in(alice), sign_in(bob), operator):
        assert browser.get(f"/review{hello.url}").status_code == 404
        assert (remove(browser, hello), decide(browser, hello, "keep").status_code) == (404, 404)
    without_a_code = sign_in(rita)
    assert remove(without_a_code, hello) in (302, 303, 403)
    assert decide(without_a_code, hello, "keep").status_code in (302, 303, 403)
    assert f"/review{hello.url}" not in sign_in(bob).get(hello.url).text
    assert db.session.scalars(select(Post.text)).all() == ["Hello."]
    assert [report.state for report in reports()] == ["open"]


def test_the_queue_asks_as_much_for_many_posts_as_for_few(
    alice: User, bob: User, charlie: User, reviewer: FlaskClient, clock: FrozenClock
) -> None:
    def asked() -> int:
        db.session.expire_all()
        with counted_queries() as queries:
            assert reviewer.get("/review").status_code == 200
        return len(queries)

    def fill(n: int) -> None:
        for _time in range(n):
            for author in (alice, bob):
                post = services.write_post(author, "Hello.", clock.tick(minutes=2))
                moderation.report_post(post, Visitor(charlie), Draft("scam", ""), clock.now())

    fill(2)
    few = asked()
    fill(5)
    assert asked() == few


def test_what_is_kept_of_it_can_be_seen_and_forgotten(
    hello: Post, alice: User, bob: User, rita: User, clock: FrozenClock
) -> None:
    keeper = next(each for each in keepers() if each.name == "reports")
    moderation.report_post(hello, Visitor(bob), Draft("scam", "Look."), clock.now())
    (reported,) = keeper.export(bob, clock.now())["reported"]
    assert (reported["address"], reported["words"]) == (hello.url, "Look.")
    moderation.remove_post(hello, rita, Draft("hateful", "No."), clock.now() + timedelta(hours=1))
    (reported,) = keeper.export(bob, clock.now())["reported"]
    assert reported["address"] == ""
    (removed,) = keeper.export(alice, clock.now())["removed"]
    assert (removed["text"], removed["what"], removed["words"]) == ("Hello.", "It is hateful", "No.")
    assert str(rita.id) not in str(removed)
    keeper.forget(alice, clock.now())
    db.session.commit()
    (removal,) = db.session.scalars(select(Removal))
    assert (removal.text, removal.author_id) == ("", None)
