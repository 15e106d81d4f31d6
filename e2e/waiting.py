"""Waiting for something to become true, never for time to pass."""

import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

T = TypeVar("T")
STEP_S = 0.05


def until(condition: Callable[[], T], timeout: float = 10, what: str = "") -> T:
    """Asks again and again, and returns the first answer that is true. AssertionError after `timeout` s."""
    end = time.monotonic() + timeout
    pause = Event()
    while not (answer := condition()):
        assert time.monotonic() < end, f"Waited {timeout} s in vain{': ' + what if what else ''}."
        pause.wait(STEP_S)
    return answer
