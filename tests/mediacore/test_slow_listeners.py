"""Hundreds who stop reading, on a stepped clock: what they cost one who reads, and the memory."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from pathlib import Path

from mediacore import Core
from webapp.bot import wire

ROOM, ANNA, STRANGERS = 7, 11, 100
SLOW = 300
SECONDS = 20
TICKS_A_SECOND = 50
SEND_BYTES = 4608
MOST_KB = 16
PATIENCE_S = 10
PING, SERVERS_PING = b"ping", 0x89


def listen(core: Core, person: int, send_bytes: int | None = None) -> socket.socket:
    theirs, ours = socket.socketpair()
    ours.settimeout(PATIENCE_S)
    if send_bytes:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_bytes)
    core.adopt(ROOM, person, theirs.detach())
    ours.sendall(bytes([0x82, 0x84, 0, 0, 0, 0]) + wire.listen())
    return ours


def memory_kb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024


def messages(sock: socket.socket) -> Iterator[bytes]:
    """What is in a server's short frames, one after the other; but for pings."""
    received = b""
    while True:
        while len(received) >= 2 and len(received) >= 2 + received[1]:
            end = 2 + received[1]
            if received[0] != SERVERS_PING:
                yield received[2:end]
            received = received[end:]
        received += sock.recv(4096)


def hear_until(heard: Iterator[bytes], tick: int, next_tick: int | None) -> int:
    """Reads on until a tick has been heard; none is missing."""
    while next_tick is None or next_tick < tick:
        message = wire.parse(next(heard))
        if isinstance(message, wire.Hear):
            assert next_tick in (None, message.tick)
            next_tick = message.tick + len(message.packets)
    return next_tick


def test_who_does_not_read_costs_others_nothing_and_little_memory():
    limits = {"ping_ms": 3_600_000, "idle_ms": 3_600_000, "large_room": 0}
    core = Core(stepped=True, complexity=0, **limits)
    core.open_room(ROOM)
    anna = listen(core, ANNA)
    anna.sendall(bytes([0x89, 0x84, 0, 0, 0, 0]) + PING)
    heard = messages(anna)
    while next(heard) != PING:
        pass
    next_tick = None
    before_kb = memory_kb()
    slow = [listen(core, STRANGERS + n, SEND_BYTES) for n in range(SLOW)]
    for tick in range(SECONDS * TICKS_A_SECOND):
        core.step()
        next_tick = hear_until(heard, tick + 1, next_tick)
    cost_kb = (memory_kb() - before_kb) / SLOW
    sent = core.counters()["frames_out"]
    core.close()
    for sock in [anna, *slow]:
        sock.close()
    assert cost_kb < MOST_KB
    assert sent < SLOW * SECONDS * TICKS_A_SECOND / 2, "they were not slow"
