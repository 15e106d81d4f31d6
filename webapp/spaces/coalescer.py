"""Many changes, few messages: a space is told of at most four times a second. Pure; time is passed in."""

from threading import Lock

INTERVAL_S = 0.25


class Coalescer:
    """Gathers which spaces changed, and who arrived in them.

    The first change is due at once, those of the next quarter of a second together.
    """

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._waiting: dict[int, set[int]] = {}
        self._told_at: dict[int, float] = {}
        self._lock = Lock()

    def mark(self, space: int, *arrived: int) -> None:
        """Notes that a space changed, and those who should be told all of it. Any thread."""
        with self._lock:
            self._waiting.setdefault(space, set()).update(arrived)

    def due(self, now_s: float) -> dict[int, set[int]]:
        """Takes the spaces whose turn it is, each with those who arrived. One thread."""
        with self._lock:
            self._told_at = {s: at for s, at in self._told_at.items() if now_s - at < self._interval_s}
            due = {s: arrived for s, arrived in self._waiting.items() if s not in self._told_at}
            for space in due:
                del self._waiting[space]
                self._told_at[space] = now_s
            return due
