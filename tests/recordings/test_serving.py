"""A stream asks whether it may go on: at once after a withdrawal here, and once a second for all others."""

from flask import Flask

from webapp.recordings import withdrawals
from webapp.recordings.serving import asked_anew


def test_the_database_is_asked_once_a_second_and_after_each_withdrawal(app: Flask) -> None:
    asked: list[float] = []
    times = [100.0]

    def allowed() -> bool:
        asked.append(times[-1])
        return True

    may_go_on = asked_anew(allowed, lambda: times[-1])
    for second in (100.0, 100.1, 100.99, 101.0, 101.5):
        times.append(second)
        assert may_go_on()
    assert asked == [100.0, 101.0]
    withdrawals.note()
    assert may_go_on()
    assert may_go_on()
    assert asked == [100.0, 101.0, 101.5]


def test_what_was_withdrawn_here_stops_the_very_next_piece(app: Flask) -> None:
    hearable = True
    may_go_on = asked_anew(lambda: hearable, lambda: 100.0)
    assert may_go_on()
    hearable = False
    withdrawals.note()
    assert not may_go_on()
