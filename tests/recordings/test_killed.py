"""Killed with -9 between any two statements of sealing, erasing or purging: the next run does the rest."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.recordings.conftest import MIX
from webapp.accounts.models import User
from webapp.config import Settings
from webapp.db import db
from webapp.recordings.models import Finding, Recording
from webapp.scheduler import scheduler
from webapp.vault import services as vault
from webapp.vault.queries import copy_of, receipts_of

ROOT = Path(__file__).parents[2]
PLACES = sorted(
    name
    for source in (ROOT / "webapp").rglob("*.py")
    for name in re.findall(r'\breach\("([^"]+)"\)', source.read_text())
)
SWEEP_OF = {"seal": "seal", "erase": "expire", "remove": "expire", "purge": "purge"}
"""Which sweep passes a place, by the first word of its name."""
ELSEWHERE = ("shelve", "podcast")
"""What is walked through in tests of its own."""


@pytest.fixture
def flask(settings: Settings) -> Callable[..., int]:
    """Runs a command in a process of its own, on the machine's own clock. Its exit status."""

    def run(*command: str, **environment: str) -> int:
        done = subprocess.run(
            [sys.executable, "-m", "flask", *command],
            cwd=ROOT,
            env={**os.environ, "PARLEY_DATA_DIR": str(settings.data_dir), **environment},
            capture_output=True,
            check=False,
        )
        return done.returncode

    return run


@pytest.fixture
def aged(recording: Recording) -> Callable[[int], Recording]:
    """Lets the space have ended so many days ago, by the machine's own clock."""

    def age(days: int) -> Recording:
        ended_at = datetime.now(UTC) - timedelta(days=days)
        copy = copy_of(recording.public_id)
        assert copy is not None
        recording.ended_at = copy.ended_at = ended_at
        recording.host_until = copy.heard_until = ended_at + timedelta(days=30)
        copy.until = ended_at + timedelta(days=120)
        db.session.commit()
        return recording

    return age


def finish() -> None:
    for name in ("seal", "expire", "purge", "reconcile"):
        scheduler().run(name)
    db.session.expire_all()


def left(settings: Settings) -> list[str]:
    """Every file of recordings, vault and keys, also those that no listing shows."""
    places = settings.recordings_dir, settings.vault_dir, settings.keys_dir
    return sorted(path.name for place in places for path in place.rglob("*") if path.is_file())


@pytest.mark.parametrize("place", [place for place in PLACES if not place.startswith(ELSEWHERE)])
def test_killed_here_the_next_run_does_the_rest(
    place: str,
    aged: Callable[[int], Recording],
    flask: Callable[..., int],
    settings: Settings,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind = place.partition(":")[0]
    recording = aged({"seal": 1, "erase": 31, "remove": 31, "purge": 121}[kind])
    monkeypatch.setattr("tests.conftest.FrozenClock.now", lambda _clock: datetime.now(UTC))
    if kind != "seal":
        assert flask("jobs", "run", "seal") == 0
    killed = flask("jobs", "run", SWEEP_OF[kind], PARLEY_TEST_DIE_AT=place)
    assert killed == -signal.SIGKILL

    finish()
    copy = copy_of(recording.public_id)
    assert copy is not None
    if kind == "purge":
        assert left(settings) == []
        assert [receipt.ref for receipt in receipts_of(alice)] == [recording.public_id]
    else:
        assert b"".join(vault.read(copy, "mix.opus", 0, len(MIX))) == MIX
        assert ("mix.opus" in left(settings)) is (kind == "seal")
    assert db.session.scalars(select(Finding)).all() == []
    assert not [name for name in left(settings) if "#" in name or name.endswith(".new")]


def test_every_place_is_tried() -> None:
    assert {place.partition(":")[0] for place in PLACES} == {*SWEEP_OF, *ELSEWHERE}
    assert len(PLACES) == len(set(PLACES)) >= 10
