"""What it costs to carry one talker to many listeners, beside a C loop that does nothing but send.

The same C client hears both. CPU time is compared at a fixed audience, in turns; then each side's largest
audience is sought. The mixer's own work, timed in the same run without listeners, is taken off: the loop does
not mix.
"""

import argparse
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from operator import truediv
from statistics import median
from typing import NamedTuple, TypeAlias

from support import machine, native, parley, report, speech
from support.child import Child

DELAY_MS = 100
COST_MARK = 1.3
SETTLE_S = 1


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int
    listeners: int
    seconds: float
    step: int
    most: int
    attempts: int  # at an audience, before it counts as too large: the machine may have been busy


FULL = Plan(rounds=7, listeners=1000, seconds=3, step=500, most=8000, attempts=2)
QUICK = Plan(rounds=3, listeners=500, seconds=1, step=1500, most=6000, attempts=1)


@dataclass(frozen=True)
class Heard:
    """What a number of listeners heard in a while (``hearers.c``)."""

    seconds: float
    frames: int
    messages: int
    lost: int
    cut_off: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    server_cpu_s: float

    @property
    def load(self) -> float:
        """CPU seconds a second."""
        return self.server_cpu_s / self.seconds

    @property
    def well(self) -> bool:
        return self.frames > 0 and self.lost == 0 and self.cut_off == 0 and self.p99_ms < DELAY_MS


Side: TypeAlias = Callable[[], AbstractContextManager[Child]]


class Round(NamedTuple):
    """Parley with nobody listening, Parley, and the bare loop, one after the other."""

    alone: Heard
    parley: Heard
    bare: Heard

    @property
    def fan_out_load(self) -> float:
        return self.parley.load - self.alone.load


class Bench:
    """The programs, and the cores they run on."""

    def __init__(self) -> None:
        self.server_core, self.client_core = machine.cores()
        self.hearers = native.program("hearers", "wire.c")
        self.bare_loop = native.program("bare_loop", "w*.c")
        self.packets = speech.voice("Front_*.wav")

    @contextmanager
    def parley(self) -> Iterator[Child]:
        with (
            parley.serving(self.server_core) as server,
            parley.talking(server.said, self.client_core, self.packets),
        ):
            yield server

    @contextmanager
    def bare(self) -> Iterator[Child]:
        command = machine.pinned(self.server_core, self.bare_loop)
        with native.running(command) as process:
            yield process

    def hear(self, server: Child, listeners: int, seconds: float) -> Heard:
        """Lets so many listen to a server."""
        what = (self.hearers, server.said, listeners, SETTLE_S, seconds, server.pid)
        done = subprocess.run(machine.pinned(self.client_core, *what), check=True, stdout=subprocess.PIPE)
        return Heard(**json.loads(done.stdout))


def measure_round(bench: Bench, plan: Plan) -> Round:
    """CPU time at the plan's audience."""
    with bench.parley() as server:
        alone, heard = (bench.hear(server, n, plan.seconds) for n in (0, plan.listeners))
    with bench.bare() as server:
        return Round(alone, heard, bench.hear(server, plan.listeners, plan.seconds))


def carried(bench: Bench, side: Side, listeners: int, plan: Plan) -> Heard | None:
    """What so many heard, if one of a few attempts went well."""
    for _ in range(plan.attempts):
        with side() as server:
            heard = bench.hear(server, listeners, plan.seconds)
        if heard.well:
            return heard
    return None


def search(bench: Bench, side: Side, plan: Plan) -> tuple[int, Heard | None]:
    """The largest audience that is carried, by bisection over the steps; 0 if not even one step is."""
    best, low, high = None, 0, plan.most // plan.step + 1
    while high - low > 1:
        middle = (low + high) // 2
        heard = carried(bench, side, middle * plan.step, plan)
        low, high, best = (middle, high, heard) if heard else (low, middle, best)
    return low * plan.step, best


def show_costs(rounds: list[Round], plan: Plan) -> None:
    """Prints medians, and the mark on the ratio."""
    alone, own, bare = ([run.load for run in runs] for runs in zip(*rounds, strict=True))
    fan_out = [each.fan_out_load for each in rounds]
    print(f"CPU s per 1,000 listener-seconds: {plan.listeners:,} listeners, median of {len(rounds)} rounds")
    report.table(
        ("", "CPU s", "to bare loop", "frames a message"),
        ("bare loop", *cost(bare, bare, plan), bunching(each.bare for each in rounds)),
        ("Parley", *cost(own, bare, plan), bunching(each.parley for each in rounds)),
        ("  its mixer, timed alone", *cost(alone, bare, plan), ""),
        ("  without its mixer", *cost(fan_out, bare, plan), ""),
    )
    report.mark("fan-out to bare loop", ratio(fan_out, bare), COST_MARK)


def cost(loads: list[float], bare: list[float], plan: Plan) -> tuple[str, str]:
    """The median, and to what it compares."""
    return f"{1000 / plan.listeners * median(loads):.3f}", f"{ratio(loads, bare):.2f}"


def ratio(loads: list[float], bare: list[float]) -> float:
    """Median of the rounds' own ratios: the machine's pace changes from one to the next."""
    return float(median(map(truediv, loads, bare)))


def bunching(runs: Iterable[Heard]) -> str:
    """Frames that came together, since their sender was late: that takes fewer sends."""
    return f"{median(run.frames / run.messages for run in runs):.2f}"


def show_audiences(found: dict[str, tuple[int, Heard | None]], plan: Plan) -> None:
    """Prints the largest audiences and what they heard."""
    bare, _ = found["bare loop"]
    print(f"Listeners carried, p99 under {DELAY_MS} ms and no loss: by {plan.step:,} up to {plan.most:,}")
    report.table(
        ("", "listeners", "p50 ms", "p99 ms", "max ms", "CPU s", "to bare loop"),
        *(audience(name, n, heard, bare) for name, (n, heard) in found.items()),
    )


def audience(name: str, n: int, heard: Heard | None, bare: int) -> tuple[str, ...]:
    if heard is None:
        return (name, "none", *[""] * 5)
    delays = (f"{value:.0f}" for value in (heard.p50_ms, heard.p99_ms, heard.max_ms))
    return (name, f"{n:,}", *delays, f"{1000 * heard.load / n:.3f}", f"{n / bare:.2f}" if bare else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer, within 40 s")
    plan = QUICK if parser.parse_args().quick else FULL
    machine.open_many_files()
    print(f"Fan-out: one talker, 20 ms frames, TCP over loopback; {machine.describe()}")
    bench = Bench()
    show_costs([measure_round(bench, plan) for _ in range(plan.rounds)], plan)
    sides: dict[str, Side] = {"bare loop": bench.bare, "Parley": bench.parley}
    show_audiences({name: search(bench, side, plan) for name, side in sides.items()}, plan)


if __name__ == "__main__":
    main()
