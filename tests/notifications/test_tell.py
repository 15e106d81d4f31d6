"""What is told is told once, whoever else tells it, and kept as long as it should be."""

from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from tests.conftest import FrozenClock
from tests.notifications.conftest import Tell
from webapp.accounts.models import ApiToken, User
from webapp.db import db
from webapp.notifications import queries, services
from webapp.notifications.models import Notification
from webapp.scheduler import scheduler


def told(user: User) -> list[str]:
    own = select(Notification.sentence).where(Notification.user_id == user.id)
    return list(db.session.scalars(own.order_by(Notification.id)))


def test_a_person_is_told_and_others_are_not(tell: Tell, alice: User, bob: User, clock: FrozenClock) -> None:
    notification = tell(alice)
    db.session.expire_all()
    assert (notification.kind, notification.url, notification.created_at, notification.read_at) == (
        "rollout",
        "/spaces",
        clock.now(),
        None,
    )
    assert (queries.unread_count(alice.id), queries.unread_count(bob.id)) == (1, 0)


def test_telling_twice_changes_nothing(tell: Tell, alice: User, bob: User) -> None:
    assert tell(alice, "First.", key="tea") is not None
    assert tell(alice, "Second.", key="tea") is None
    assert tell(bob, "Third.", key="tea") is not None
    assert (told(alice), told(bob)) == (["First."], ["Third."])


def test_what_the_caller_changed_is_kept_though_it_was_told_before(tell: Tell, alice: User) -> None:
    tell(alice, key="tea")
    alice.display_name = "Alison"
    assert tell(alice, key="tea") is None
    db.session.rollback()
    assert alice.display_name == "Alison"


def test_what_the_caller_did_wrong_is_not_taken_for_being_told_twice(
    tell: Tell, alice: User, clock: FrozenClock
) -> None:
    db.session.add(ApiToken(user_id=404, sha256="0" * 64, name="stray", created_at=clock.now()))
    with pytest.raises(IntegrityError):
        tell(alice)
    db.session.rollback()
    assert told(alice) == []


def test_of_many_who_tell_at_once_one_does(app: Flask, tell: Tell, alice: User) -> None:
    number, at_once, results = alice.id, Barrier(8), []

    def say() -> None:
        with app.app_context():
            user = db.session.get_one(User, number)
            at_once.wait()
            results.append(tell(user, key="tea") is not None)

    threads = [Thread(target=say) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]
    assert told(alice) == ["Tea is ready."]


def test_who_tells_while_another_has_not_committed_is_second(app: Flask, tell: Tell, alice: User) -> None:
    with db.engine.connect() as other:
        other.execute(
            text(
                "INSERT INTO notifications (public_id, user_id, kind, sentence, key, created_at)"
                " VALUES ('other', :user, 'tea', 'Theirs.', 'tea', '2026-01-05 18:00:00')"
            ),
            {"user": alice.id},
        )
        db.session.rollback()
        results: list[object] = []

        def say() -> None:
            with app.app_context():
                results.append(tell(db.session.get_one(User, 1), key="tea"))

        thread = Thread(target=say)
        thread.start()
        other.commit()
        thread.join()
    assert results == [None]
    assert told(alice) == ["Theirs."]


def test_an_account_that_is_gone_is_told_nothing(tell: Tell, alice: User) -> None:
    gone = User(id=404)
    assert tell(gone) is None
    assert db.session.scalars(select(Notification)).all() == []


@pytest.mark.parametrize("url", ["/", "/spaces/a-b_c?t=12#turn", "/~x/[1]", None])
def test_a_notification_leads_to_a_page_of_this_site(tell: Tell, alice: User, url: str | None) -> None:
    assert tell(alice, url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "spaces",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/a\\b",
        "/a b",
        "/a\n",
        "javascript:alert(1)",
        "/é",
    ],
)
def test_a_notification_leads_nowhere_else(tell: Tell, alice: User, url: str) -> None:
    with pytest.raises(ValueError, match="not a path of this site"):
        tell(alice, url=url)


def test_the_count_stops_at_a_hundred(tell: Tell, alice: User) -> None:
    for _ in range(99):
        tell(alice)
    assert queries.unread_count(alice.id) == 99
    for _ in range(3):
        tell(alice)
    assert queries.unread_count(alice.id) == 100


def test_what_was_read_90_days_ago_is_destroyed_and_the_unread_kept(
    app: Flask, tell: Tell, alice: User, clock: FrozenClock
) -> None:
    tell(alice, "Read.")
    tell(alice, "Unread.")
    first = queries.page_of(alice)[0][-1]
    services.mark_read(alice, first.public_id, clock.tick(days=50))
    clock.tick(days=90)
    assert services.prune(clock.now()) == 0
    scheduler().run("notifications")
    assert told(alice) == ["Read.", "Unread."]
    assert services.prune(clock.tick(seconds=1)) == 1
    assert services.prune(clock.now()) == 0
    assert told(alice) == ["Unread."]


def test_an_account_that_goes_takes_what_it_was_told_along(tell: Tell, alice: User, bob: User) -> None:
    tell(alice)
    tell(bob, "Stay.")
    services.forget(alice)
    db.session.rollback()
    assert told(alice) == ["Tea is ready."]
    services.forget(alice)
    db.session.commit()
    assert (told(alice), told(bob)) == ([], ["Stay."])


def test_notifications_go_with_the_row_of_their_account(tell: Tell, alice: User, bob: User) -> None:
    tell(alice)
    tell(bob)
    db.session.delete(alice)
    db.session.commit()
    assert [each.user_id for each in db.session.scalars(select(Notification))] == [bob.id]


def test_a_person_takes_away_what_they_were_told(
    tell: Tell, alice: User, bob: User, clock: FrozenClock
) -> None:
    first = tell(alice)
    services.mark_read(alice, first.public_id, clock.tick(minutes=1))
    tell(alice, "Cake is ready.", url=None)
    tell(bob, "Not hers.")
    export = services.export(alice)
    assert (export["choices"], export["browsers"]) == ({}, [])
    assert export["told"] == [
        {
            "kind": "rollout",
            "sentence": "Tea is ready.",
            "url": "/spaces",
            "created_at": first.created_at,
            "read_at": clock.now(),
        },
        {
            "kind": "rollout",
            "sentence": "Cake is ready.",
            "url": None,
            "created_at": clock.now(),
            "read_at": None,
        },
    ]
