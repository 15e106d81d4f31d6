"""Posts that break the rules: a reviewer takes them away, nobody else does so here."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from webapp.accounts.models import User
from webapp.db import db
from webapp.notifications.models import Notification
from webapp.posts import services
from webapp.posts.models import Post


@pytest.fixture
def hello(alice: User, clock: FrozenClock) -> Post:
    return services.write_post(alice, "Hello.", clock.now())


def remove(browser: FlaskClient, post: Post) -> int:
    return browser.post(f"/review/posts/{post.public_id}/remove").status_code


def test_reviewer_removes_a_post_and_its_author_is_told(
    hello: Post, alice: User, reviewer: FlaskClient, client: FlaskClient
) -> None:
    url = hello.url
    assert "Remove the post" in reviewer.get(url).text
    assert remove(reviewer, hello) == 303
    assert client.get(url).status_code == 404
    told = db.session.scalars(select(Notification.sentence).where(Notification.user_id == alice.id)).all()
    assert told == ["A post of yours was removed: it broke the rules of this site."]
    assert reviewer.post("/review/posts/nothing/remove").status_code == 404


def test_nobody_else_removes_one_here(
    hello: Post,
    alice: User,
    bob: User,
    rita: User,
    operator: FlaskClient,
    client: FlaskClient,
    sign_in: Callable[[User], FlaskClient],
) -> None:
    for browser in (client, sign_in(alice), sign_in(bob), operator):
        assert remove(browser, hello) == 404
    assert remove(sign_in(rita), hello) in (302, 303, 403)
    assert "Remove the post" not in sign_in(bob).get(hello.url).text
    assert db.session.scalars(select(Post.text)).all() == ["Hello."]
