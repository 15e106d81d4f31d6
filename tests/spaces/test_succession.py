"""A room that does not die: the host's line drops, a co-host leads, and only an empty room ends by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden
from webapp.recordings.models import Recording
from webapp.spaces import services, succession
from webapp.spaces.models import Space
from webapp.spaces.presence import GUEST
from webapp.spaces.queries import membership
from webapp.spaces.stage import services as stage
from webapp.spaces.states import Role, State, rights

SignIn = Callable[[User], FlaskClient]


class Evening:
    """A space whose time passes as a test says: every ``pass_`` is followed by a look at who leads."""

    def __init__(self, space: Space, room: Room, clock: FrozenClock) -> None:
        self.space, self.room, self.clock = space, room, clock

    def seat(self, user: User, role: Role = Role.SPEAKER) -> None:
        """Brings somebody to the stage; with a role, as that."""
        self.room.enter(self.space, user)
        bring(self.space, self.space.host, user.handle)
        membership(self.space, user).role = role
        db.session.commit()
        self.room.turn()

    def pass_(self, **by: float) -> None:
        self.clock.tick(**by)
        self.room.turn()

    def go(self, *people: User) -> None:
        for user in people:
            self.room.go(self.space, user)

    def enter(self, user: User) -> None:
        self.room.enter(self.space, user)

    @property
    def leader(self) -> int | None:
        db.session.refresh(self.space)
        return self.space.leader_id

    @property
    def end(self) -> tuple[str, str | None]:
        db.session.refresh(self.space)
        return self.space.state, self.space.ended_reason

    def texts(self) -> str:
        return "".join(self.room.take_texts())


@pytest.fixture
def evening(space: Space, room: Room, clock: FrozenClock, bob: User) -> Evening:
    """Alice hosts, Bob is co-host."""
    made = Evening(space, room, clock)
    made.seat(bob, Role.COHOST)
    room.take_texts()
    return made


@pytest.fixture
def dora(person: Callable[[str], User]) -> User:
    return person("Dora")


LIVE = ("live", None)


def test_who_starts_it_leads(evening: Evening, alice: User) -> None:
    assert evening.leader == alice.id
    assert (evening.space.lost_at, evening.space.leaderless_since, evening.space.empty_since) == (None,) * 3


def test_space_waits_a_minute_for_its_host_then_the_cohost_leads(
    evening: Evening, alice: User, bob: User
) -> None:
    evening.go(alice)
    evening.pass_(seconds=59)
    assert evening.leader == alice.id
    evening.pass_(seconds=1)
    assert evening.leader == bob.id
    evening.pass_(hours=2)
    assert (evening.leader, evening.end) == (bob.id, LIVE)


def test_host_is_missed_by_person_and_not_by_socket(evening: Evening, alice: User) -> None:
    evening.room.enter(evening.space, alice, conn=77)
    evening.room.go(evening.space, alice)
    evening.pass_(seconds=61)
    assert evening.leader == alice.id
    evening.room.go(evening.space, alice, conn=77)
    evening.pass_(seconds=61)
    assert evening.leader != alice.id


@pytest.mark.parametrize("away_s", [5, 61, 3600])
def test_host_who_returns_leads_at_once(evening: Evening, alice: User, away_s: float) -> None:
    evening.go(alice)
    evening.pass_(seconds=away_s)
    evening.enter(alice)
    assert (evening.leader, evening.space.lost_at) == (alice.id, None)


def test_host_who_was_back_has_another_minute(evening: Evening, alice: User) -> None:
    evening.go(alice)
    evening.pass_(seconds=50)
    evening.enter(alice)
    evening.go(alice)
    evening.pass_(seconds=59)
    assert evening.leader == alice.id


def test_the_cohost_who_joined_first_leads_whoever_came_to_the_stage_first(
    evening: Evening, alice: User, bob: User, dora: User, person: Callable[[str], User]
) -> None:
    late = person("Late")
    evening.pass_(minutes=1)
    evening.seat(late, Role.COHOST)
    evening.seat(dora, Role.COHOST)
    membership(evening.space, dora).joined_at = evening.space.started_at
    membership(evening.space, bob).joined_at = evening.clock.now()
    db.session.commit()
    evening.go(alice)
    evening.pass_(seconds=60)
    assert evening.leader == dora.id


def test_cohost_who_is_away_is_passed_over(evening: Evening, alice: User, bob: User, dora: User) -> None:
    evening.seat(dora, Role.COHOST)
    evening.go(bob, alice)
    evening.pass_(seconds=60)
    assert evening.leader == dora.id
    evening.enter(bob)
    evening.pass_(seconds=1)
    assert evening.leader == dora.id


def test_speakers_and_listeners_do_not_lead(evening: Evening, alice: User, bob: User, dora: User) -> None:
    evening.seat(dora)
    evening.go(bob, alice)
    evening.pass_(minutes=4)
    assert evening.leader == alice.id
    assert evening.space.leaderless_since is not None


def test_leader_who_leaves_the_stage_is_followed_by_the_next(
    evening: Evening, alice: User, bob: User, dora: User
) -> None:
    evening.seat(dora, Role.COHOST)
    evening.go(alice)
    evening.pass_(seconds=60)
    services.leave(evening.space, bob)
    evening.room.turn()
    assert evening.leader == dora.id


def test_with_nobody_to_lead_it_ends_after_five_minutes(
    evening: Evening, alice: User, bob: User, dora: User
) -> None:
    evening.seat(dora)
    evening.go(bob)
    evening.pass_(minutes=1)
    evening.go(alice)
    evening.pass_(minutes=4, seconds=59)
    assert evening.end == LIVE
    evening.pass_(seconds=1)
    assert evening.end == ("ended", "no_leader")
    assert evening.space.ended_at == evening.clock.now()
    assert ("close_room", evening.space.id, 1000) in evening.room.core.told


def test_cohost_who_comes_back_in_time_leads_on(evening: Evening, alice: User, bob: User, dora: User) -> None:
    evening.seat(dora)
    evening.go(bob, alice)
    evening.pass_(minutes=4, seconds=59)
    evening.enter(bob)
    assert (evening.leader, evening.space.leaderless_since) == (bob.id, None)
    evening.pass_(hours=1)
    assert evening.end == LIVE


def test_listeners_alone_do_not_keep_a_space_going(evening: Evening, alice: User, bob: User) -> None:
    for number in range(20):
        evening.room.enter(evening.space, GUEST | number + 1)
    evening.go(alice, bob)
    evening.pass_(minutes=4, seconds=59)
    assert evening.end == LIVE
    evening.pass_(seconds=1)
    assert evening.end == ("ended", "abandoned")


def test_a_space_nobody_ever_entered_ends(room: Room, alice: User, clock: FrozenClock) -> None:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    services.start_space(space, alice, clock.now())
    room.turn()
    clock.tick(minutes=5)
    room.turn()
    assert (space.state, space.ended_reason) == ("ended", "abandoned")


def test_host_who_is_muted_still_leads(evening: Evening, alice: User) -> None:
    stage.set_muted(evening.space, alice, True)
    evening.pass_(hours=3)
    assert (evening.leader, evening.end) == (alice.id, LIVE)


def test_the_recording_goes_on_under_the_cohost_and_ends_with_the_space(
    recorded: Space, room: Room, clock: FrozenClock, alice: User, bob: User
) -> None:
    evening = Evening(recorded, room, clock)
    evening.seat(bob, Role.COHOST)
    evening.go(alice)
    evening.pass_(seconds=61)
    assert room.core.recorded[recorded.id]
    evening.go(bob)
    evening.pass_(minutes=5)
    assert evening.end == ("ended", "abandoned")
    assert not room.core.recorded[recorded.id]
    recording = db.session.scalar(select(Recording))
    assert recording.ended_at == clock.now()


def test_what_has_ended_is_not_touched(evening: Evening, alice: User, bob: User) -> None:
    evening.go(bob, alice)
    services.end_space(evening.space, alice, evening.clock.tick(minutes=1))
    before = evening.space.standing, evening.space.ended_at
    evening.pass_(hours=1)
    assert not succession.settle(evening.space.id, evening.clock.now())
    assert succession.settle_all(evening.clock.now()) == 0
    assert (evening.space.standing, evening.space.ended_at) == before
    assert evening.end == ("ended", "host")


def test_a_scheduled_space_has_no_leader_and_does_not_end(
    room: Room, alice: User, clock: FrozenClock
) -> None:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    clock.tick(days=1)
    room.turn()
    assert (space.state, space.leader_id) == ("scheduled", None)


def test_a_second_look_changes_nothing(evening: Evening, alice: User) -> None:
    evening.go(alice)
    evening.pass_(seconds=60)
    assert succession.settle_all(evening.clock.now()) == 0


def test_of_two_looks_at_once_one_writes(
    evening: Evening, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.go(alice)
    evening.clock.tick(seconds=60)
    decide = succession.settled

    def and_the_other_is_faster(*how: Any) -> Any:
        with db.engine.begin() as other:
            other.exec_driver_sql(f"UPDATE spaces SET leader_id = {alice.id}, lost_at = NULL")
        return decide(*how)

    db.session.rollback()
    monkeypatch.setattr(succession, "settled", and_the_other_is_faster)
    assert not succession.settle(evening.space.id, evening.clock.now())
    assert evening.leader == alice.id


def test_an_end_that_somebody_else_made_is_not_made_again(
    evening: Evening, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.go(alice, bob)
    evening.clock.tick(minutes=5)
    decide = succession.over

    def and_the_host_is_faster(*how: Any) -> Any:
        with db.engine.begin() as other:
            other.exec_driver_sql("UPDATE spaces SET state = 'ended', ended_reason = 'host'")
        return decide(*how)

    db.session.rollback()
    monkeypatch.setattr(succession, "over", and_the_host_is_faster)
    assert not succession.settle(evening.space.id, evening.clock.now())
    assert evening.end == ("ended", "host")


def test_one_space_that_fails_does_not_keep_the_others_from_ending(
    evening: Evening, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> None:
    other = services.create_space(alice, "Cake", "", False, clock.now())
    services.start_space(other, alice, clock.now())
    evening.go(alice, bob)
    evening.room.turn()
    finish = services.finish_space

    def but_not_the_first(space: Space, *how: Any) -> None:
        if space.id == evening.space.id:
            raise OSError("The disk is gone.")
        finish(space, *how)

    monkeypatch.setattr(services, "finish_space", but_not_the_first)
    evening.pass_(minutes=5)
    assert evening.end == LIVE
    assert other.ended_reason == "abandoned"


def test_a_room_the_core_does_not_have_ends_all_the_same(
    recorded: Space, room: Room, clock: FrozenClock, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    evening = Evening(recorded, room, clock)
    evening.go(alice)
    room.core.close()
    evening.pass_(minutes=5)
    assert evening.end == ("ended", "abandoned")
    assert "was not told" in caplog.text


def test_time_without_a_server_is_nobodys_absence(evening: Evening, alice: User, bob: User) -> None:
    evening.go(alice, bob)
    evening.pass_(minutes=4)
    evening.clock.tick(hours=1)
    evening.room.restart(evening.space)
    evening.room.turn()
    assert evening.end == LIVE
    evening.pass_(minutes=4, seconds=59)
    assert evening.end == LIVE
    evening.pass_(seconds=1)
    assert evening.end == ("ended", "abandoned")


def test_cohost_who_led_leads_after_a_restart_whoever_is_back_first(
    evening: Evening, alice: User, bob: User, dora: User
) -> None:
    evening.seat(dora, Role.COHOST)
    evening.go(alice)
    evening.pass_(seconds=60)
    assert evening.leader == bob.id
    evening.room.restart(evening.space)
    evening.enter(dora)
    evening.pass_(seconds=2)
    assert evening.leader == bob.id
    evening.enter(bob)
    assert (evening.leader, evening.space.lost_at) == (bob.id, None)


def test_grace_begins_anew_after_a_restart(evening: Evening, alice: User, bob: User) -> None:
    evening.go(alice)
    evening.pass_(seconds=50)
    evening.room.restart(evening.space)
    evening.enter(bob)
    evening.pass_(seconds=59)
    assert evening.leader == alice.id
    evening.pass_(seconds=1)
    assert evening.leader == bob.id


# What leading means


def test_cohost_who_leads_may_end_it_and_move_cohosts(
    evening: Evening, alice: User, bob: User, dora: User
) -> None:
    evening.seat(dora, Role.COHOST)
    with pytest.raises(Forbidden, match="the co-host who leads"):
        services.end_space(evening.space, bob, evening.clock.now())
    with pytest.raises(Forbidden, match="cannot mute, move or remove Dora"):
        stage.move_to_audience(evening.space, bob, "dora")
    evening.go(alice)
    evening.pass_(seconds=60)
    stage.move_to_audience(evening.space, bob, "dora")
    assert membership(evening.space, dora).role == "listener"
    with pytest.raises(Forbidden, match="The host stays"):
        stage.move_to_audience(evening.space, bob, "alice")
    services.end_space(evening.space, bob, evening.clock.now())
    assert evening.end == ("ended", "cohost")


def test_cohost_who_leads_does_not_decide_about_the_recording(
    recorded: Space, room: Room, clock: FrozenClock, alice: User, bob: User
) -> None:
    evening = Evening(recorded, room, clock)
    evening.seat(bob, Role.COHOST)
    evening.go(alice)
    evening.pass_(seconds=60)
    with pytest.raises(Forbidden, match="Only the host can stop the recording"):
        services.stop_recording(recorded, bob, clock.now())


def test_cohost_who_leads_makes_nobody_a_cohost_and_is_not_offered_to(
    evening: Evening, alice: User, bob: User, dora: User
) -> None:
    evening.seat(dora)
    evening.go(alice)
    evening.pass_(seconds=60)
    assert "appoint" not in rights(Role.COHOST, State.LIVE, leads=True)
    with pytest.raises(Forbidden, match="Only the host"):
        stage.make_cohost(evening.space, bob, "dora")


def test_cohost_does_not_end_it_once_the_host_is_back(evening: Evening, alice: User, bob: User) -> None:
    evening.go(alice)
    evening.pass_(seconds=60)
    evening.enter(alice)
    with pytest.raises(Forbidden):
        services.end_space(evening.space, bob, evening.clock.now())
    assert evening.end == LIVE


def test_who_led_and_was_moved_to_the_audience_does_not_end_it(
    evening: Evening, alice: User, bob: User
) -> None:
    evening.go(alice)
    evening.pass_(seconds=60)
    services.leave(evening.space, bob)
    with pytest.raises(Forbidden):
        services.end_space(evening.space, bob, evening.clock.now())


# Handing over


def test_host_hands_over_and_the_cohost_leads_without_a_wait(
    evening: Evening, alice: User, bob: User, sign_in: SignIn
) -> None:
    answer = sign_in(alice).post(f"{evening.space.url}/hand-over", data={"handle": "bob"})
    assert (answer.status_code, answer.location) == (303, "/spaces")
    evening.room.turn()
    assert (evening.leader, evening.space.lost_at) == (bob.id, None)
    assert membership(evening.space, alice).left_at == evening.clock.now()
    assert "Bob leads until Alice is back." in evening.texts()
    evening.go(alice)
    evening.pass_(hours=1)
    assert (evening.leader, evening.end) == (bob.id, LIVE)


def test_host_chooses_who_leads(evening: Evening, alice: User, dora: User) -> None:
    evening.seat(dora, Role.COHOST)
    succession.hand_over(evening.space, alice, "dora", evening.clock.now())
    evening.pass_(seconds=1)
    assert evening.leader == dora.id


def test_host_who_handed_over_and_returns_leads_again(evening: Evening, alice: User) -> None:
    succession.hand_over(evening.space, alice, "bob", evening.clock.now())
    evening.room.enter(evening.space, alice, conn=78)  # before the page they left has closed its socket
    assert evening.leader == alice.id
    evening.room.go(evening.space, alice)
    evening.pass_(minutes=2)
    assert (evening.leader, membership(evening.space, alice).left_at) == (alice.id, None)


def test_handing_over_twice_is_handing_over_once(evening: Evening, alice: User, bob: User) -> None:
    for _ in range(2):
        succession.hand_over(evening.space, alice, "bob", evening.clock.now())
    evening.room.turn()
    assert evening.leader == bob.id


@pytest.mark.parametrize("handle", ["", "alice", "charlie", "dora", "nobody", "guest-beef"])
def test_host_cannot_hand_over_to_who_is_no_cohost(
    evening: Evening, alice: User, charlie: User, dora: User, handle: str
) -> None:
    evening.seat(dora)
    evening.enter(charlie)
    with pytest.raises(Conflict, match="Only a co-host who is here"):
        succession.hand_over(evening.space, alice, handle, evening.clock.now())
    evening.room.turn()
    assert evening.leader == alice.id
    assert membership(evening.space, alice).left_at is None


def test_host_cannot_hand_over_to_a_cohost_who_is_away(evening: Evening, alice: User, bob: User) -> None:
    evening.go(bob)
    with pytest.raises(Conflict):
        succession.hand_over(evening.space, alice, "bob", evening.clock.now())


def test_cohost_speaker_and_outsider_cannot_hand_over(
    evening: Evening, alice: User, bob: User, charlie: User, dora: User, sign_in: SignIn
) -> None:
    evening.seat(dora)
    for who in (bob, dora, charlie):
        answer = sign_in(who).post(f"{evening.space.url}/hand-over", data={"handle": "bob"})
        assert answer.status_code == 403
    evening.room.turn()
    assert evening.leader == alice.id


def test_guest_cannot_hand_over(evening: Evening, alice: User, client: FlaskClient) -> None:
    assert client.post(f"{evening.space.url}/hand-over", data={"handle": "bob"}).status_code == 403
    assert evening.leader == alice.id


def test_nothing_is_handed_over_before_the_start_or_after_the_end(
    evening: Evening, alice: User, clock: FrozenClock
) -> None:
    scheduled = services.create_space(alice, "Later", "", False, clock.now())
    services.end_space(evening.space, alice, clock.now())
    with pytest.raises(Conflict, match="not started"):
        succession.hand_over(scheduled, alice, "bob", clock.now())
    with pytest.raises(Conflict, match="has ended"):
        succession.hand_over(evening.space, alice, "bob", clock.now())


# What the pages say


def test_pages_are_told_whom_the_room_waits_for_and_who_leads(evening: Evening, alice: User) -> None:
    evening.go(alice)
    assert "lost the connection" not in evening.texts()
    evening.pass_(seconds=3)
    texts = evening.texts()
    assert "Alice lost the connection. The space waits for them. Bob leads in" in texts
    assert 'data-left-ms="57000"' in texts
    assert ">0:57</time>" in texts
    for _ in range(5):
        evening.pass_(seconds=1)
    assert 'id="room-notice"' not in evening.texts()
    evening.pass_(seconds=60)
    assert "Bob leads until Alice is back." in evening.texts()
    evening.enter(alice)
    assert "leads until" not in evening.texts()


def test_pages_are_told_when_it_will_end(evening: Evening, alice: User, bob: User, dora: User) -> None:
    evening.seat(dora)
    evening.go(bob, alice)
    evening.pass_(seconds=10)
    texts = evening.texts()
    assert "nobody else here can lead" in texts
    assert ">4:50</time>" in texts


def test_a_notice_is_sent_once_to_each_who_may_lead_and_once_an_audience(
    evening: Evening, alice: User
) -> None:
    evening.go(alice)
    evening.room.take_texts()
    evening.pass_(seconds=4)
    host, cohost, speakers, listeners = 1, 1, 1, 1
    told = [html for html in evening.room.take_texts() if "lost the connection" in html]
    assert len(told) == host + cohost + speakers + listeners


def test_a_page_that_is_loaded_later_says_the_same(
    evening: Evening, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    evening.go(alice)
    evening.pass_(seconds=20)
    html = client.get(evening.space.url).text
    assert "Alice lost the connection" in html
    assert ">0:40</time>" in html
    evening.pass_(seconds=40)
    assert "Bob leads until Alice is back." in client.get(evening.space.url).text
    assert f'action="{evening.space.url}/end"' in sign_in(bob).get(f"{evening.space.url}/dock").text


def test_the_dock_offers_each_what_they_may(
    evening: Evening, alice: User, bob: User, dora: User, sign_in: SignIn
) -> None:
    evening.seat(dora)
    dock, hand_over = f"{evening.space.url}/dock", f'action="{evening.space.url}/hand-over"'
    assert "Leave and let Bob lead" in sign_in(alice).get(dock).text
    for who in (bob, dora):
        html = sign_in(who).get(dock).text
        assert hand_over not in html
        assert f'action="{evening.space.url}/end"' not in html
    evening.go(bob)
    assert hand_over not in sign_in(alice).get(dock).text


def test_an_ended_page_says_why_nobody_ended_it(
    evening: Evening, alice: User, bob: User, client: FlaskClient
) -> None:
    evening.go(alice, bob)
    evening.pass_(minutes=5)
    assert "nobody was left on the stage" in client.get(evening.space.url).text
