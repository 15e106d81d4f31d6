"""Alice is told things; Bob is told others; Charlie is told nothing."""

from collections.abc import Callable
from itertools import count

import pytest
from flask import Flask

from tests.conftest import FrozenClock
from webapp.accounts.models import User
from webapp.notifications import services
from webapp.notifications.models import Notification

Tell = Callable[..., Notification | None]


@pytest.fixture
def tell(app: Flask, clock: FrozenClock) -> Tell:
    """Tells somebody something: ``tell(alice, "Tea is ready.")``, each time under another key."""
    numbers = count(1)

    def say(
        user: User, sentence: str = "Tea is ready.", url: str | None = "/spaces", key: str = ""
    ) -> Notification | None:
        key = key or f"tea:{next(numbers)}"
        return services.tell(user.id, kind="rollout", sentence=sentence, url=url, key=key, now=clock.now())

    return say
