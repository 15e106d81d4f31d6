"""Parley's core in a process of its own, and clients for it: sockets are adopted without a handshake."""

import itertools
import os
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection

from mediacore import Core, Role
from support import machine
from support.child import Child, running
from webapp.bot import wire

LOOPBACK = "127.0.0.1"
BACKLOG = 1024
HOUR_MS = 3_600_000
GREETING_BYTES = 2 + 8  # STATE
BINARY = 0x82  # a whole message
LONG = 126  # RFC 6455 section 5.2: the length is in the next two bytes


def serving(
    core: int, n_rooms: int = 1, host: str = LOOPBACK, **limits: int
) -> AbstractContextManager[Child]:
    """Runs rooms on one of the machine's cores, and takes in whoever connects.

    The n-th to connect is person n and goes to room n, counting round; the first in each room is its host.
    No room is a large one, unless ``limits``, the core's own, say so. Congestion control is cubic's: machines
    differ in that.
    """
    return running(_serve, core, n_rooms, host, limits)


def talking(port: int, core: int, packets: Sequence[bytes]) -> AbstractContextManager[Child]:
    """Connects someone who says these packets again and again, one each 20 ms."""
    return running(_talk, port, core, packets)


def _serve(ready: Connection, core: int, n_rooms: int, host: str, limits: dict[str, int]) -> None:
    os.sched_setaffinity(0, {core})
    own = {"idle_ms": HOUR_MS, "large_room": 0}  # the benchmarks' clients answer no ping
    rooms = Core(loops=1, mixers=1, **own | limits)
    for room in range(1, n_rooms + 1):
        rooms.open_room(room)
        rooms.set_member(room, room, role=Role.HOST)
    listener = socket.create_server((host, 0), backlog=BACKLOG)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    ready.send(listener.getsockname()[1])
    for person in itertools.count(1):
        connection, _ = listener.accept()
        rooms.adopt((person - 1) % n_rooms + 1, person, connection.detach())


def _talk(ready: Connection, port: int, core: int, packets: Sequence[bytes]) -> None:
    os.sched_setaffinity(0, {core})
    sock = connect(port)
    ready.send(port)
    with machine.risen():
        say(sock, itertools.cycle(packets))


def say(sock: socket.socket, packets: Iterable[bytes]) -> None:
    """Sends a packet each 20 ms."""
    begun = time.monotonic()
    for n, packet in enumerate(packets):
        time.sleep(max(0, begun + n * wire.TICK_MS / 1000 - time.monotonic()))
        sock.sendall(masked(wire.talk(n, n * wire.TICK_SAMPLES, [packet])))


def connect(port: int, host: str = LOOPBACK) -> socket.socket:
    """A socket that has been greeted: the next one to connect is the next person."""
    sock = socket.create_connection((host, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.recv(GREETING_BYTES, socket.MSG_WAITALL)
    return sock


def masked(message: bytes) -> bytes:
    """A client's binary frame, masked with a key of zeros."""
    size = len(message)
    length = bytes([0x80 | size]) if size < LONG else bytes([0x80 | LONG, *size.to_bytes(2)])
    return bytes([BINARY]) + length + bytes(4) + message


def messages(received: bytearray) -> Iterator[bytes]:
    """Takes a server's whole frames out of what was received; yields what the binary ones carry."""
    while len(received) >= 2:
        is_long = received[1] == LONG
        begin = 4 if is_long else 2
        end = begin + (int.from_bytes(received[2:4]) if is_long else received[1])
        if len(received) < end:
            return
        if received[0] == BINARY:
            yield bytes(received[begin:end])
        del received[:end]
