"""Whether a voice may be written is asked before the first word, answered anew at will, every answer kept."""

from datetime import datetime

import pytest

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, Invalid
from webapp.spaces import services
from webapp.spaces.models import Consent, Space
from webapp.spaces.queries import ever_agreed, membership, viewer_of
from webapp.spaces.stage import services as stage
from webapp.spaces.visitor import Visitor


def answers(space: Space, user: User) -> list[tuple[str, datetime, str]]:
    kept = db.session.query(Consent).filter_by(space_id=space.id, user_id=user.id).order_by(Consent.id)
    return [(consent.answer, consent.at, consent.wording) for consent in kept]


def test_a_speaker_is_asked_before_the_first_word(
    recorded: Space, room: Room, alice: User, bob: User
) -> None:
    bring(recorded, alice, "bob")
    assert viewer_of(recorded, Visitor(bob)).needs_consent
    assert room.core.members[recorded.id, bob.id][3] == ""
    with pytest.raises(Conflict, match="Say first"):
        stage.set_muted(recorded, bob, False)
    stage.set_muted(recorded, bob, True)


def test_who_says_yes_is_written(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    services.answer_consent(recorded, bob, "yes", clock.now())
    stage.set_muted(recorded, bob, False)
    assert room.core.members[recorded.id, bob.id][2:] == (False, f"track-{bob.id}.opus")
    assert membership(recorded, bob).consent == "yes"
    assert answers(recorded, bob) == [("yes", clock.now(), services.CONSENT_WORDING)]


def test_who_says_no_is_heard_and_never_written(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    services.answer_consent(recorded, bob, "no", clock.now())
    stage.set_muted(recorded, bob, False)
    assert room.core.members[recorded.id, bob.id][2:] == (False, "")
    assert membership(recorded, bob).consent == "no"


@pytest.mark.parametrize("answer", ["", "YES", "perhaps"])
def test_what_is_no_answer_leaves_the_question_open(
    recorded: Space, alice: User, bob: User, clock: FrozenClock, answer: str
) -> None:
    bring(recorded, alice, "bob")
    with pytest.raises(Invalid):
        services.answer_consent(recorded, bob, answer, clock.now())
    assert viewer_of(recorded, Visitor(bob)).needs_consent


def test_nobody_is_asked_twice(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    services.answer_consent(recorded, bob, "no", clock.now())
    stage.move_to_audience(recorded, alice, "bob")
    bring(recorded, alice, "bob")
    assert not viewer_of(recorded, Visitor(bob)).needs_consent
    assert room.core.members[recorded.id, bob.id][3] == ""


def test_who_said_yes_takes_it_back_and_gives_it_again(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    tracks, expected = [], []
    for answer, wording in (
        ("yes", services.CONSENT_WORDING),
        ("no", services.WITHDRAWAL_WORDING),
        ("yes", services.RETURN_WORDING),
    ):
        expected.append((answer, clock.tick(minutes=1), wording))
        services.answer_consent(recorded, bob, answer, clock.now())
        tracks.append(room.core.members[recorded.id, bob.id][3])
    assert tracks == [f"track-{bob.id}.opus", "", f"track-{bob.id}.opus"]
    assert answers(recorded, bob) == expected
    assert room.core.members[recorded.id, alice.id][3] == f"track-{alice.id}.opus"


def test_host_takes_their_own_yes_back(recorded: Space, room: Room, alice: User, clock: FrozenClock) -> None:
    services.answer_consent(recorded, alice, "no", clock.now())
    assert room.core.members[recorded.id, alice.id][3] == ""
    assert answers(recorded, alice) == [
        ("yes", clock.now(), services.HOST_WORDING),
        ("no", clock.now(), services.WITHDRAWAL_WORDING),
    ]
    assert ("stop_recording", recorded.id) not in room.core.told


def test_who_withdrew_is_not_asked_and_stays_unwritten_when_they_come_back(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    services.answer_consent(recorded, bob, "yes", clock.now())
    services.answer_consent(recorded, bob, "no", clock.now())
    services.leave(recorded, bob)
    with pytest.raises(Forbidden):
        services.answer_consent(recorded, bob, "yes", clock.now())
    bring(recorded, alice, "bob")
    assert room.core.members[recorded.id, bob.id][3] == ""
    assert viewer_of(recorded, Visitor(bob)).may_change_consent


def test_the_same_answer_again_changes_nothing(
    recorded: Space, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    first = clock.now()
    for _ in range(2):
        services.answer_consent(recorded, bob, "no", clock.now())
        clock.tick(seconds=1)
    assert answers(recorded, bob) == [("no", first, services.CONSENT_WORDING)]


def test_of_two_windows_that_answer_at_once_one_is_kept(
    recorded: Space, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    assert membership(recorded, bob).consent is None
    with db.engine.begin() as other:
        other.exec_driver_sql(f"UPDATE memberships SET consent = 'yes' WHERE user_id = {bob.id}")
    services.answer_consent(recorded, bob, "yes", clock.now())
    assert answers(recorded, bob) == []


def test_nothing_is_answered_once_the_recording_was_stopped(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    services.answer_consent(recorded, bob, "no", clock.now())
    services.stop_recording(recorded, alice, clock.now())
    for who in (alice, bob):
        assert not viewer_of(recorded, Visitor(who)).may_change_consent
        with pytest.raises(Conflict, match="nothing to answer"):
            services.answer_consent(recorded, who, "yes", clock.now())
    assert len(answers(recorded, bob)) == 1


def test_who_ever_agreed_is_remembered_for_what_they_said_then(
    recorded: Space, alice: User, bob: User, charlie: User, room: Room, clock: FrozenClock
) -> None:
    room.enter(recorded, charlie)
    for handle, who, said in (("bob", bob, ["yes", "no"]), ("charlie", charlie, ["no"])):
        bring(recorded, alice, handle)
        for answer in said:
            services.answer_consent(recorded, who, answer, clock.now())
    assert ever_agreed(recorded.id) == [alice, bob]


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_off_the_stage_is_asked(
    recorded: Space, clock: FrozenClock, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(Forbidden):
        services.answer_consent(recorded, request.getfixturevalue(who), "yes", clock.now())


def test_nobody_is_asked_where_nothing_is_recorded(
    space: Space, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(space, alice, "bob")
    assert not viewer_of(space, Visitor(bob)).needs_consent
    stage.set_muted(space, bob, False)
    with pytest.raises(Conflict, match="nothing to answer"):
        services.answer_consent(space, bob, "yes", clock.now())
