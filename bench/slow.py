"""What those who cannot keep up cost the others, and the server: 500 of them among 500 who can.

Some stop reading, some read 8 kbit/s, some vanish without a word (in a network namespace that is cut off;
that takes root). Beside the others' delays with and without them stands what each of them costs in memory,
which has a bound, and in processor time, which a listener who takes everything costs as well.
"""

import argparse
import json
import os
import resource
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from operator import sub
from pathlib import Path
from statistics import median
from typing import NamedTuple

from support import machine, native, parley, report, speech
from support.child import Child, running
from support.weather import Place, Weather, elsewhere

from webapp.bot import wire

DELAY_MARK_MS = 5
MEMORY_MARK_KB = 16
SETTLE_S = 1
FIRST = 10
FILL_S = 5  # until the kernel takes nothing more for who does not read
TRICKLE_BYTES, TRICKLE_S = 100, 0.1  # 8 kbit/s
WINDOW_BYTES = 4096
WORDS = "Front_*.wav"


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int
    people: int  # who can keep up, and as many who cannot
    seconds: float


FULL = Plan(rounds=3, people=500, seconds=5)
QUICK = Plan(rounds=1, people=200, seconds=3)


class Heard(NamedTuple):
    """What those who can keep up heard meanwhile, and what the server took for it."""

    p50_ms: float
    p99_ms: float
    lost: int
    load: float


class Round(NamedTuple):
    """Without the slow, and with them. Memory: of one listener, quick and slow, in KB."""

    calm: Heard
    crowded: Heard
    quick_kb: float
    slow_kb: float


class Bench:
    """The programs, and the cores they run on."""

    def __init__(self, plan: Plan, place: Place | None) -> None:
        self.plan, self.place = plan, place
        self.server_core, self.client_core = machine.cores()
        self.hearers = native.program("hearers", "wire.c")
        self.packets = speech.voice(WORDS)

    def round(self) -> Round:
        host = "0.0.0.0" if self.place else parley.LOOPBACK
        with (
            parley.serving(self.server_core, host=host) as server,
            parley.talking(server.said, self.client_core, self.packets),
        ):
            self.hear(server, FIRST)  # what the first to listen bring along is nobody's own
            empty_kb = memory_kb(server)
            with running(read_all, server.said, self.client_core, self.plan.people):
                time.sleep(SETTLE_S)
                quick_kb = (memory_kb(server) - empty_kb) / self.plan.people
            time.sleep(SETTLE_S)
            calm = self.hear(server, self.plan.people)
            with self.slow(server):
                time.sleep(FILL_S)
                slow_kb = (memory_kb(server) - empty_kb) / self.plan.people
                return Round(calm, self.hear(server, self.plan.people), quick_kb, slow_kb)

    @contextmanager
    def slow(self, server: Child) -> Iterator[None]:
        """Those who stop, those who trickle, and those who vanish: a third each, where all three can be."""
        ways = [(stop_reading, None), (trickle, None)]
        if self.place:
            ways.append((stop_reading, self.place))
        share = -(-self.plan.people // len(ways))
        with ExitStack() as open_crowds:
            for way, place in ways:
                open_crowds.enter_context(running(way, server.said, self.client_core, share, place))
            if self.place:
                time.sleep(SETTLE_S)
                self.place.vanish()
            yield

    def hear(self, server: Child, n: int) -> Heard:
        what = (self.hearers, server.said, n, SETTLE_S, self.plan.seconds, server.pid)
        done = subprocess.run(machine.pinned(self.client_core, *what), check=True, stdout=subprocess.PIPE)
        heard = json.loads(done.stdout)
        load = heard["server_cpu_s"] / heard["seconds"]
        return Heard(heard["p50_ms"], heard["p99_ms"], heard["lost"] + heard["cut_off"], load)


def memory_kb(server: Child) -> float:
    """What the process holds itself: the kernel's buffers are not in it."""
    _, n_pages, *_ = Path(f"/proc/{server.pid}/statm").read_text().split()
    return int(n_pages) * resource.getpagesize() / 1024


def listen(port: int, n: int, place: Place | None = None) -> list[socket.socket]:
    if place:
        place.enter()
    socks = [parley.connect(port, place.host if place else parley.LOOPBACK) for _ in range(n)]
    for sock in socks:
        sock.sendall(parley.masked(wire.listen()))
    return socks


def read_all(ready: Connection, port: int, core: int, n: int) -> None:
    os.sched_setaffinity(0, {core})
    socks = listen(port, n)
    ready.send(n)
    while True:
        time.sleep(TRICKLE_S)
        for sock in socks:
            sock.recv(1 << 16)


def stop_reading(ready: Connection, port: int, core: int, n: int, place: Place | None) -> None:
    os.sched_setaffinity(0, {core})
    socks = listen(port, n, place)
    ready.send(len(socks))
    time.sleep(parley.HOUR_MS)


def trickle(ready: Connection, port: int, core: int, n: int, _place: None) -> None:
    os.sched_setaffinity(0, {core})
    socks = listen(port, n)
    for sock in socks:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW_BYTES)
    ready.send(n)
    while True:
        time.sleep(TRICKLE_S)
        for sock in socks:
            sock.recv(TRICKLE_BYTES)


def show(rounds: Sequence[Round], plan: Plan) -> None:
    """Prints medians and the marks."""
    calm, crowded = [each.calm for each in rounds], [each.crowded for each in rounds]
    report.table(
        ("", "p50 ms", "p99 ms", "lost", "CPU s a second"),
        row(f"{plan.people} who keep up", calm),
        row(f"the same, beside {plan.people} who do not", crowded),
    )
    slow_load = median(1000 * (b.load - a.load) / plan.people for a, b in zip(calm, crowded, strict=True))
    quick_load = median(1000 * each.load / plan.people for each in calm)
    report.table(
        ("", "KB of memory", "CPU s per 1,000 listener-seconds"),
        ("who keeps up", f"{median(each.quick_kb for each in rounds):.1f}", f"{quick_load:.3f}"),
        ("who does not", f"{median(each.slow_kb for each in rounds):.1f}", f"{slow_load:.3f}"),
    )
    p99_ms = ([each.p99_ms for each in side] for side in (crowded, calm))
    report.mark("the others hear later, p99 ms", median(map(sub, *p99_ms)), DELAY_MARK_MS)
    report.mark("KB of who keeps up", median(each.quick_kb for each in rounds), MEMORY_MARK_KB)
    report.mark("KB of who does not", median(each.slow_kb for each in rounds), MEMORY_MARK_KB)


def row(name: str, runs: Sequence[Heard]) -> tuple[str, ...]:
    return (
        name,
        f"{median(run.p50_ms for run in runs):.1f}",
        f"{median(run.p99_ms for run in runs):.1f}",
        f"{sum(run.lost for run in runs):,}",
        f"{median(run.load for run in runs):.3f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    plan = QUICK if parser.parse_args().quick else FULL
    machine.open_many_files()
    print(f"The slow, {plan.rounds} rounds; {machine.describe()}")
    rounds = []
    for _ in range(plan.rounds):
        with elsewhere(Weather()) as place:
            rounds.append(Bench(plan, place).round())
    if not place:
        print("Nobody vanished: that takes root, for a network namespace.")
    show(rounds, plan)


if __name__ == "__main__":
    main()
