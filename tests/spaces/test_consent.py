"""Whether a voice may be written is asked once, and kept with the words that were asked."""

import pytest

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.errors import Conflict, Forbidden, Invalid
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.queries import membership, viewer_of
from webapp.spaces.visitor import Visitor


def test_a_speaker_is_asked_before_the_first_word(
    recorded: Space, room: Room, alice: User, bob: User
) -> None:
    services.bring_to_stage(recorded, alice, "bob")
    assert viewer_of(recorded, Visitor(bob)).needs_consent
    assert room.core.members[recorded.id, bob.id][3] == ""
    with pytest.raises(Conflict, match="Say first"):
        services.set_muted(recorded, bob, False)
    services.set_muted(recorded, bob, True)


def test_who_says_yes_is_written(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    services.bring_to_stage(recorded, alice, "bob")
    services.answer_consent(recorded, bob, "yes", clock.now())
    services.set_muted(recorded, bob, False)
    assert room.core.members[recorded.id, bob.id][2:] == (False, f"track-{bob.id}.opus")
    member = membership(recorded, bob)
    assert (member.consent, member.consent_at) == ("yes", clock.now())
    assert member.consent_wording == services.CONSENT_WORDING


def test_who_says_no_is_heard_and_never_written(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    services.bring_to_stage(recorded, alice, "bob")
    services.answer_consent(recorded, bob, "no", clock.now())
    services.set_muted(recorded, bob, False)
    assert room.core.members[recorded.id, bob.id][2:] == (False, "")
    assert membership(recorded, bob).consent == "no"


@pytest.mark.parametrize("answer", ["", "YES", "perhaps"])
def test_what_is_no_answer_leaves_the_question_open(
    recorded: Space, alice: User, bob: User, clock: FrozenClock, answer: str
) -> None:
    services.bring_to_stage(recorded, alice, "bob")
    with pytest.raises(Invalid):
        services.answer_consent(recorded, bob, answer, clock.now())
    assert viewer_of(recorded, Visitor(bob)).needs_consent


def test_nobody_is_asked_twice(recorded: Space, alice: User, bob: User, clock: FrozenClock) -> None:
    services.bring_to_stage(recorded, alice, "bob")
    services.answer_consent(recorded, bob, "no", clock.now())
    services.move_to_audience(recorded, alice, "bob")
    services.bring_to_stage(recorded, alice, "bob")
    assert not viewer_of(recorded, Visitor(bob)).needs_consent
    with pytest.raises(Conflict):
        services.answer_consent(recorded, bob, "yes", clock.now())
    with pytest.raises(Conflict):
        services.answer_consent(recorded, alice, "no", clock.now())


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_off_the_stage_is_asked(
    recorded: Space, clock: FrozenClock, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(Forbidden):
        services.answer_consent(recorded, request.getfixturevalue(who), "yes", clock.now())


def test_nobody_is_asked_where_nothing_is_recorded(
    space: Space, alice: User, bob: User, clock: FrozenClock
) -> None:
    services.bring_to_stage(space, alice, "bob")
    assert not viewer_of(space, Visitor(bob)).needs_consent
    services.set_muted(space, bob, False)
    with pytest.raises(Conflict, match="nothing to answer"):
        services.answer_consent(space, bob, "yes", clock.now())
