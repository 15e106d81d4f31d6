"""How long a voice is in the core: from its first packet sent to the first packet of sound at a listener.

In many rooms at once someone is silent, says a tenth of a second, and is silent again. In silence the core
sends packets of one byte, so the first longer one is theirs. Real sockets, the real clock; every microphone
keeps its own 20 ms, and their phases are spread evenly over the server's. Beside it stands what cannot be
avoided: 5 ms of margin, the wait for the next tick, and the way through the kernel and back. Measuring begins
once the jitter buffers know how steady everybody is.
"""

import argparse
import heapq
import os
import random
import select
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from statistics import quantiles
from typing import NamedTuple, TypeAlias

from support import machine, native, parley, report, speech
from support.child import Child, running

from webapp.bot import wire

P50_MARK_MS, P99_MARK_MS = 25, 45
TICK_S = wire.TICK_MS / 1000
MARGIN_MS = 5
LEARN_S = 12  # a frame of wait is given back after 5 s
BURST_PACKETS = 5
PAUSE_SLOTS = (85, 115)  # between bursts: voice activity has ended by then, and the tail of the encoder
ROUND_TRIPS = 500
IDLE_LISTENERS = 1000
PACKET_BYTES = 90
PHASES = 20
HOUR_S = 3600


class Plan(NamedTuple):
    """How much is measured."""

    rooms: int
    seconds: float


FULL = Plan(rooms=16, seconds=45)
QUICK = Plan(rooms=16, seconds=12)


@dataclass
class Pair:
    """Someone who talks in a room, and someone who listens there."""

    talker: socket.socket
    listener: socket.socket
    phase_s: float
    sequence: int = 0
    quiet_bytes: int = 1  # what a packet has at most while no voice is heard
    received: bytearray = field(default_factory=bytearray)
    silent: bool = False
    onset_s: float | None = None  # when the voice was sent that is not heard yet

    def talk(self, slot: int, n: int, packet: bytes) -> None:
        """Sends the n-th packet of a burst, from one of the microphone's 20 ms."""
        if n == 0 and self.silent and self.onset_s is None:
            self.onset_s = time.monotonic()
        self.talker.sendall(parley.masked(wire.talk(self.sequence, slot * wire.TICK_SAMPLES, [packet])))
        self.sequence += 1

    def hear(self, at_s: float) -> Iterator[float]:
        """Reads what has come by now; yields the delay, in ms, of an onset that is among it."""
        self.received += self.listener.recv(65_536)
        for message in parley.messages(self.received):
            heard = wire.parse(message)
            for packet in heard.packets if isinstance(heard, wire.Hear) else ():
                self.silent = len(packet) <= self.quiet_bytes
                if not self.silent and self.onset_s is not None:
                    yield 1000 * (at_s - self.onset_s)
                    self.onset_s = None


class Due(NamedTuple):
    """The packet that a pair says next, the n-th of a burst."""

    at_s: float
    pair: int
    slot: int
    n: int


class Talk:
    """Who says what when: a heap of what each pair says next."""

    def __init__(
        self, pairs: Sequence[Pair], packets: Sequence[bytes], pauses: tuple[int, int] = PAUSE_SLOTS
    ) -> None:
        self.pairs, self.packets, self.pauses = pairs, packets, pauses
        self.random = random.Random(1)
        self.begun_s = time.monotonic()
        begin = len(packets) + pauses[1]
        self.next = [self.due(i, self.random.randrange(begin)) for i in range(len(pairs))]
        heapq.heapify(self.next)

    def due(self, pair: int, slot: int, n: int = 0) -> Due:
        return Due(self.begun_s + slot * TICK_S + self.pairs[pair].phase_s, pair, slot, n)

    def say_due(self) -> float:
        """Says what is due; returns the seconds until more is."""
        while (left_s := self.next[0].at_s - time.monotonic()) <= 0:
            _, pair, slot, n = self.next[0]
            self.pairs[pair].talk(slot, n, self.packets[n])
            last = n + 1 == len(self.packets)
            pause = self.random.randint(*self.pauses) if last else 1
            heapq.heapreplace(self.next, self.due(pair, slot + pause, 0 if last else n + 1))
        return left_s


Delays: TypeAlias = list[float]  # ms


def measure(talk: Talk, seconds: float) -> Delays:
    """Lets the pairs talk and listen for so long; a second time, they go on."""
    waiting = select.epoll()
    listeners = {pair.listener.fileno(): pair for pair in talk.pairs}
    for fd in listeners:
        waiting.register(fd, select.EPOLLIN)
    delays: Delays = []
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        ready = waiting.poll(talk.say_due())
        now_s = time.monotonic()
        for fd, _ in ready:
            delays += listeners[fd].hear(now_s)
    waiting.close()
    return delays


def connect_pairs(port: int, n: int) -> list[Pair]:
    """Connects a talker in each room, then a listener in each, as ``parley.serving`` counts."""
    talkers = [parley.connect(port) for _ in range(n)]
    listeners = [parley.connect(port) for _ in range(n)]
    for listener in listeners:
        listener.sendall(parley.masked(wire.listen()))
    return [Pair(*pair, i * TICK_S / n) for i, pair in enumerate(zip(talkers, listeners, strict=True))]


@contextmanager
def idle_listeners(server: Child, n: int) -> Iterator[None]:
    """Has n more people listen, spread over the rooms."""
    _, core = machine.cores()
    hearers = native.program("hearers", "wire.c")
    with subprocess.Popen(machine.pinned(core, hearers, server.said, n, HOUR_S, 0, server.pid)) as process:
        try:
            yield
        finally:
            process.kill()


def onset_delays(n_idle: int, plan: Plan) -> Delays:
    """One run, with a core of its own."""
    server_core, _ = machine.cores()
    packets = speech.voice("Front_Center.wav")[:BURST_PACKETS]
    with parley.serving(server_core, plan.rooms) as server:
        pairs = connect_pairs(server.said, plan.rooms)
        with idle_listeners(server, n_idle), machine.risen():
            talk = Talk(pairs, packets)
            measure(talk, LEARN_S)
            return measure(talk, plan.seconds)


def echo(ready: Connection, core: int) -> None:
    """Sends back what it gets."""
    os.sched_setaffinity(0, {core})
    with socket.create_server((parley.LOOPBACK, 0)) as listener:
        ready.send(listener.getsockname()[1])
        connection, _ = listener.accept()
    while data := connection.recv(4096):
        connection.sendall(data)


def floor_delays() -> Delays:
    """Round trips that were measured, each at every phase of a tick, and the margin."""
    server_core, _ = machine.cores()
    with (
        running(echo, server_core) as server,
        socket.create_connection((parley.LOOPBACK, server.said)) as sock,
        machine.risen(),
    ):
        trips = [round_trip(sock) for _ in range(ROUND_TRIPS)]
    waits = [wire.TICK_MS * (step + 0.5) / PHASES for step in range(PHASES)]
    return [MARGIN_MS + wait + trip for wait in waits for trip in trips]


def round_trip(sock: socket.socket) -> float:
    """In ms, of as much as a packet of speech."""
    time.sleep(TICK_S / 4)
    begun_s = time.monotonic()
    sock.sendall(bytes(PACKET_BYTES))
    sock.recv(PACKET_BYTES, socket.MSG_WAITALL)
    return 1000 * (time.monotonic() - begun_s)


def row(name: str, delays: Delays, floor: Delays) -> tuple[str, ...]:
    p50, p99 = percentiles(delays)
    floor_p50, _ = percentiles(floor)
    return (
        name,
        f"{len(delays):,}",
        f"{p50:.1f}",
        f"{p99:.1f}",
        f"{max(delays):.1f}",
        f"{p50 / floor_p50:.2f}",
    )


def percentiles(delays: Delays) -> tuple[float, float]:
    """The 50th and the 99th."""
    cuts = quantiles(delays, n=100, method="inclusive")
    return cuts[49], cuts[98]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    plan = QUICK if parser.parse_args().quick else FULL
    print(f"Latency in the core, onsets in {plan.rooms} rooms; {machine.describe()}")
    os.sched_setaffinity(0, {machine.cores()[1]})
    floor = floor_delays()
    runs = {n: onset_delays(n, plan) for n in (0, IDLE_LISTENERS)}
    report.table(
        ("", "onsets", "p50 ms", "p99 ms", "max ms", "p50 to floor"),
        row("floor: 5 ms, next tick, loopback", floor, floor),
        *(row(f"Parley, {n} idle listeners", delays, floor) for n, delays in runs.items()),
    )
    for n, delays in runs.items():
        p50, p99 = percentiles(delays)
        report.mark(f"p50 ms with {n} idle listeners", p50, P50_MARK_MS)
        report.mark(f"p99 ms with {n} idle listeners", p99, P99_MARK_MS)


if __name__ == "__main__":
    main()
