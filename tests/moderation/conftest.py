"""Reviewers, and a recording of Alice's with its sealed copy."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.accounts.conftest import AuthenticatorApp, phone, sign_in_with_code
from tests.conftest import FrozenClock
from tests.recordings.conftest import files, live, publish, recording, room
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.recordings import keeping
from webapp.recordings.models import Recording
from webapp.vault.models import Copy
from webapp.vault.queries import copy_kept

__all__ = ["files", "live", "phone", "publish", "recording", "room", "sign_in_with_code"]


@pytest.fixture
def rita(person: Callable[[str], User]) -> User:
    """A reviewer who has not set two-factor up."""
    rita = person("Rita")
    accounts.make_reviewer(rita)
    return rita


@pytest.fixture
def reviewer(
    rita: User, phone: AuthenticatorApp, sign_in_with_code: Callable[[User], FlaskClient]
) -> FlaskClient:
    """The browser of a reviewer who showed a code."""
    phone.turn_on(rita)
    return sign_in_with_code(rita)


@pytest.fixture
def operator(sign_in: Callable[[User], FlaskClient], clock: FrozenClock) -> FlaskClient:
    """The browser of the operator, who is no reviewer."""
    olga = accounts.sign_up("olga@example.com", "hash", "olga", "Olga", clock.now())
    return sign_in(olga)


@pytest.fixture
def copy(recording: Recording, clock: FrozenClock) -> Copy:
    """The sealed copy of Alice's recording."""
    keeping.seal_waiting(clock.now())
    return copy_kept(recording.public_id, clock.now())
