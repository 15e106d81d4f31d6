"""Whatever is deleted, held, released, swept and slept through, in whatever order: nobody hears what they may
not, nothing is destroyed early, and nothing stays behind."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.recordings.conftest import MIX, recording_of
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.config import Settings
from webapp.db import db
from webapp.errors import DomainError
from webapp.media import EventKind
from webapp.recordings.disk import directory
from webapp.recordings.models import Finding, Recording
from webapp.scheduler import scheduler
from webapp.spaces import services
from webapp.vault import services as vault
from webapp.vault.models import Copy, Hold
from webapp.vault.queries import copy_of, receipts_of

SWEEPS = ("publish", "seal", "shelve", "expire", "purge", "reconcile")
WHY = "An appeal is open."


class Life(RuleBasedStateMachine):
    """One recording, its host, and two reviewers."""

    def __init__(self, room: Room, people: list[User], clock: FrozenClock, client: FlaskClient) -> None:
        super().__init__()
        self.people, self.clock, self.client = people, clock, client
        space = services.create_space(people[0], "Tea", "", True, clock.now())
        services.start_space(space, people[0], clock.now())
        (directory(recording_of(space)) / "mix.opus").write_bytes(MIX)
        services.end_space(space, people[0], clock.tick(minutes=40))
        room.core.say(EventKind.RECORD_CLOSED, space.id, value=8000)
        room.turn()
        self.id = recording_of(space).id
        self.latest: datetime = clock.now()
        self.was_purged = False

    @property
    def recording(self) -> Recording:
        return db.session.get_one(Recording, self.id)

    @property
    def copy(self) -> Copy:
        copy = copy_of(self.recording.public_id)
        assert copy is not None
        return copy

    @rule(days=st.sampled_from([1, 7, 29, 30, 60, 119, 120]), seconds=st.sampled_from([-1, 0, 1]))
    def time_passes(self, days: int, seconds: int) -> None:
        self.latest = max(self.latest, self.clock.tick(days=days, seconds=seconds))

    @rule()
    def the_clock_is_set_back(self) -> None:
        self.clock.tick(days=-1)

    @rule(names=st.lists(st.sampled_from(SWEEPS), max_size=4))
    def sweeps_run(self, names: list[str]) -> None:
        for name in names:
            scheduler().run(name)
        db.session.expire_all()

    @rule()
    def the_host_deletes(self) -> None:
        answer = self.client.post(f"/recordings/{self.recording.public_id}/delete")
        assert answer.status_code in (303, 404)

    @rule(who=st.sampled_from([1, 2]), days=st.integers(1, 400))
    def a_reviewer_holds(self, who: int, days: int) -> None:
        with suppress(DomainError):
            until = self.clock.now() + timedelta(days=days)
            vault.place_hold(self.copy, self.people[who], WHY, until, self.clock.now())
        db.session.rollback()

    @rule()
    def a_reviewer_releases(self) -> None:
        held = select(Hold).where(Hold.copy_id == self.copy.id, Hold.released_at.is_(None))
        if hold := db.session.scalar(held):
            with suppress(DomainError):
                vault.release_hold(hold, self.clock.now())
        db.session.rollback()

    @invariant()
    def it_is_heard_exactly_by_the_rule(self) -> None:
        answer = self.client.get(f"/recordings/{self.recording.public_id}/audio")
        recording = self.recording
        gone = recording.deleted_at is not None or recording.withdrawn_at is not None
        may_be_heard = not gone and self.clock.now() < recording.host_until
        assert (answer.status_code == 200) is may_be_heard
        assert not may_be_heard or answer.data == MIX

    @invariant()
    def nothing_is_destroyed_early(self) -> None:
        copy = self.copy
        assert copy.until == copy.ended_at + timedelta(days=120)
        if copy.purged_at is None and copy.sealed_at is not None and copy.purging_at is None:
            assert b"".join(vault.read(copy, "mix.opus", 0, len(MIX))) == MIX
        if copy.purged_at is not None and not self.was_purged:
            self.was_purged = True
            assert copy.purged_at >= copy.kept_until
            assert copy.purged_at <= self.latest
        if self.recording.erased_at is not None:
            assert copy.sealed_at is not None or self.latest >= copy.kept_until

    def teardown(self) -> None:
        self.clock.tick(days=1000)
        for _ in range(2):
            self.sweeps_run(list(SWEEPS))
        assert self.copy.purged_at is not None
        assert [receipt.ref for receipt in receipts_of(self.people[0])].count(self.recording.public_id) == 1
        assert db.session.scalars(select(Finding)).all() == []


def test_any_life_of_a_recording(
    app: Flask,
    room: Room,
    clock: FrozenClock,
    person: Callable[[str], User],
    sign_in: Callable[[User], FlaskClient],
    settings: Settings,
) -> None:
    people = [person(name) for name in ("Alice", "Rita", "Rob")]
    host = sign_in(people[0])
    run_state_machine_as_test(lambda: Life(room, people, clock, host), settings=LIVES)
    kept = settings.recordings_dir, settings.vault_dir, settings.keys_dir
    assert [path for place in kept for path in place.rglob("*") if path.is_file()] == []


LIVES = examples(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
