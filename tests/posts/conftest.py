"""Alice writes posts, Bob may follow her, Charlie is the outsider."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.posts import services
from webapp.posts.models import Post

HOSTS = frozenset({"localhost"})
SITE = "http://localhost"
Write = Callable[..., Post]


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


@pytest.fixture
def write(clock: FrozenClock) -> Write:
    """Publishes a post, a second after the one before: ``write(alice, "Hello.")``."""

    def publish(author: User, text: str = "Hello.", **more: str) -> Post:
        return services.write_post(author, text, clock.tick(seconds=1), hosts=HOSTS, **more)

    return publish


@pytest.fixture
def fan(alice: User, bob: User, clock: FrozenClock) -> User:
    """Bob, who follows Alice."""
    relations.follow(bob, alice, clock.now())
    return bob
