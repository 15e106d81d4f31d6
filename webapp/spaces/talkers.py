"""Who talks at this moment, in each space, and since when. Pure; time is passed in. One thread."""

from datetime import datetime


class Talkers:
    """Told when voices begin and cease, it tells how long they lasted."""

    def __init__(self) -> None:
        self._since: dict[tuple[int, int], datetime] = {}

    def began(self, space: int, person: int, at: datetime) -> None:
        """Notes that somebody talks."""
        self._since.setdefault((space, person), at)

    def ceased(self, space: int, person: int, at: datetime) -> int:
        """Returns for how many milliseconds somebody talked; 0 if they did not, or a clock was set back."""
        since = self._since.pop((space, person), at)
        return max(round((at - since).total_seconds() * 1000), 0)

    def forget(self, space: int) -> None:
        """Drops a space whose room is gone."""
        self._since = {key: since for key, since in self._since.items() if key[0] != space}
