"""How often somebody may do something."""

from datetime import timedelta

from tests.conftest import FrozenClock
from webapp.moments.kinds import Kind
from webapp.moments.pace import Pace
from webapp.moments.tally import Tally


def test_each_may_so_often_within_so_long(clock: FrozenClock) -> None:
    pace = Pace(2, timedelta(seconds=10))
    assert [pace.take("bob", clock.tick(seconds=1)) for _ in range(3)] == [True, True, False]
    assert pace.take("alice", clock.now())
    assert not pace.take("bob", clock.tick(seconds=7))
    assert pace.take("bob", clock.tick(seconds=1))
    assert not pace.take("bob", clock.now())


def test_what_was_refused_does_not_count(clock: FrozenClock) -> None:
    pace = Pace(1, timedelta(seconds=5))
    assert pace.take("bob", clock.now())
    for _ in range(4):
        assert not pace.take("bob", clock.tick(seconds=1))
    assert pace.take("bob", clock.tick(seconds=1))


def test_a_clock_that_is_set_back_shuts_nobody_out(clock: FrozenClock) -> None:
    pace = Pace(1, timedelta(seconds=5))
    assert pace.take("bob", clock.now())
    assert pace.take("bob", clock.tick(hours=-1))


def test_who_has_not_done_it_for_long_is_forgotten(clock: FrozenClock) -> None:
    pace = Pace(5, timedelta(seconds=10))
    for number in range(1000):
        pace.take(number, clock.now())
    pace.take("bob", clock.tick(seconds=10))
    assert list(pace._done) == ["bob"]


def test_the_first_is_due_at_once_and_the_others_together() -> None:
    tally = Tally(0.4)
    tally.add(1, Kind.HEART)
    assert tally.due(10.0) == {1: {Kind.HEART: 1}}
    for kind in (Kind.CLAP, Kind.HEART, Kind.CLAP):
        tally.add(1, kind)
    tally.add(2, Kind.WOW)
    assert tally.due(10.3) == {2: {Kind.WOW: 1}}
    assert tally.due(10.4) == {1: {Kind.CLAP: 2, Kind.HEART: 1}}
    assert tally.due(99.0) == {}
