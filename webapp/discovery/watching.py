"""What open tabs show already, so that asking again and again costs next to nothing. Pure; time is passed in.

A tab says which state of it it shows. While the site's *pulse* is as it was when that state was made, and
that is not long ago, there is nothing new for it, and nothing is asked of the database. What the pulse does
not know (a space that was renamed, somebody who was followed) is seen when the state is too old. What guests
are sent is the same for all of them and is kept with its state.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

BEAT = timedelta(seconds=2)
"""How often the pulse is felt at most."""
OLD = timedelta(seconds=30)
KEPT = 4096


@dataclass(frozen=True)
class State:
    """What an audience's tab looked like: ``seen`` names it, ``html`` is it where many share it."""

    seen: str
    pulse: int
    at: datetime
    html: str = ""


class Watch:
    """The latest state of each audience. Any thread may ask."""

    def __init__(self) -> None:
        self._states: OrderedDict[Hashable, State] = OrderedDict()
        self._pulse: tuple[datetime, int] | None = None
        self._lock = Lock()
        self._feeling = Lock()

    def pulse(self, feel: Callable[[], int], now: datetime, *, anew: bool = False) -> int:
        """Returns the pulse, felt anew after two seconds or when asked to. One thread does, others wait."""
        with self._feeling:
            if anew or self._pulse is None or not timedelta() <= now - self._pulse[0] < BEAT:
                self._pulse = (now, feel())
            return self._pulse[1]

    def state(self, audience: Hashable, pulse: int, now: datetime) -> State | None:
        """Returns what an audience's tab still looks like; None when it is to be made again."""
        with self._lock:
            state = self._states.get(audience)
        if state is None or state.pulse != pulse or not timedelta() <= now - state.at < OLD:
            return None
        return state

    def keep(self, audience: Hashable, state: State) -> None:
        """Keeps a state, and lets the one go that was kept longest ago if there are too many."""
        with self._lock:
            self._states[audience] = state
            self._states.move_to_end(audience)
            while len(self._states) > KEPT:
                self._states.popitem(last=False)
