"""Four times a second at most, and nothing forgotten."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from webapp.spaces.coalescer import INTERVAL_S, Coalescer


def test_the_first_change_is_told_at_once() -> None:
    changes = Coalescer()
    changes.mark(1)
    assert changes.due(100.0) == {1: set()}
    assert changes.due(100.1) == {}


def test_changes_of_a_quarter_second_are_told_together() -> None:
    changes = Coalescer()
    changes.mark(1, 7)
    changes.due(100.0)
    changes.mark(1, 8)
    changes.mark(1)
    changes.mark(1, 9)
    assert changes.due(100.2) == {}
    assert changes.due(100.25) == {1: {8, 9}}


def test_one_space_does_not_hold_up_another() -> None:
    changes = Coalescer()
    changes.mark(1)
    changes.due(100.0)
    changes.mark(1)
    changes.mark(2)
    assert changes.due(100.1) == {2: set()}


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=200))
def test_never_more_than_four_times_a_second(steps: list[tuple[int, bool]]) -> None:
    changes, now_s, told, marked = Coalescer(), 0.0, [], 0
    for step, (pause, mark) in enumerate(steps):
        now_s += pause / 64
        if mark:
            changes.mark(1, step)
            marked += 1
        told += [(now_s, arrived) for arrived in changes.due(now_s).values()]
    told += [(now_s + INTERVAL_S, arrived) for arrived in changes.due(now_s + INTERVAL_S).values()]
    times = [at for at, _ in told]
    assert all(later - earlier >= INTERVAL_S for earlier, later in pairwise(times))
    assert sum(len(arrived) for _, arrived in told) == marked
