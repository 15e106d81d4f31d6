"""A roll-out of recording, and the one who runs the site."""

import pytest
from flask import Flask

from tests.conftest import FrozenClock, hashed_password
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.rollout import services
from webapp.rollout.features import RECORDING
from webapp.rollout.programme import bucket


@pytest.fixture
def olga(app: Flask, clock: FrozenClock) -> User:
    """The operator."""
    return accounts.sign_up("olga@example.com", hashed_password(), "olga", "Olga", clock.now())


@pytest.fixture
def last(alice: User) -> User:
    """Alice, as one whom only a stage of everybody reaches."""
    return _numbered(alice, reached_late=True)


@pytest.fixture
def first(bob: User) -> User:
    """Bob, as one whom the first few percent reach."""
    return _numbered(bob, reached_late=False)


@pytest.fixture
def started(app: Flask, clock: FrozenClock) -> None:
    """The announcement's programme, begun now."""
    services.start(RECORDING, clock.now())


def _numbered(user: User, *, reached_late: bool) -> User:
    """Gives an account a number that is early or late in the order."""
    numbers = range(1000, 3000)
    early, late = (
        (n for n in numbers if bucket(RECORDING, n) < 100),
        (n for n in numbers if bucket(RECORDING, n) > 9900),
    )
    user.id = next(late if reached_late else early)
    db.session.commit()
    return user
