"""Whoever comes and goes, whenever: a live space has one leader or nobody to lead, and never ends early."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.conftest import LIVES, FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import DomainError
from webapp.spaces import services, succession
from webapp.spaces.models import Membership
from webapp.spaces.queries import membership
from webapp.spaces.states import Role

HOST, COHOSTS, SPEAKERS, LISTENERS = 0, (1, 2), (3, 4), (5, 6)
EVERYBODY = (HOST, *COHOSTS, *SPEAKERS, *LISTENERS)
FIVE = timedelta(minutes=5)
anybody = st.sampled_from(EVERYBODY)


class Coming(RuleBasedStateMachine):
    """One space; what is true of it is kept a second time here, without the code under test."""

    def __init__(self, room: Room, people: list[User], clock: FrozenClock) -> None:
        super().__init__()
        self.room, self.people, self.clock = room, people, clock
        self.space = services.create_space(people[HOST], "Tea", "", False, clock.now())
        services.start_space(self.space, people[HOST], clock.now())
        self.here: set[int] = set()
        for number in EVERYBODY:
            self.enter(number)
        for number in (*COHOSTS, *SPEAKERS):
            bring(self.space, people[HOST], people[number].handle)
        for number in COHOSTS:
            membership(self.space, people[number]).role = Role.COHOST
        db.session.commit()
        self.room.turn()
        self.able_until = self.staged_until = clock.now()

    def note(self) -> None:
        """Remembers until when somebody was there who could lead, and somebody who is on the stage."""
        self.room.turn()
        db.session.refresh(self.space)
        if self.space.state != "live":
            return
        stage = {m.user_id: m.role for m in db.session.query(Membership) if m.space_id == self.space.id}
        here = {self.people[number].id for number in self.here}
        if any(stage.get(person) in (Role.HOST, Role.COHOST) for person in here):
            self.able_until = self.clock.now()
        if any(stage.get(person) not in (None, Role.LISTENER) for person in here):
            self.staged_until = self.clock.now()

    @rule(who=anybody)
    def enter(self, who: int) -> None:
        self.room.enter(self.space, self.people[who])
        self.here.add(who)

    @rule(who=anybody)
    def go(self, who: int) -> None:
        self.note()
        self.room.go(self.space, self.people[who])
        self.here.discard(who)

    @rule(seconds=st.sampled_from([1, 30, 59, 60, 61, 240, 299, 300, 301]))
    def wait(self, seconds: int) -> None:
        self.note()
        self.clock.tick(seconds=seconds)
        self.room.turn()

    @rule(who=st.sampled_from((*COHOSTS, *SPEAKERS)))
    def leave_the_stage(self, who: int) -> None:
        self.note()
        services.leave(self.space, self.people[who])
        self.room.turn()

    @rule(who=anybody, heir=anybody)
    def hand_over(self, who: int, heir: int) -> None:
        self.note()
        try:
            succession.hand_over(self.space, self.people[who], self.people[heir].handle, self.clock.now())
        except DomainError:
            db.session.rollback()
        else:
            assert who == HOST
            assert heir in COHOSTS
            self.room.go(self.space, self.people[HOST])
            self.here.discard(HOST)
        self.room.turn()

    @rule()
    def crash(self) -> None:
        """The process dies and comes back with nobody connected; whoever was there has time to return."""
        self.note()
        self.room.restart(self.space)
        self.here.clear()
        if self.space.state == "live":
            self.able_until = self.staged_until = self.clock.now()
        self.room.turn()

    @invariant()
    def a_live_space_has_one_leader_or_nobody_to_lead(self) -> None:
        db.session.refresh(self.space)
        if self.space.state != "live":
            return
        roles = {m.user_id: m.role for m in self.space.stage}
        here = {self.people[number].id for number in self.here}
        able = [person for person in here if roles.get(person) in (Role.HOST, Role.COHOST)]
        assert roles[self.space.leader_id] in (Role.HOST, Role.COHOST)
        assert (self.space.leaderless_since is None) == bool(able)
        assert (self.space.empty_since is None) == bool(here & roles.keys())
        assert (self.space.lost_at is None) == (self.space.leader_id in here)
        if self.people[HOST].id in here:
            assert self.space.leader_id == self.people[HOST].id

    @invariant()
    def who_is_missing_is_waited_for_a_minute_and_no_longer(self) -> None:
        lost_at = self.space.lost_at
        if self.space.state == "live" and lost_at and self.space.leaderless_since is None:
            assert self.clock.now() < lost_at + timedelta(seconds=60)

    @invariant()
    def it_ends_when_it_must_and_never_early(self) -> None:
        db.session.refresh(self.space)
        if self.space.state == "live":
            for since in (self.space.leaderless_since, self.space.empty_since):
                assert since is None or self.clock.now() < since + FIVE
        elif self.space.ended_reason == "abandoned":
            assert self.space.ended_at >= self.staged_until + FIVE
        else:
            assert self.space.ended_reason == "no_leader"
            assert self.space.ended_at >= self.able_until + FIVE


def test_any_evening(room: Room, clock: FrozenClock, person: Callable[[str], User]) -> None:
    people = [person(f"Person_{number}") for number in EVERYBODY]
    run_state_machine_as_test(
        lambda: Coming(room, people, clock),
        settings=settings(
            max_examples=LIVES or 8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
