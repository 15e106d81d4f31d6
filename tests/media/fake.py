"""A media core that only remembers: for tests of what the application tells it, and does when told."""

from collections import deque
from math import inf
from pathlib import Path
from typing import Any

from mediacore import COUNTERS, Audience, Event, EventKind, Lateness, MediaCoreError, Role

E_NO_ROOM = -2
E_EXISTS = -3
E_STATE = -5


class FakeCore:
    """The API of ``mediacore.Core``. ``told`` holds the commands to rooms; ``say`` queues an event.

    ``recorded`` tells of each room that ever was recorded whether it still is: it is recorded once at most.
    """

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.members: dict[tuple[int, int], tuple[Role, int, bool, str]] = {}
        self.texts: list[tuple[int, str, Audience, int]] = []
        self.closed = False
        self.level = 0
        self._rooms: set[int] = set()
        self.recorded: dict[int, bool] = {}
        self._events: deque[Event] = deque()

    def say(self, kind: EventKind, room: int, *, person: int = 0, conn: int = 0, value: int = 0) -> None:
        self._events.append(Event(kind, room, person, conn, code=0, value=value, reason=""))

    def poll(self, timeout_ms: int = 0) -> Event | None:
        return self._events.popleft() if self._events else None

    def alive(self) -> bool:
        return not self.closed

    def overload(self) -> int:
        return self.level

    def counters(self) -> dict[str, int]:
        return dict.fromkeys(COUNTERS, 0)

    def lateness(self) -> Lateness:
        return Lateness({1: 0, inf: 0}, 0)

    def close(self) -> None:
        self.closed = True
        self._rooms.clear()
        self.recorded.clear()
        self.members.clear()

    def open_room(self, room: int, *, first_tick: int = 0) -> None:
        if room in self._rooms:
            raise MediaCoreError(E_EXISTS)
        self._rooms.add(room)
        self.told.append(("open_room", room, first_tick))

    def close_room(self, room: int, *, code: int = 1000) -> None:
        self._tell(room, "close_room", code)
        self._rooms.remove(room)

    def record(self, room: int, directory: Path) -> None:
        if room in self.recorded:
            raise MediaCoreError(E_STATE)
        self._tell(room, "record", directory)
        self.recorded[room] = True

    def stop_recording(self, room: int) -> None:
        self._check(room)
        if not self.recorded.get(room):
            raise MediaCoreError(E_STATE)
        self._tell(room, "stop_recording")
        self.recorded[room] = False

    def kick(self, room: int, person: int, *, code: int = 4001) -> None:
        self._tell(room, "kick", person, code)
        self.members.pop((room, person), None)

    def set_member(
        self, room: int, person: int, *, role: Role, seat: int = 0, muted: bool = False, track: str = ""
    ) -> None:
        self._check(room)
        self.members[room, person] = role, seat, muted, track

    def send_text(self, room: int, html: str, *, audience: Audience = Audience.ALL, person: int = 0) -> None:
        self._check(room)
        self.texts.append((room, html, audience, person))

    def _tell(self, room: int, command: str, *what: Any) -> None:
        self._check(room)
        self.told.append((command, room, *what))

    def _check(self, room: int) -> None:
        if room not in self._rooms:
            raise MediaCoreError(E_NO_ROOM)
