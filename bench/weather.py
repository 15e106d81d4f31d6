"""What a bad network does to what is heard: packets lost, delayed by 100 ms with 30 ms of jitter, or stalled.

The listeners are in a network namespace behind a forwarder that holds packets up or loses them
(``support/weather.py``: the kernel's netem is not needed, root is). When each frame was there is then played
by the page's own buffer (``player.mjs``), which tells what was heard: gaps, and how far behind the server.
Congestion control is cubic's.
"""

import argparse
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from statistics import median
from typing import NamedTuple, TypeAlias

from slow import listen
from support import machine, native, parley, report, speech
from support.child import FORK, running
from support.weather import Place, Weather, elsewhere

from webapp.bot import wire

LISTENERS = 8
WORDS = "Front_*.wav"
SKIP_S = 5
STALL_S, STALL_EACH_S = 0.35, 10
RECOVERED_S = 3  # after a stall
WEATHERS = {
    "fair": Weather(),
    "5 % lost": Weather(loss=0.05),
    "100 ms, 30 ms of jitter": Weather(delay_s=0.1, jitter_s=0.03),
    "350 ms of stall each 10 s": Weather(stall_s=STALL_S, stall_each_s=STALL_EACH_S),
}
FAIR, *_, STALLS = WEATHERS

Arrivals: TypeAlias = list[tuple[int, float]]  # ticks, and when each was there, in ms


class Plan(NamedTuple):
    """How much is measured."""

    seconds: float


FULL = Plan(seconds=25)
QUICK = Plan(seconds=12)


class Played(NamedTuple):
    """What the player made of it: gaps a minute, and by when how many ms behind the server it played."""

    gaps: float
    behind: list[tuple[float, float]]

    @property
    def median_ms(self) -> float:
        return median(ms for _, ms in self.behind)

    @property
    def recovered_ms(self) -> float:
        """Between a while after a stall and the next one."""
        return median(ms for at_ms, ms in self.behind if at_ms / 1000 % STALL_EACH_S > STALL_S + RECOVERED_S)


def frames(messages: Iterator[bytes], at_ms: float) -> Iterator[tuple[int, float]]:
    for message in messages:
        heard = wire.parse(message)
        if isinstance(heard, wire.Hear):
            for n, _ in enumerate(heard.packets):
                yield heard.tick + n, at_ms


def hear(
    ready: Connection, port: int, n: int, place: Place | None, seconds: float, result: Connection
) -> None:
    """Listens for so long, and sends back when each listener had each frame."""
    os.sched_setaffinity(0, {machine.cores()[1]})
    socks = {sock.fileno(): sock for sock in listen(port, n, place)}
    received, arrivals = {fd: bytearray() for fd in socks}, {fd: Arrivals() for fd in socks}
    waiting = select.epoll()
    for fd in socks:
        waiting.register(fd, select.EPOLLIN)
    ready.send(n)
    end_s = time.monotonic() + seconds
    with machine.risen():
        while (now_s := time.monotonic()) < end_s:
            for fd, _ in waiting.poll(end_s - now_s):
                received[fd] += socks[fd].recv(1 << 16)
                arrivals[fd] += frames(parley.messages(received[fd]), 1000 * time.monotonic())
    result.send(list(arrivals.values()))


def listened(server: int, place: Place, seconds: float) -> tuple[float, list[Arrivals]]:
    """When tick 0 left the server, by one who listens right beside it; and what was heard elsewhere."""
    (here, from_here), (there, from_there) = FORK.Pipe(duplex=False), FORK.Pipe(duplex=False)
    with (
        running(hear, server, 1, None, seconds, from_here),
        running(hear, server, LISTENERS, place, seconds, from_there),
    ):
        (beside,), elsewhere_ = here.recv(), there.recv()
    return min(at_ms - tick * wire.TICK_MS for tick, at_ms in beside), elsewhere_


def play(origin_ms: float, heard: list[Arrivals]) -> Played:
    """What everybody's player made of it."""
    what = {"originMs": origin_ms, "skipMs": 1000 * SKIP_S, "listeners": heard}
    player = ["node", str(native.BENCH / "player.mjs")]
    done = subprocess.run(player, input=json.dumps(what), check=True, stdout=subprocess.PIPE, text=True)
    results = json.loads(done.stdout)
    gaps = sum(each["gaps"] for each in results) / sum(each["minutes"] for each in results)
    return Played(gaps, [(at_ms, ms) for each in results for at_ms, ms in each["behind"]])


def measure(weather: Weather, plan: Plan) -> Played | None:
    core, client_core = machine.cores()
    with elsewhere(weather) as place:
        if not place:
            return None
        with (
            parley.serving(core, host="0.0.0.0") as server,
            parley.talking(server.said, client_core, speech.voice(WORDS)),
        ):
            return play(*listened(server.said, place, plan.seconds + SKIP_S))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    plan = QUICK if parser.parse_args().quick else FULL
    print(f"Bad networks, {LISTENERS} listeners, cubic; {machine.describe()}")
    played = {name: measure(weather, plan) for name, weather in WEATHERS.items()}
    heard = {name: each for name, each in played.items() if each}
    if not heard:
        print("  Skipped: a network namespace and /dev/net/tun take root.")
        return
    report.table(
        ("", "gaps a minute", "ms behind the server"),
        *((name, f"{each.gaps:.1f}", f"{each.median_ms:.0f}") for name, each in heard.items()),
    )
    late_ms = heard[STALLS].recovered_ms - heard[FAIR].median_ms
    report.mark(f"ms further behind {RECOVERED_S} s after a stall", late_ms, 20)


if __name__ == "__main__":
    main()
