"""Many reactions, few messages: gathered by space, told of together. Pure; time is passed in."""

from collections import Counter
from threading import Lock

from webapp.moments.kinds import Kind

INTERVAL_S = 0.4


class Tally:
    """The reactions that nobody has been told of yet.

    The first is due at once, those of the next 400 ms together.
    """

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._waiting: dict[int, Counter[Kind]] = {}
        self._told_at: dict[int, float] = {}
        self._lock = Lock()

    def add(self, space: int, kind: Kind) -> None:
        """Counts a reaction. Any thread."""
        with self._lock:
            self._waiting.setdefault(space, Counter())[kind] += 1

    def due(self, now_s: float) -> dict[int, Counter[Kind]]:
        """Takes the counts of the spaces whose turn it is. One thread."""
        with self._lock:
            self._told_at = {s: at for s, at in self._told_at.items() if now_s - at < self._interval_s}
            due = {s: counts for s, counts in self._waiting.items() if s not in self._told_at}
            for space in due:
                del self._waiting[space]
                self._told_at[space] = now_s
            return due
