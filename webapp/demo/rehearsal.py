"""A conversation through the real media core in seconds: only its clock is another, a stepped one."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from webapp.bot import wire
from webapp.bot.websocket import WebSocket
from webapp.demo.conversation import Track
from webapp.media import ROLES, Core, Event, EventKind

ROOM = 1
PATIENCE_S = 5.0
LOOK_S = 0.0002


class RehearsalError(Exception):
    """The media core did not do its part."""


def record(directory: Path, cast: Sequence[tuple[int, str, Track]]) -> int:
    """Records a conversation of people (number, name of their track's file, packets). Its length in ms."""
    core = Core(stepped=True)
    try:
        core.open_room(ROOM)
        core.record(ROOM, directory)
        with ExitStack() as sockets:
            seats = [sockets.enter_context(_seat(core, seat, *who[:2])) for seat, who in enumerate(cast)]
            _talk(core, seats, [track for _, _, track in cast])
            core.stop_recording(ROOM)
            return _event(core, EventKind.RECORD_CLOSED).value
    finally:
        core.close()


@contextmanager
def _seat(core: Core, seat: int, person: int, track: str) -> Iterator[WebSocket]:
    """Somebody on the stage: the far end of a socket that the core has adopted."""
    core.set_member(ROOM, person, role=ROLES["speaker"], seat=seat, track=track)
    ours, theirs = connected()
    core.adopt(ROOM, person, theirs.detach())
    with ours:
        _event(core, EventKind.OPENED)
        yield WebSocket(ours)


def connected() -> tuple[socket.socket, socket.socket]:
    """Two ends of a TCP connection: ours, and the one that the core adopts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        return ours, server.accept()[0]


def _talk(core: Core, seats: Sequence[WebSocket], tracks: Sequence[Track]) -> None:
    n_sent = [0] * len(seats)
    for tick, packets in enumerate(zip(*tracks, strict=True)):
        for who, packet in enumerate(packets):
            if packet:
                seats[who].send(wire.talk(n_sent[who], tick * wire.TICK_SAMPLES, [packet]))
                n_sent[who] += 1
        wait_for(core, sum(n_sent))
        core.step()


def wait_for(core: Core, n_packets: int) -> None:
    """Returns when the core's own threads have taken in so many packets."""
    end = time.monotonic() + PATIENCE_S
    while core.counters()["packets_in"] < n_packets:
        if time.monotonic() > end:
            raise RehearsalError("The media core took a packet and did not count it.")
        time.sleep(LOOK_S)


def _event(core: Core, kind: EventKind) -> Event:
    """Lets time pass in the room until something happens there."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        core.step()
        while event := core.poll(1):
            if event.kind == kind:
                return event
    raise RehearsalError(f"The media core did not say {kind.name}.")
