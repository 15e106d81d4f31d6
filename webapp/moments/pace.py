"""How often somebody may do something. Pure; time is passed in."""

from collections import deque
from collections.abc import Hashable
from datetime import datetime, timedelta
from threading import Lock


class Pace:
    """Lets each do something so many times within so long; only what it let them do counts. Any thread."""

    def __init__(self, times: int, within: timedelta) -> None:
        self._times = times
        self._within = within
        self._done: dict[Hashable, deque[datetime]] = {}
        self._swept_at: datetime | None = None
        self._lock = Lock()

    def take(self, who: Hashable, now: datetime) -> bool:
        """Notes that somebody does it now; False when it is too often."""
        with self._lock:
            self._sweep(now)
            done = self._done.setdefault(who, deque())
            while done and not self._counts(done[0], now):
                done.popleft()
            if len(done) == self._times:
                return False
            done.append(now)
            return True

    def _counts(self, at: datetime, now: datetime) -> bool:
        """A clock that was set back must not shut anybody out."""
        return timedelta() <= now - at < self._within

    def _sweep(self, now: datetime) -> None:
        """Forgets, once in a while, those who have not done it for so long."""
        if self._swept_at is not None and self._counts(self._swept_at, now):
            return
        self._swept_at = now
        self._done = {who: done for who, done in self._done.items() if self._counts(done[-1], now)}
