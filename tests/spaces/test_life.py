"""Whatever people do in whatever order: one host, at most 13 on the stage, and who was removed stays out.

A muted person is unmuted by nobody else, and nobody asks for, or is offered, the seat that they have. One
person leads as long as it is live, and nothing happens to it afterwards.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select

from mediacore import EventKind
from mediacore import Role as CoreRole
from tests.conftest import LIVES, FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import Block, User
from webapp.db import db
from webapp.errors import DomainError
from webapp.people import services as people
from webapp.spaces import services, succession
from webapp.spaces.models import Consent, Invitation, Membership, Space, SpeakRequest
from webapp.spaces.queries import space_for, space_view
from webapp.spaces.requests import services as requests
from webapp.spaces.stage import services as stage
from webapp.spaces.states import _NEXT, Role, State
from webapp.spaces.visitor import Visitor

CORE_ROLES = {
    Role.HOST: CoreRole.HOST,
    Role.COHOST: CoreRole.HOST,
    Role.SPEAKER: CoreRole.SPEAKER,
    Role.LISTENER: CoreRole.LISTENER,
}

person = st.integers(0, 15)
anybody = st.one_of(st.just(0), person)
"""The host more often than others, who may do little."""


class Life(RuleBasedStateMachine):
    """One recorded space and sixteen people; the first is its host."""

    def __init__(self, room: Room, people: list[User], clock: FrozenClock) -> None:
        super().__init__()
        self.room, self.people, self.clock = room, people, clock
        room.core.members.clear()
        room.core.told.clear()
        db.session.execute(delete(Block))
        self.space = services.create_space(people[0], "Tea", "", True, clock.now())
        self.states = [self.space.state]
        self.here: set[int] = set()
        self.removed: set[int] = set()
        self.blocked: set[int] = set()
        self.unmuted: set[int] = set()
        self.stopped = False
        self.answers: dict[int, list[str]] = {people[0].id: ["yes"]}

    @contextmanager
    def attempt(self) -> Any:
        try:
            yield
        except DomainError:
            db.session.rollback()

    @initialize(at_once=st.sampled_from([True, True, True, False]))
    def begin(self, at_once: bool) -> None:
        if at_once:
            self.start()
            self.enter(0)

    @rule()
    def start(self) -> None:
        with self.attempt():
            services.start_space(self.space, self.people[0], self.clock.now())

    @rule(who=person)
    def end(self, who: int) -> None:
        with self.attempt():
            services.end_space(self.space, self.people[who], self.clock.now())

    @rule(who=anybody)
    def enter(self, who: int) -> None:
        """A page and its socket, if they are let in."""
        user = self.people[who]
        if self.space.state != State.LIVE or self.is_kept_out(user):
            return
        space_for(Visitor(user), self.space.public_id)
        self.here.add(user.id)
        self.room.enter(self.space, user)

    @rule(who=anybody)
    def go(self, who: int) -> None:
        self.here.discard(self.people[who].id)
        self.room.go(self.space, self.people[who])

    @rule(seconds=st.sampled_from([1, 59, 60, 61, 299, 300]))
    def wait(self, seconds: int) -> None:
        self.clock.tick(seconds=seconds)
        self.room.turn()

    @rule(actor=anybody, who=person)
    def invite(self, actor: int, who: int) -> None:
        with self.attempt():
            stage.invite(self.space, self.people[actor], self.people[who].handle, self.clock.now())

    @rule(who=person, answer=st.sampled_from(stage.ANSWERS))
    def answer_invitation(self, who: int, answer: str) -> None:
        with self.attempt():
            stage.answer_invitation(self.space, self.people[who], answer)

    @rule(actor=anybody, who=person)
    def take_invitation_back(self, actor: int, who: int) -> None:
        with self.attempt():
            stage.take_invitation_back(self.space, self.people[actor], self.people[who].handle)

    @rule()
    def everybody_comes_to_the_stage(self) -> None:
        for who in range(16):
            self.enter(who)
            self.invite(0, who)
            self.answer_invitation(who, stage.ACCEPT)

    @rule(actor=anybody, who=person)
    def make_cohost(self, actor: int, who: int) -> None:
        with self.attempt():
            stage.make_cohost(self.space, self.people[actor], self.people[who].handle)
            assert actor == 0

    @rule(actor=anybody, who=person)
    def unmake_cohost(self, actor: int, who: int) -> None:
        with self.attempt():
            stage.unmake_cohost(self.space, self.people[actor], self.people[who].handle)
            assert actor == 0

    @rule(who=person, question=st.text(max_size=3))
    def ask(self, who: int, question: str) -> None:
        with self.attempt():
            requests.ask(self.space, self.people[who], question, self.clock.tick(seconds=1))

    @rule()
    def everybody_asks(self) -> None:
        for who in range(16):
            self.ask(who, "")

    @rule(who=person)
    def take_request_back(self, who: int) -> None:
        with self.attempt():
            requests.take_back(self.space, self.people[who])

    @rule(actor=anybody, who=person, answer=st.sampled_from(stage.ANSWERS))
    def answer_request(self, actor: int, who: int, answer: str) -> None:
        with self.attempt():
            now = self.clock.now()
            requests.answer(self.space, self.people[actor], self.people[who].handle, answer, now)

    @rule(actor=anybody)
    def decline_all(self, actor: int) -> None:
        with self.attempt():
            requests.decline_all(self.space, self.people[actor])
            assert self.queue() == []

    @rule(actor=anybody, is_open=st.booleans())
    def open_queue(self, actor: int, is_open: bool) -> None:
        with self.attempt():
            requests.set_open(self.space, self.people[actor], is_open)

    @rule(who=person, seconds=st.integers(1, 90))
    def talk(self, who: int, seconds: int) -> None:
        for value in (1, 0):
            self.room.core.say(EventKind.TALKING, self.space.id, person=self.people[who].id, value=value)
            self.room.turn()
            self.clock.tick(seconds=seconds)

    @rule(actor=anybody, who=person)
    def move(self, actor: int, who: int) -> None:
        with self.attempt():
            stage.move_to_audience(self.space, self.people[actor], self.people[who].handle)

    @rule(who=person)
    def leave_stage(self, who: int) -> None:
        with self.attempt():
            stage.leave_stage(self.space, self.people[who])

    @rule(who=person, muted=st.booleans())
    def mute(self, who: int, muted: bool) -> None:
        with self.attempt():
            stage.set_muted(self.space, self.people[who], muted)
            self.unmuted -= {self.people[who].id}
            self.unmuted |= set() if muted else {self.people[who].id}

    @rule(actor=anybody, who=person)
    def mute_person(self, actor: int, who: int) -> None:
        with self.attempt():
            stage.mute_person(self.space, self.people[actor], self.people[who].handle)

    @rule(actor=anybody)
    def mute_everybody(self, actor: int) -> None:
        with self.attempt():
            stage.mute_everybody(self.space, self.people[actor])

    @rule(who=person, answer=st.sampled_from(["yes", "no"]))
    def answer(self, who: int, answer: str) -> None:
        with self.attempt():
            services.answer_consent(self.space, self.people[who], answer, self.clock.now())
            given = self.answers.setdefault(self.people[who].id, [])
            given.extend([answer] if given[-1:] != [answer] else [])

    @rule(who=anybody)
    def stop_recording(self, who: int) -> None:
        with self.attempt():
            services.stop_recording(self.space, self.people[who], self.clock.now())
            assert who == 0
            assert not self.stopped
            self.stopped = True

    @rule(who=person)
    def leave(self, who: int) -> None:
        with self.attempt():
            services.leave(self.space, self.people[who])

    @rule(actor=anybody, who=person)
    def remove(self, actor: int, who: int) -> None:
        with self.attempt():
            services.remove_person(self.space, self.people[actor], self.people[who].handle, self.clock.now())
            self.removed.add(self.people[who].id)
            self.go(who)

    @rule(who=person)
    def block(self, who: int) -> None:
        """The host keeps somebody away; the core ends their sockets."""
        with self.attempt():
            people.block(self.people[0], self.people[who], self.clock.now())
            self.blocked.add(self.people[who].id)
            self.go(who)

    @rule(heir=person)
    def hand_over(self, heir: int) -> None:
        with self.attempt():
            now = self.clock.now()
            succession.hand_over(self.space, self.people[0], self.people[heir].handle, now)
            self.go(0)

    @rule()
    def crash(self) -> None:
        """The process dies and comes back: the core knows again what the database says, nobody is here."""
        self.room.restart(self.space)
        self.here.clear()

    @precondition(lambda self: self.space.state == State.ENDED)
    @rule(actor=anybody, who=person)
    def do_anything_too_late(self, actor: int, who: int) -> None:
        """Whatever it is, it is refused or changes nothing."""
        before = self.rows()
        for late in (
            self.start,
            lambda: self.end(actor),
            lambda: self.invite(actor, who),
            lambda: self.answer_invitation(who, stage.ACCEPT),
            lambda: self.take_invitation_back(actor, who),
            lambda: self.make_cohost(actor, who),
            lambda: self.unmake_cohost(actor, who),
            lambda: self.ask(who, ""),
            lambda: self.take_request_back(who),
            lambda: self.answer_request(actor, who, stage.ACCEPT),
            lambda: self.decline_all(actor),
            lambda: self.open_queue(actor, not self.space.requests_open),
            lambda: self.move(actor, who),
            lambda: self.leave_stage(who),
            lambda: self.mute(who, muted=False),
            lambda: self.mute_person(actor, who),
            lambda: self.mute_everybody(actor),
            lambda: self.answer(who, "no"),
            lambda: self.stop_recording(actor),
            lambda: self.leave(who),
            lambda: self.remove(actor, who),
            lambda: self.hand_over(who),
        ):
            late()
            assert self.rows() == before

    @invariant()
    def states_follow_one_another(self) -> None:
        db.session.refresh(self.space)
        if self.space.state != self.states[-1]:
            assert self.space.state in _NEXT[self.states[-1]]
            self.states.append(self.space.state)

    @invariant()
    def there_is_one_host_and_seats_for_all(self) -> None:
        stage = self.members(on_stage=True)
        roles = Counter(member.role for member in stage)
        assert [m.user_id for m in stage if m.role == Role.HOST] == [self.people[0].id]
        assert roles[Role.COHOST] <= 2
        assert roles[Role.SPEAKER] <= 10
        assert len({m.seat for m in stage}) == len(stage) <= 13
        assert all(0 <= m.seat <= 12 for m in stage)

    @invariant()
    def who_was_muted_is_unmuted_by_nobody_else(self) -> None:
        talking = {member.user_id for member in self.members() if not member.muted}
        assert talking <= self.unmuted
        self.unmuted = talking

    @invariant()
    def nobody_asks_for_a_seat_or_is_offered_one_who_cannot_take_it(self) -> None:
        may_come = {m.user_id for m in self.members() if not m.on_stage and m.removed_at is None}
        asking, invited = self.waiting(SpeakRequest), self.waiting(Invitation)
        assert not asking & invited
        assert asking | invited <= (may_come if self.space.state == State.LIVE else set())

    @invariant()
    def the_queue_is_fair(self) -> None:
        spoken = {member.user_id: member.spoken_ms for member in self.members()}
        asked = {
            request.user_id: (spoken[request.user_id], request.asked_at)
            for request in db.session.query(SpeakRequest).filter_by(space_id=self.space.id)
        }
        assert self.queue() == sorted(asked, key=asked.__getitem__)

    @invariant()
    def one_person_leads_while_it_is_live(self) -> None:
        if self.space.state != State.LIVE:
            return
        roles = {member.user_id: member.role for member in self.members(on_stage=True)}
        assert roles.get(self.space.leader_id) in (Role.HOST, Role.COHOST)
        if self.people[0].id in self.here:
            assert self.space.leader_id == self.people[0].id

    @invariant()
    def who_is_kept_out_finds_nothing_of_it_and_is_nowhere_in_it(self) -> None:
        present = self.room._live.presence.people(self.space.id)
        for user in self.people:
            if self.space.state == State.LIVE and self.is_kept_out(user):
                with pytest.raises(DomainError):
                    space_for(Visitor(user), self.space.public_id)
                assert user.id not in present
        kept_out = {m.user_id for m in self.members() if m.user_id in self.blocked | self.removed}
        assert not kept_out & {member.user_id for member in self.members(on_stage=True)}

    @invariant()
    def the_core_lets_those_on_the_stage_alone_speak(self) -> None:
        seated = {member.user_id for member in self.members(on_stage=True)}
        told = self.room.core.members
        speaking = {
            u for (s, u), (role, *_) in told.items() if s == self.space.id and role != CoreRole.LISTENER
        }
        if self.space.state == State.LIVE:
            assert speaking == seated

    @invariant()
    def who_was_removed_stays_out(self) -> None:
        out = [m for m in self.members() if m.user_id in self.removed]
        assert len(out) == len(self.removed)
        assert all(m.removed_at is not None and not m.on_stage for m in out)

    @invariant()
    def nobody_speaks_before_they_answered_or_is_written_without_a_yes(self) -> None:
        for member in self.members():
            assert member.muted or member.consent is not None or self.stopped
            assert bool(member.track) == (member.consent == "yes")

    @invariant()
    def every_answer_is_kept_and_the_latest_counts(self) -> None:
        kept: dict[int, list[str]] = {}
        for consent in db.session.query(Consent).filter_by(space_id=self.space.id).order_by(Consent.id):
            kept.setdefault(consent.user_id, []).append(consent.answer)
        assert kept == self.answers
        for member in self.members():
            assert member.consent == kept.get(member.user_id, [None])[-1]

    @invariant()
    def the_core_writes_who_agrees_while_it_is_recorded(self) -> None:
        answers = {member.user_id: member.consent for member in self.members()}
        for (space, user), (*_, track) in self.room.core.members.items():
            if space == self.space.id and track:
                assert answers[user] == "yes"
                assert not self.stopped

    @invariant()
    def what_was_stopped_stays_stopped(self) -> None:
        if self.stopped:
            assert not self.room.core.recorded.get(self.space.id)
            assert not space_view(self.space, []).recording_now
        elif self.space.state == State.LIVE:
            assert self.room.core.recorded[self.space.id]
            assert space_view(self.space, []).recording_now

    @invariant()
    def the_core_knows_what_the_database_says(self) -> None:
        told = self.room.core.members
        for member in self.members() if self.space.state == State.LIVE else []:
            says = told.get((self.space.id, member.user_id), (CoreRole.LISTENER, 0, False, ""))
            assert says[0] == CORE_ROLES[member.role]
            if member.on_stage:
                assert says[1:] == (member.seat, member.muted, "" if self.stopped else member.track)

    def is_kept_out(self, user: User) -> bool:
        return user.id in self.removed | self.blocked

    def rows(self) -> list[Any]:
        """Returns all that is kept of the space."""
        db.session.rollback()
        tables = (Space, Membership, Consent, Invitation, SpeakRequest)
        key = {Space: "id"}
        return [
            db.session.execute(
                select(table.__table__).where(table.__table__.c[key.get(table, "space_id")] == self.space.id)
            ).all()
            for table in tables
        ]

    def queue(self) -> list[int]:
        return [int(asked.person.person) for asked in space_view(self.space, []).asked]

    def waiting(self, table: type[SpeakRequest | Invitation]) -> set[int]:
        return {row.user_id for row in db.session.query(table).filter_by(space_id=self.space.id)}

    def members(self, on_stage: bool = False) -> list[Membership]:
        found = db.session.query(Membership).filter_by(space_id=self.space.id).all()
        return [member for member in found if member.on_stage or not on_stage]


def test_any_life_of_a_space(room: Room, clock: FrozenClock, person: Callable[[str], User]) -> None:
    people = [person(f"Person_{number}") for number in range(16)]
    run_state_machine_as_test(
        lambda: Life(room, people, clock),
        settings=settings(
            max_examples=LIVES or 8,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
