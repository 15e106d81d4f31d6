"""Who is on the stage, as what, and who says so."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from mediacore import EventKind
from mediacore import Role as CoreRole
from tests.conftest import FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.notifications.models import Notification
from webapp.spaces import services
from webapp.spaces.models import Invitation, Space
from webapp.spaces.queries import membership, space_for
from webapp.spaces.stage import services as stage
from webapp.spaces.states import Role
from webapp.spaces.visitor import Visitor

MUTED_SPEAKER = (CoreRole.SPEAKER, 1, True, "")
Act = Callable[..., object]


@pytest.fixture
def dora(space: Space, room: Room, alice: User, person: Callable[[str], User]) -> User:
    """The co-host."""
    dora = person("Dora")
    room.enter(space, dora)
    bring(space, alice, "dora")
    stage.make_cohost(space, alice, "dora")
    room.turn()
    room.take_texts()
    return dora


@pytest.fixture
def invite(clock: FrozenClock) -> Callable[[Space, User, str], None]:
    return lambda space, actor, handle: stage.invite(space, actor, handle, clock.now())


@pytest.fixture
def crowd(
    space: Space, room: Room, alice: User, person: Callable[[str], User]
) -> Callable[[int], list[User]]:
    """Has so many people speak."""

    def make(count: int) -> list[User]:
        speakers = [person(f"Guest_{number}") for number in range(count)]
        for speaker in speakers:
            room.enter(space, speaker)
            bring(space, alice, speaker.handle)
        return speakers

    return make


def invited(space: Space) -> list[str]:
    return [
        offer.user.handle for offer in db.session.scalars(select(Invitation).filter_by(space_id=space.id))
    ]


def told_alone(room: Room, user: User) -> str:
    """Takes what one person was sent alone."""
    texts = [html for _, html, _, number in room.core.texts if number == user.id]
    room.core.texts.clear()
    return "\n".join(texts)


# Invitations


def test_a_listener_is_invited_and_comes_muted(
    space: Space, room: Room, alice: User, bob: User, invite: Act
) -> None:
    invite(space, alice, "bob")
    assert (invited(space), membership(space, bob).on_stage) == (["bob"], False)
    room.turn()
    shown = told_alone(room, bob)
    assert 'id="invitation"' in shown
    assert "Alice invites you to the stage" in shown
    stage.answer_invitation(space, bob, "accept")
    assert invited(space) == []
    assert room.core.members[space.id, bob.id] == MUTED_SPEAKER
    assert "Bob is on the stage." in room.take_texts()[0]
    room.turn()
    texts = room.core.texts.copy()
    assert any('id="seats"' in html and "Bob" in html for _, html, _, number in texts if not number)
    assert 'id="invitation"' not in told_alone(room, bob)


def test_who_is_invited_is_notified_once_a_space(
    space: Space, alice: User, bob: User, charlie: User, invite: Act
) -> None:
    for _ in range(2):
        invite(space, alice, "bob")
        stage.answer_invitation(space, bob, "decline")
    [told] = db.session.scalars(select(Notification))
    assert (told.user_id, told.kind, told.url) == (bob.id, "invitation", space.url)
    assert told.sentence == "Alice invites you to speak in “Tea”."


def test_who_declines_stays_and_the_host_hears_of_it(
    space: Space, room: Room, alice: User, bob: User, invite: Act
) -> None:
    invite(space, alice, "bob")
    room.take_texts()
    for _ in range(2):
        stage.answer_invitation(space, bob, "decline")
    assert (invited(space), membership(space, bob).on_stage) == ([], False)
    assert told_alone(room, alice).count("Bob would rather listen.") == 1


def test_inviting_or_coming_twice_changes_nothing(space: Space, alice: User, bob: User, invite: Act) -> None:
    for _ in range(2):
        invite(space, alice, "bob")
    assert invited(space) == ["bob"]
    stage.answer_invitation(space, bob, "accept")
    stage.set_muted(space, bob, False)
    stage.answer_invitation(space, bob, "accept")
    invite(space, alice, "bob")
    assert (membership(space, bob).seat, membership(space, bob).muted, invited(space)) == (1, False, [])


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_else_invites_or_takes_back(
    space: Space, alice: User, bob: User, invite: Act, who: str, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(Forbidden, match="decide who is on the stage"):
        invite(space, actor, "bob")
    assert invited(space) == []
    invite(space, alice, "bob")
    with pytest.raises(Forbidden):
        stage.take_invitation_back(space, actor, "bob")
    assert invited(space) == ["bob"]


def test_nobody_comes_uninvited(space: Space, bob: User, charlie: User) -> None:
    with pytest.raises(Conflict, match="was taken back"):
        stage.answer_invitation(space, bob, "accept")
    for answer in stage.ANSWERS:
        with pytest.raises(Forbidden, match="not in this space"):
            stage.answer_invitation(space, charlie, answer)
    assert [member.user.handle for member in space.stage] == ["alice"]


def test_nobody_answers_for_somebody_else(
    space: Space, room: Room, alice: User, charlie: User, invite: Act
) -> None:
    room.enter(space, charlie)
    invite(space, alice, "bob")
    with pytest.raises(Conflict):
        stage.answer_invitation(space, charlie, "accept")
    assert invited(space) == ["bob"]


@pytest.mark.parametrize("answer", ["", "ACCEPT", "perhaps"])
def test_what_is_no_answer_leaves_the_invitation_open(
    space: Space, alice: User, bob: User, invite: Act, answer: str
) -> None:
    invite(space, alice, "bob")
    with pytest.raises(Invalid):
        stage.answer_invitation(space, bob, answer)
    assert invited(space) == ["bob"]


def test_an_invitation_that_was_taken_back_is_gone(
    space: Space, room: Room, alice: User, bob: User, dora: User, invite: Act
) -> None:
    invite(space, alice, "bob")
    room.turn()
    room.take_texts()
    for _ in range(2):
        stage.take_invitation_back(space, dora, "bob")
    room.turn()
    assert 'id="stage-card"' in told_alone(room, bob)
    with pytest.raises(Conflict, match="was taken back"):
        stage.answer_invitation(space, bob, "accept")


def test_who_never_came_or_has_left_is_not_invited(
    space: Space, room: Room, alice: User, bob: User, charlie: User, invite: Act
) -> None:
    for handle in ("charlie", "nobody", "<b>", "", "guest-beef"):
        with pytest.raises(NotFound, match="Nobody called"):
            invite(space, alice, handle)
    room.go(space, bob)
    with pytest.raises(Conflict, match="Bob has left"):
        invite(space, alice, "bob")


def test_leaving_and_being_removed_end_an_invitation(
    space: Space, room: Room, alice: User, bob: User, charlie: User, invite: Act, clock: FrozenClock
) -> None:
    room.enter(space, charlie)
    for handle in ("bob", "charlie"):
        invite(space, alice, handle)
    services.leave(space, bob)
    services.remove_person(space, alice, "charlie", clock.now())
    assert invited(space) == []
    with pytest.raises(Forbidden):
        stage.answer_invitation(space, charlie, "accept")


def test_the_eleventh_speaker_finds_the_stage_full_and_may_come_later(
    space: Space,
    room: Room,
    alice: User,
    bob: User,
    charlie: User,
    crowd: Callable[[int], list[User]],
    invite: Act,
) -> None:
    invite(space, alice, "bob")
    crowd(10)
    room.enter(space, charlie)
    with pytest.raises(Conflict, match="Ten people can speak at a time"):
        invite(space, alice, "charlie")
    with pytest.raises(Conflict, match="Ten people can speak at a time"):
        stage.answer_invitation(space, bob, "accept")
    assert invited(space) == ["bob"]
    stage.move_to_audience(space, alice, "guest_4")
    stage.answer_invitation(space, bob, "accept")
    assert sorted(member.seat for member in space.stage) == list(range(11))


# Of two at the same moment


def test_of_two_who_take_the_last_seat_at_once_one_gets_it(
    app: Flask,
    space: Space,
    room: Room,
    alice: User,
    bob: User,
    charlie: User,
    crowd: Callable[[int], list[User]],
    invite: Act,
) -> None:
    crowd(9)
    room.enter(space, charlie)
    for handle in ("bob", "charlie"):
        invite(space, alice, handle)
    at_once, outcomes = Barrier(2), []

    def come(number: int) -> None:
        with app.app_context():
            user = db.session.get_one(User, number)
            here = space_for(Visitor(user), public_id)
            at_once.wait()
            try:
                stage.answer_invitation(here, user, "accept")
                outcomes.append("came")
            except Conflict:
                outcomes.append("full")

    public_id = space.public_id
    threads = [Thread(target=come, args=[user.id]) for user in (bob, charlie)]
    db.session.rollback()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["came", "full"]
    db.session.expire_all()
    assert len(space.stage) == 11


# Co-hosts


def test_the_host_makes_a_speaker_a_cohost_and_a_speaker_again(
    space: Space, room: Room, alice: User, bob: User
) -> None:
    bring(space, alice, "bob")
    stage.set_muted(space, bob, False)
    for _ in range(2):
        stage.make_cohost(space, alice, "bob")
    assert room.core.members[space.id, bob.id] == (CoreRole.HOST, 1, False, "")
    assert told_alone(room, bob).count("You are a co-host now.") == 1
    room.turn()
    assert 'id="queue-open"' in told_alone(room, bob)
    for _ in range(2):
        stage.unmake_cohost(space, alice, "bob")
    assert room.core.members[space.id, bob.id] == (CoreRole.SPEAKER, 1, False, "")
    assert told_alone(room, bob).count("no longer a co-host") == 1
    room.turn()
    shown = told_alone(room, bob)
    assert 'id="queue"' in shown
    assert "queue-open" not in shown


@pytest.mark.parametrize("who", ["dora", "bob", "charlie"])
def test_nobody_else_makes_cohosts(
    space: Space, alice: User, bob: User, dora: User, who: str, request: pytest.FixtureRequest
) -> None:
    bring(space, alice, "bob")
    actor = request.getfixturevalue(who)
    for act, handle in ((stage.make_cohost, "bob"), (stage.unmake_cohost, "dora")):
        with pytest.raises(Forbidden, match="Only the host"):
            act(space, actor, handle)
    assert [member.role for member in space.stage] == [Role.HOST, Role.COHOST, Role.SPEAKER]


def test_a_third_cohost_is_refused(
    space: Space, alice: User, dora: User, crowd: Callable[[int], list[User]]
) -> None:
    crowd(2)
    stage.make_cohost(space, alice, "guest_0")
    with pytest.raises(Conflict, match="two co-hosts already"):
        stage.make_cohost(space, alice, "guest_1")


def test_a_cohost_beside_ten_speakers_stays_one(
    space: Space, alice: User, dora: User, crowd: Callable[[int], list[User]]
) -> None:
    crowd(10)
    with pytest.raises(Conflict, match="Ten people"):
        stage.unmake_cohost(space, alice, "dora")
    assert membership(space, dora).role == Role.COHOST


def test_who_is_not_on_the_stage_becomes_no_cohost(space: Space, alice: User, charlie: User) -> None:
    with pytest.raises(Conflict, match="not on the stage"):
        stage.make_cohost(space, alice, "bob")
    stage.unmake_cohost(space, alice, "bob")
    for act in (stage.make_cohost, stage.unmake_cohost):
        with pytest.raises(NotFound):
            act(space, alice, "charlie")
        with pytest.raises(Forbidden, match="You are the host"):
            act(space, alice, "alice")


def test_a_cohost_leads_all_but_the_host_and_other_cohosts(
    space: Space, room: Room, alice: User, bob: User, charlie: User, dora: User, clock: FrozenClock
) -> None:
    room.enter(space, charlie)
    for handle in ("bob", "charlie"):
        bring(space, dora, handle)
    stage.make_cohost(space, alice, "charlie")
    stage.set_muted(space, bob, False)

    def remove(space: Space, actor: User, handle: str) -> None:
        services.remove_person(space, actor, handle, clock.now())

    for act in (stage.mute_person, stage.move_to_audience, remove):
        for handle in ("alice", "charlie"):
            with pytest.raises(Forbidden):
                act(space, dora, handle)
        act(space, dora, "bob")
    member = membership(space, bob)
    assert (member.muted, member.role, member.removed_at) == (True, Role.LISTENER, clock.now())
    assert [other.user.handle for other in space.stage] == ["alice", "dora", "charlie"]


# The audience


def test_host_takes_a_speaker_off(space: Space, room: Room, alice: User, bob: User) -> None:
    bring(space, alice, "bob")
    room.take_texts()
    stage.move_to_audience(space, alice, "bob")
    assert room.core.members[space.id, bob.id][0] == CoreRole.LISTENER
    assert not membership(space, bob).on_stage
    assert "Alice moved you to the audience." in told_alone(room, bob)


def test_a_speaker_and_a_cohost_step_down_and_go_on_listening(
    space: Space, room: Room, alice: User, bob: User, dora: User
) -> None:
    bring(space, alice, "bob")
    for user in (bob, dora):
        stage.leave_stage(space, user)
        assert room.core.members[space.id, user.id][0] == CoreRole.LISTENER
        assert (membership(space, user).role, membership(space, user).left_at) == ("listener", None)
        with pytest.raises(Forbidden, match="not on the stage"):
            stage.leave_stage(space, user)


def test_a_speaker_leaves_the_space_with_their_seat(space: Space, room: Room, alice: User, bob: User) -> None:
    bring(space, alice, "bob")
    services.leave(space, bob)
    assert room.core.members[space.id, bob.id][0] == CoreRole.LISTENER


def test_the_host_keeps_the_first_seat(space: Space, alice: User, dora: User) -> None:
    services.leave(space, alice)
    assert membership(space, alice).seat == 0
    for act in (
        lambda: stage.move_to_audience(space, alice, "alice"),
        lambda: stage.leave_stage(space, alice),
        lambda: stage.move_to_audience(space, dora, "alice"),
    ):
        with pytest.raises(Forbidden, match="The host stays"):
            act()


@pytest.mark.parametrize("who", ["charlie", "erin"])
def test_nobody_else_takes_anybody_off(
    space: Space, room: Room, alice: User, bob: User, charlie: User, person: Callable[[str], User], who: str
) -> None:
    actors = {"erin": person("Erin"), "charlie": charlie}
    room.enter(space, actors["erin"])
    for handle in ("bob", "erin"):
        bring(space, alice, handle)
    for act in (stage.move_to_audience, stage.mute_person):
        with pytest.raises(Forbidden):
            act(space, actors[who], "bob")
    assert membership(space, bob).on_stage


# Microphones


def test_everybody_on_the_stage_mutes_themself(space: Space, room: Room, alice: User, bob: User) -> None:
    bring(space, alice, "bob")
    stage.set_muted(space, bob, False)
    assert room.core.members[space.id, bob.id][2] is False
    stage.set_muted(space, bob, True)
    assert room.core.members[space.id, bob.id] == MUTED_SPEAKER


def test_who_was_muted_alone_unmutes(space: Space, room: Room, alice: User, bob: User) -> None:
    bring(space, alice, "bob")
    stage.set_muted(space, bob, False)
    room.take_texts()
    for _ in range(2):
        stage.mute_person(space, alice, "bob")
    assert room.core.members[space.id, bob.id] == MUTED_SPEAKER
    assert told_alone(room, bob).count("Alice muted you.") == 1
    stage.make_cohost(space, alice, "bob")
    stage.unmake_cohost(space, alice, "bob")
    assert membership(space, bob).muted
    stage.set_muted(space, bob, False)
    assert not membership(space, bob).muted


def test_all_speakers_are_muted_and_the_hosts_are_not(
    space: Space, room: Room, alice: User, bob: User, dora: User, crowd: Callable[[int], list[User]]
) -> None:
    crowd(2)
    bring(space, alice, "bob")
    for user in (alice, bob, dora):
        stage.set_muted(space, user, False)
    room.take_texts()
    stage.mute_everybody(space, dora)
    assert {member.user.handle for member in space.stage if not member.muted} == {"alice", "dora"}
    assert room.core.members[space.id, bob.id][2] is True
    assert [number for _, html, _, number in room.core.texts if "Dora muted you" in html] == [bob.id]


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_else_mutes(
    space: Space, alice: User, bob: User, dora: User, who: str, request: pytest.FixtureRequest
) -> None:
    bring(space, alice, "bob")
    stage.set_muted(space, alice, False)
    actor = request.getfixturevalue(who)
    with pytest.raises(Forbidden):
        stage.mute_everybody(space, actor)
    for handle in ("alice", "dora"):
        with pytest.raises(Forbidden):
            stage.mute_person(space, actor, handle)
    assert not membership(space, alice).muted


def test_who_is_off_the_stage_has_no_microphone_to_mute(space: Space, alice: User, charlie: User) -> None:
    with pytest.raises(Conflict, match="Bob is not on the stage"):
        stage.mute_person(space, alice, "bob")
    with pytest.raises(NotFound):
        stage.mute_person(space, alice, "charlie")


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_off_the_stage_has_a_microphone(
    space: Space, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(Forbidden, match="not on the stage"):
        stage.set_muted(space, request.getfixturevalue(who), False)


# Time


def test_how_long_somebody_spoke_is_added_up(
    space: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    for seconds in (2, 3.5):
        room.core.say(EventKind.TALKING, space.id, person=alice.id, value=1)
        room.turn()
        clock.tick(seconds=seconds)
        room.core.say(EventKind.TALKING, space.id, person=alice.id, value=0)
        room.turn()
        clock.tick(minutes=1)
    assert membership(space, alice).spoken_ms == 5_500


def test_nothing_is_done_on_the_stage_of_an_ended_space(
    space: Space, room: Room, alice: User, bob: User, charlie: User, invite: Act, clock: FrozenClock
) -> None:
    room.enter(space, charlie)
    bring(space, alice, "bob")
    invite(space, alice, "charlie")
    services.end_space(space, alice, clock.now())
    assert invited(space) == []
    for act in (
        lambda: invite(space, alice, "charlie"),
        lambda: stage.answer_invitation(space, charlie, "accept"),
        lambda: stage.take_invitation_back(space, alice, "charlie"),
        lambda: stage.make_cohost(space, alice, "bob"),
        lambda: stage.unmake_cohost(space, alice, "bob"),
        lambda: stage.move_to_audience(space, alice, "bob"),
        lambda: stage.leave_stage(space, bob),
        lambda: stage.set_muted(space, bob, False),
        lambda: stage.mute_person(space, alice, "bob"),
        lambda: stage.mute_everybody(space, alice),
        lambda: services.remove_person(space, alice, "bob", clock.now()),
    ):
        with pytest.raises(Conflict, match="has ended"):
            act()
