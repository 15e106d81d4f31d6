"""How long each voice lasted."""

from tests.conftest import FrozenClock
from webapp.spaces.talkers import Talkers


def test_a_turn_lasts_from_its_beginning_to_its_end(clock: FrozenClock) -> None:
    talkers = Talkers()
    talkers.began(1, 7, clock.now())
    talkers.began(1, 8, clock.tick(seconds=2))
    assert talkers.ceased(1, 7, clock.tick(seconds=0.5)) == 2_500
    assert talkers.ceased(1, 8, clock.now()) == 500


def test_what_never_began_lasted_no_time(clock: FrozenClock) -> None:
    talkers = Talkers()
    talkers.began(1, 7, clock.now())
    assert talkers.ceased(2, 7, clock.tick(seconds=1)) == 0
    assert talkers.ceased(1, 7, clock.now()) == 1_000
    assert talkers.ceased(1, 7, clock.tick(seconds=1)) == 0


def test_a_clock_that_is_set_back_takes_no_time_away(clock: FrozenClock) -> None:
    talkers = Talkers()
    talkers.began(1, 7, clock.now())
    assert talkers.ceased(1, 7, clock.tick(minutes=-1)) == 0


def test_a_closed_room_is_forgotten(clock: FrozenClock) -> None:
    talkers = Talkers()
    talkers.began(1, 7, clock.now())
    talkers.began(2, 7, clock.now())
    talkers.forget(1)
    assert talkers.ceased(1, 7, clock.tick(seconds=1)) == 0
    assert talkers.ceased(2, 7, clock.now()) == 1_000
