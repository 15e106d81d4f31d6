"""How much more two loops carry than one: the same fan-out, as fast as the loops get through it.

When the server shall have both cores of a small machine, its clients cannot have one. So nobody reads: the
listeners' sockets have room for all that they are sent, and the way into them is the kernel's work for
whoever sends. The clock is stepped: a tick begins when the last one has reached everybody, so nothing is
coalesced, and what is measured is sends a second. The mixing in between is timed with them. Two loops are
disturbed by whatever else runs, one is not: so the quickest quarter of the ticks is what counts.
"""

import argparse
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from operator import truediv
from statistics import median, quantiles
from typing import NamedTuple

from support import machine, parley, report, speech

from mediacore import Core, Role
from webapp.bot import wire

ROOM, TALKER = 1, 1
LOOPS = (1, 2)
GAIN_MARK = 1.6
LOOK_S = 0.0003
QUIET_S = 0.05
RECEIVE_BYTES = 1 << 20
WORDS = "Front_*.wav"


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int
    listeners: int
    ticks: int


FULL = Plan(rounds=7, listeners=4000, ticks=60)
QUICK = Plan(rounds=3, listeners=2000, ticks=30)


class Pace(NamedTuple):
    """What a core did in a while."""

    frames_a_second: float
    cpu_us_a_frame: float


@contextmanager
def listened(loops: int, listeners: int) -> Iterator[tuple[Core, socket.socket]]:
    """A room with a talker, whose socket it gives, and people who never read."""
    core = Core(stepped=True, loops=loops, large_room=0, idle_ms=parley.HOUR_MS, ping_ms=parley.HOUR_MS)
    core.open_room(ROOM)
    core.set_member(ROOM, TALKER, role=Role.HOST)
    with ExitStack() as open_sockets, socket.create_server((parley.LOOPBACK, 0)) as server:
        open_sockets.callback(core.close)
        talker, *others = (
            open_sockets.enter_context(connect(core, server, person + TALKER))
            for person in range(listeners + 1)
        )
        for sock in others:
            sock.sendall(parley.masked(wire.listen()))
        yield core, talker


def connect(core: Core, server: socket.socket, person: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    sock.connect(server.getsockname())
    connection, _ = server.accept()
    core.adopt(ROOM, person, connection.detach())
    return sock


def settle(core: Core, listeners: int) -> None:
    """Ticks until one reaches everybody."""
    reached = 0
    while reached != listeners:
        before = sent(core)
        core.step()
        time.sleep(QUIET_S)
        reached = sent(core) - before


def sent(core: Core) -> int:
    return core.counters()["frames_out"]


def measure(loops: int, plan: Plan, packets: list[bytes]) -> Pace:
    """Lets a number of ticks reach everybody, each when the one before has."""
    with listened(loops, plan.listeners) as (core, talker):
        settle(core, plan.listeners)
        expected = sent(core)
        took_s: list[float] = []
        cpu_s = time.process_time()
        for tick, packet in zip(range(plan.ticks), cycle(packets), strict=False):
            begun_s = time.monotonic()
            talker.sendall(parley.masked(wire.talk(tick, tick * wire.TICK_SAMPLES, [packet])))
            core.step()
            expected += plan.listeners
            while sent(core) < expected:
                time.sleep(LOOK_S)
            took_s.append(time.monotonic() - begun_s)
        cpu_us = 1e6 * (time.process_time() - cpu_s)
        quick_s, *_ = quantiles(took_s, n=4)
        return Pace(plan.listeners / quick_s, cpu_us / plan.listeners / plan.ticks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    plan = QUICK if parser.parse_args().quick else FULL
    machine.open_many_files()
    print(f"Loops: {plan.listeners:,} listeners, one talker; {machine.describe()}")
    packets = speech.voice(WORDS)
    rounds = [[measure(loops, plan, packets) for loops in LOOPS] for _ in range(plan.rounds)]
    one, two = ([run.frames_a_second for run in runs] for runs in zip(*rounds, strict=True))
    gain = median(map(truediv, two, one))
    report.table(
        ("", "frames a second", "CPU us a frame", "to one loop"),
        *(row(loops, list(runs), one) for loops, runs in zip(LOOPS, zip(*rounds, strict=True), strict=True)),
    )
    report.least("frames a second, two loops to one", gain, GAIN_MARK)


def row(loops: int, runs: list[Pace], one: list[float]) -> tuple[str, ...]:
    name = "one loop" if loops == 1 else f"{loops} loops"
    speed = [run.frames_a_second for run in runs]
    cpu_us = median(run.cpu_us_a_frame for run in runs)
    return name, f"{median(speed):,.0f}", f"{cpu_us:.2f}", f"{median(map(truediv, speed, one)):.2f}"


if __name__ == "__main__":
    main()
