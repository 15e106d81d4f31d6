"""Whether a thousand people who arrive within five seconds disturb those who talk.

The real server carries live rooms, in each of which someone says a tenth of a second and is quiet for three,
as in ``readers.py``, whose delays these are. In turns nobody else is there, and a thousand guests open the
socket of one room, 200 a second, and listen. Each comes through the whole server: origin, session, gates,
database. The server begins anew each time.
"""

import argparse
import os
import select
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import NamedTuple

from latency import Delays, Talk, measure, percentiles
from readers import Scene, connect, present, rise_ms, silence, voice
from readers import Turn as Heard
from support import machine, parley, report
from support.child import FORK, running
from support.site import Site
from support.stage import Recorded, Stage

from webapp.bot import wire

MARK_MS = 5
ROOMS = 12
GUESTS = 1000
STORM_S = 5
WARM_S = 3  # until a server that has just begun is as it will be
DOORS = 8  # threads that open sockets
NOBODY = Recorded("", "", 0)


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int


FULL = Plan(rounds=5)
QUICK = Plan(rounds=2)


class Storm(NamedTuple):
    """What was heard, and how many had come by when the last should have."""

    heard: Heard
    came: int


def arrive(site: Site, path: str, number: int, begun_s: float, waiting: select.epoll, came: "Counts") -> None:
    """Has every so manieth guest come when it is their time."""
    socks = []
    for guest in range(number, GUESTS, DOORS):
        time.sleep(max(0, begun_s + guest * STORM_S / GUESTS - time.monotonic()))
        sock = connect(site, path)
        sock.sendall(parley.masked(wire.listen()))
        waiting.register(sock, select.EPOLLIN)
        socks.append(sock)
        came[number] += 1
    threading.Event().wait()


Counts = list[int]


def storm(ready: Connection, site: Site, path: str, core: int, come: Connection, came: Counts) -> None:
    """Lets the guests come once it is told to, and reads what they are sent."""
    os.sched_setaffinity(0, {core})
    waiting = select.epoll()
    ready.send(GUESTS)
    come.recv()
    begun_s = time.monotonic()
    for number in range(DOORS):
        threading.Thread(target=arrive, args=(site, path, number, begun_s, waiting, came)).start()
    while True:
        for fd, _ in waiting.poll():
            os.read(fd, 1 << 16)


@contextmanager
def guests(site: Site, path: str) -> Iterator[tuple[Connection, Counts]]:
    """Guests who wait for a word, and how many of them have come."""
    told, tell = FORK.Pipe(duplex=False)
    came = FORK.Array("i", DOORS, lock=False)
    with running(storm, site, path, machine.cores()[1], told, came):
        yield tell, came


def calm(site: Site, scene: Scene) -> Delays:
    with site.serving(), present(site, scene) as pairs, machine.risen():
        talk = Talk(pairs, [*voice(), *silence()], pauses=(1, 1))
        measure(talk, WARM_S)
        return measure(talk, STORM_S)


def stormy(site: Site, scene: Scene) -> Storm:
    with (
        site.serving(),
        guests(site, scene.rooms[0]) as (tell, came),
        present(site, scene) as pairs,
        machine.risen(),
    ):
        talk = Talk(pairs, [*voice(), *silence()], pauses=(1, 1))
        measure(talk, WARM_S)
        tell.send(None)
        return Storm(Heard(measure(talk, STORM_S), 0), sum(came))


def row(name: str, came: str, turns: list[Heard], alone: list[Heard]) -> tuple[str, ...]:
    delays = [delay for turn in turns for delay in turn.delays]
    p50, p99 = percentiles(delays)
    rise = f"{rise_ms(turns, alone):+.1f}"
    return name, came, f"{len(delays):,}", f"{p50:.1f}", f"{p99:.1f}", f"{max(delays):.1f}", rise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    plan = QUICK if parser.parse_args().quick else FULL
    machine.open_many_files()
    print(f"{GUESTS:,} who come within {STORM_S} s; {machine.describe()}")
    alone: list[Heard] = []
    storms: list[Storm] = []
    with tempfile.TemporaryDirectory() as directory:
        site = Site(Path(directory))
        with site.app():
            stage = Stage(Path(directory))
            scene = Scene([stage.live() for _ in range(ROOMS)], stage.tokens()[0], NOBODY)
        os.sched_setaffinity(0, {machine.cores()[1]})
        for _ in range(plan.rounds):
            alone.append(Heard(calm(site, scene), 0))
            storms.append(stormy(site, scene))
    heard = [each.heard for each in storms]
    report.table(
        ("", "came in time", "onsets", "p50 ms", "p99 ms", "max ms", "p99 rises"),
        row("nobody comes", "", alone, alone),
        row(f"{GUESTS:,} come", f"{median(each.came for each in storms):,.0f}", heard, alone),
    )
    report.mark("ms that p99 rises", rise_ms(heard, alone), MARK_MS)


if __name__ == "__main__":
    main()
