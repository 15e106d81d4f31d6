"""Who asks to speak, in which order, and what they are answered."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from mediacore import Audience, EventKind
from tests.conftest import FrozenClock
from tests.media.fake import FakeCore
from tests.spaces.conftest import Room, bring
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.notifications.models import Notification
from webapp.spaces import rights, services
from webapp.spaces.models import Invitation, Space, SpeakRequest
from webapp.spaces.presence import GUEST
from webapp.spaces.queries import membership, space_view
from webapp.spaces.requests import services as requests
from webapp.spaces.stage import services as stage

Ask = Callable[..., None]


@pytest.fixture
def ask(space: Space, clock: FrozenClock) -> Ask:
    """Has somebody ask, a second after whoever asked before."""
    return lambda user, question="": requests.ask(space, user, question, clock.tick(seconds=1))


@pytest.fixture
def answer(space: Space, clock: FrozenClock) -> Callable[[User, str, str], None]:
    return lambda actor, handle, word: requests.answer(space, actor, handle, word, clock.now())


@pytest.fixture
def listeners(
    space: Space, room: Room, bob: User, charlie: User, person: Callable[[str], User]
) -> list[User]:
    """Bob, Charlie and Erin."""
    erin = person("Erin")
    for user in (charlie, erin):
        room.enter(space, user)
    room.take_texts()
    return [bob, charlie, erin]


def queue(space: Space) -> list[str]:
    return [asked.person.handle for asked in space_view(space, []).asked]


def told_alone(room: Room, user: User) -> str:
    """Takes what one person was sent alone."""
    texts = [html for _, html, _, number in room.core.texts if number == user.id]
    room.core.texts.clear()
    return "\n".join(texts)


# Asking


def test_a_listener_asks_and_the_hosts_hear_of_it(space: Space, room: Room, bob: User, ask: Ask) -> None:
    ask(bob, " Why <b>tea</b>? ")
    room.turn()
    to_hosts = [html for _, html, audience, number in room.core.texts if audience == Audience.HOSTS]
    assert len(to_hosts) == 1
    assert "Why &lt;b&gt;tea&lt;/b&gt;?" in to_hosts[0]
    assert "Bob asks to speak." in to_hosts[0]
    assert ", 1 waiting" in to_hosts[0]
    assert [number for _, html, _, number in room.core.texts if "Why" in html] == [0, bob.id]
    assert "You are 1st in line" in told_alone(room, bob)


def test_who_asks_again_keeps_their_place(space: Space, listeners: list[User], ask: Ask) -> None:
    bob, charlie, _ = listeners
    ask(bob, "Why?")
    ask(charlie)
    ask(bob, "Why not?")
    assert queue(space) == ["bob", "charlie"]
    assert space_view(space, []).asked[0].question == "Why not?"


def test_who_has_spoken_least_comes_first_then_who_asked_first(
    space: Space, room: Room, listeners: list[User], ask: Ask, alice: User, clock: FrozenClock
) -> None:
    bob, charlie, erin = listeners
    bring(space, alice, "bob")
    room.core.say(EventKind.TALKING, space.id, person=bob.id, value=1)
    room.turn()
    stage.move_to_audience(space, alice, "bob")
    clock.tick(seconds=9)
    room.core.say(EventKind.TALKING, space.id, person=bob.id, value=0)
    room.turn()
    for user in (bob, charlie, erin):
        ask(user)
    assert queue(space) == ["charlie", "erin", "bob"]


def test_everybody_sees_their_own_place_and_is_told_only_when_it_changes(
    space: Space, room: Room, listeners: list[User], ask: Ask
) -> None:
    _, charlie, erin = listeners
    for user in listeners:
        ask(user)
    room.turn()
    room.take_texts()
    requests.take_back(space, charlie)
    room.turn()
    alone = {number: html for _, html, _, number in room.core.texts if number}
    assert alone.keys() == {charlie.id, erin.id}
    assert "You are 2nd in line" in alone[erin.id]
    assert "in line" not in alone[charlie.id]


def test_a_place_is_shown_again_to_who_comes_back(
    space: Space, room: Room, listeners: list[User], ask: Ask
) -> None:
    bob, charlie, _ = listeners
    ask(bob)
    ask(charlie)
    room.go(space, charlie)
    room.take_texts()
    room.enter(space, charlie)
    assert "You are 2nd in line" in told_alone(room, charlie)


def test_the_outsider_the_stage_and_the_invited_do_not_ask(
    space: Space, alice: User, bob: User, charlie: User, ask: Ask, clock: FrozenClock
) -> None:
    with pytest.raises(Forbidden, match="not in this space"):
        ask(charlie)
    with pytest.raises(Conflict, match="on the stage already"):
        ask(alice)
    stage.invite(space, alice, "bob", clock.now())
    with pytest.raises(Conflict, match="You are invited"):
        ask(bob)
    assert queue(space) == []


def test_a_question_that_is_too_long_asks_nothing(space: Space, bob: User, ask: Ask) -> None:
    with pytest.raises(Invalid, match="at most 140"):
        ask(bob, "x" * 141)
    assert queue(space) == []


def test_a_request_is_taken_back_by_who_made_it_alone(
    space: Space, listeners: list[User], ask: Ask, charlie: User, person: Callable[[str], User]
) -> None:
    bob = listeners[0]
    ask(bob)
    requests.take_back(space, charlie)
    with pytest.raises(Forbidden):
        requests.take_back(space, person("Finn"))
    assert queue(space) == ["bob"]
    for _ in range(2):
        requests.take_back(space, bob)
    assert queue(space) == []


# Answering


@pytest.mark.parametrize("how", ["accept", "invite"])
def test_whoever_is_taken_up_has_a_seat_at_once(
    space: Space, room: Room, alice: User, bob: User, ask: Ask, answer: Ask, clock: FrozenClock, how: str
) -> None:
    ask(bob)
    if how == "accept":
        answer(alice, "bob", "accept")
        answer(alice, "bob", "accept")
    else:
        stage.invite(space, alice, "bob", clock.now())
    assert (membership(space, bob).role, membership(space, bob).muted, queue(space)) == ("speaker", True, [])
    [told] = db.session.scalars(select(Notification))
    assert (told.user_id, told.kind) == (bob.id, "request")
    assert told.sentence == "You are on the stage of “Tea”, as you asked."


def test_who_is_declined_hears_of_it_and_may_ask_again(
    space: Space, room: Room, alice: User, bob: User, ask: Ask, answer: Ask
) -> None:
    ask(bob)
    room.take_texts()
    answer(alice, "bob", "decline")
    assert str(requests.DECLINED) in told_alone(room, bob)
    assert queue(space) == []
    ask(bob)
    assert queue(space) == ["bob"]


def test_all_are_declined(space: Space, room: Room, alice: User, listeners: list[User], ask: Ask) -> None:
    for user in listeners:
        ask(user)
    room.take_texts()
    for _ in range(2):
        requests.decline_all(space, alice)
    assert queue(space) == []
    told = [number for _, html, _, number in room.core.texts if str(requests.DECLINED) in html]
    assert sorted(told) == [user.id for user in listeners]


def test_a_cohost_answers_and_closes_as_well(
    space: Space, alice: User, listeners: list[User], ask: Ask, answer: Ask
) -> None:
    bob, charlie, erin = listeners
    bring(space, alice, "bob")
    stage.make_cohost(space, alice, "bob")
    ask(charlie)
    ask(erin)
    answer(bob, "charlie", "accept")
    requests.decline_all(space, bob)
    requests.set_open(space, bob, False)
    assert ([member.user.handle for member in space.stage], queue(space)) == (["alice", "bob", "charlie"], [])
    assert not space.requests_open


@pytest.mark.parametrize("who", ["bob", "speaker", "outsider"])
def test_nobody_else_answers_or_closes(
    space: Space,
    alice: User,
    listeners: list[User],
    ask: Ask,
    answer: Ask,
    person: Callable[[str], User],
    who: str,
) -> None:
    bob, charlie, _ = listeners
    bring(space, alice, "charlie")
    actor = {"bob": bob, "speaker": charlie, "outsider": person("Finn")}[who]
    ask(bob)
    for act in (
        lambda: answer(actor, "bob", "accept"),
        lambda: answer(actor, "bob", "decline"),
        lambda: requests.decline_all(space, actor),
        lambda: requests.set_open(space, actor, False),
    ):
        with pytest.raises(Forbidden, match="decide who is on the stage"):
            act()
    assert (queue(space), space.requests_open) == (["bob"], True)


def test_what_cannot_be_answered_is_not(
    space: Space, room: Room, alice: User, listeners: list[User], ask: Ask, answer: Ask
) -> None:
    ask(listeners[0])
    for handle in ("nobody", "<b>", "guest-beef"):
        with pytest.raises(NotFound):
            answer(alice, handle, "accept")
    for word in ("", "yes", "ACCEPT"):
        with pytest.raises(Invalid):
            answer(alice, "bob", word)
    for word in stage.ANSWERS:
        with pytest.raises(Conflict, match="Charlie does not ask to speak any more"):
            answer(alice, "charlie", word)
    room.go(space, listeners[0])
    with pytest.raises(Conflict, match="Bob has left"):
        answer(alice, "bob", "accept")
    assert queue(space) == ["bob"]


def test_a_request_waits_while_ten_speak(
    space: Space, room: Room, alice: User, bob: User, ask: Ask, answer: Ask, person: Callable[[str], User]
) -> None:
    ask(bob)
    for number in range(10):
        room.enter(space, person(f"Guest_{number}"))
        bring(space, alice, f"guest_{number}")
    with pytest.raises(Conflict, match="Ten people"):
        answer(alice, "bob", "accept")
    assert queue(space) == ["bob"]


# Opening and closing


def test_nobody_asks_while_the_queue_is_closed_and_who_asked_stays_in_it(
    space: Space, room: Room, alice: User, listeners: list[User], ask: Ask, answer: Ask
) -> None:
    bob, charlie, _ = listeners
    ask(bob)
    room.turn()
    room.take_texts()
    requests.set_open(space, alice, False)
    room.turn()
    told = [(html, audience) for _, html, audience, number in room.core.texts if "asking" in html]
    assert [audience for _, audience in told] == [Audience.LISTENERS]
    assert "Nobody can ask at the moment." in told[0][0]
    with pytest.raises(Conflict, match="Nobody can ask at the moment"):
        ask(charlie)
    assert queue(space) == ["bob"]
    answer(alice, "bob", "accept")
    requests.set_open(space, alice, True)
    ask(charlie)
    assert queue(space) == ["charlie"]


# Ends


def test_leaving_being_removed_and_the_end_drop_a_request(
    space: Space, alice: User, listeners: list[User], ask: Ask, clock: FrozenClock
) -> None:
    bob, charlie, _ = listeners
    for user in listeners:
        ask(user)
    services.leave(space, bob)
    assert queue(space) == ["charlie", "erin"]
    services.remove_person(space, alice, "charlie", clock.now())
    assert queue(space) == ["erin"]
    with pytest.raises(Forbidden):
        ask(charlie)
    services.end_space(space, alice, clock.now())
    assert db.session.scalar(select(SpeakRequest)) is None


def test_who_deletes_their_account_asks_and_is_offered_nothing_any_more(
    space: Space, room: Room, alice: User, listeners: list[User], ask: Ask, clock: FrozenClock
) -> None:
    bob, charlie, _ = listeners
    ask(bob, "Why?")
    stage.invite(space, alice, "charlie", clock.now())
    kept = [rights.kept_of(user, clock.now()) for user in (bob, charlie)]
    assert [asked["question"] for asked in kept[0]["requests"]] == ["Why?"]
    assert [offer["address"] for offer in kept[1]["invitations"]] == [space.url]
    for user in (bob, charlie):
        accounts.delete_account(user, clock.now())
    assert queue(space) == []
    assert db.session.scalar(select(Invitation)) is None


def test_nothing_is_asked_or_answered_once_a_space_has_ended(
    space: Space, alice: User, bob: User, ask: Ask, answer: Ask, clock: FrozenClock
) -> None:
    ask(bob)
    services.end_space(space, alice, clock.now())
    for act in (
        lambda: ask(bob),
        lambda: requests.take_back(space, bob),
        lambda: answer(alice, "bob", "accept"),
        lambda: requests.decline_all(space, alice),
        lambda: requests.set_open(space, alice, False),
    ):
        with pytest.raises(Conflict, match="has ended"):
            act()


def test_the_queue_survives_the_process(
    app: Flask, space: Space, listeners: list[User], ask: Ask, alice: User
) -> None:
    for user in listeners:
        ask(user)
    app.extensions["media"].start(FakeCore())
    db.session.expire_all()
    assert queue(space) == ["bob", "charlie", "erin"]


def test_a_thousand_listeners_are_told_nothing_of_the_queue(
    space: Space, room: Room, bob: User, ask: Ask
) -> None:
    room.enter(space, GUEST | 5)
    room.take_texts()
    ask(bob)
    room.turn()
    to_many = [audience for _, _, audience, number in room.core.texts if not number]
    assert to_many == [Audience.HOSTS]
