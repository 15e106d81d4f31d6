"""Copies without recordings: of a file in memory, that Alice owns and Rita reviews."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import FrozenClock
from webapp.accounts.models import User
from webapp.db import db
from webapp.vault import services
from webapp.vault.models import Copy
from webapp.vault.queries import copy_of

REF = "abcdefghijklmnopqrstuv"
VOICE = b"A voice, at some length. " * 5000


@pytest.fixture
def rita(person: Callable[[str], User]) -> User:
    """A reviewer."""
    return person("Rita")


@pytest.fixture
def expected(alice: User, clock: FrozenClock) -> Copy:
    """A copy that is not sealed yet."""
    now = clock.now()
    services.expect(
        REF, alice, "Tea", ended_at=now, heard_until=now + timedelta(30), until=now + timedelta(120)
    )
    db.session.commit()
    copy = copy_of(REF)
    assert copy is not None
    return copy


@pytest.fixture
def copy(expected: Copy, clock: FrozenClock) -> Copy:
    """A copy that is."""
    services.seal_copy(expected, {"mix.opus": lambda: [VOICE], "empty": lambda: []}, clock.now())
    return expected
