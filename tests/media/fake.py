"""A media core that only remembers: for tests of what the web application tells it, and of what it does when told."""

from collections import deque
from pathlib import Path
from typing import Any

from mediacore import Audience, Event, EventKind, Role


class FakeCore:
    """The API of ``mediacore.Core``. ``told`` holds every command, ``say`` queues an event."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.members: dict[tuple[int, int], tuple[Role, int, bool, str]] = {}
        self.texts: list[tuple[int, str, Audience, int]] = []
        self.closed = False
        self._events: deque[Event] = deque()

    def say(self, kind: EventKind, room: int, *, person: int = 0, conn: int = 0, value: int = 0) -> None:
        self._events.append(Event(kind, room, person, conn, code=0, value=value, reason=""))

    def poll(self, timeout_ms: int = 0) -> Event | None:
        return self._events.popleft() if self._events else None

    def alive(self) -> bool:
        return not self.closed

    def close(self) -> None:
        self.closed = True

    def open_room(self, room: int, *, first_tick: int = 0) -> None:
        self.told.append(("open_room", room, first_tick))

    def close_room(self, room: int, *, code: int = 1000) -> None:
        self.told.append(("close_room", room, code))

    def record(self, room: int, directory: Path) -> None:
        self.told.append(("record", room, directory))

    def stop_recording(self, room: int) -> None:
        self.told.append(("stop_recording", room))

    def kick(self, room: int, person: int, *, code: int = 4001) -> None:
        self.told.append(("kick", room, person, code))

    def set_member(
        self, room: int, person: int, *, role: Role, seat: int = 0, muted: bool = False, track: str = ""
    ) -> None:
        self.members[room, person] = role, seat, muted, track

    def send_text(
        self, room: int, html: str, *, audience: Audience = Audience.ALL, person: int = 0
    ) -> None:
        self.texts.append((room, html, audience, person))
