"""What it costs to carry one talker to many listeners, beside a C loop that does nothing but send.

The same C client hears both. CPU time is compared at a fixed audience, in turns, with messages of 20, 40 and
60 ms; then each side's largest audience is sought. The mixer's own work, timed in the same run without
listeners, is taken off: the loop does not mix.
"""

import argparse
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from operator import truediv
from statistics import median
from typing import NamedTuple, TypeAlias

from support import machine, native, parley, report, speech
from support.child import Child

from webapp.bot.wire import TICK_MS
from webapp.config import Settings

DELAY_MS = 100
COST_MARK = 1.1
SPREAD_MARK_MS = 15
CARRIED_MARK = 1.0
SETTLE_S = 1
PACES = (1, 2, 3)
BARE, COALESCING = "bare loop", "bare loop that coalesces"
PARLEY, PACED = "Parley, 20 ms", "Parley, as installed"


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int
    listeners: int
    seconds: float
    step: int
    most: int
    attempts: int  # at an audience, before it counts as too large: the machine may have been busy


FULL = Plan(rounds=4, listeners=1000, seconds=2.5, step=750, most=12_000, attempts=2)
QUICK = Plan(rounds=3, listeners=500, seconds=1, step=1500, most=7500, attempts=1)


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
    spread_p50_ms: float
    spread_p99_ms: float
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
    """Parley with nobody listening, Parley at each pace, and the bare loop, one after the other."""

    alone: Heard
    parley: tuple[Heard, ...]
    bare: Heard


class Bench:
    """The programs, and the cores they run on."""

    def __init__(self) -> None:
        self.server_core, self.client_core = machine.cores()
        self.hearers = native.program("hearers", "wire.c")
        self.bare_loop = native.program("bare_loop", "w*.c")
        self.packets = speech.voice("Front_*.wav")

    @contextmanager
    def parley(self, large_room: int = 0) -> Iterator[Child]:
        with (
            parley.serving(self.server_core, large_room=large_room) as server,
            parley.talking(server.said, self.client_core, self.packets),
        ):
            yield server

    def paced(self) -> AbstractContextManager[Child]:
        """As Parley is installed: a large room hears 40 or 60 ms at a time."""
        return self.parley(Settings.model_fields["large_room"].default)

    @contextmanager
    def bare(self, *options: str) -> Iterator[Child]:
        command = machine.pinned(self.server_core, self.bare_loop, *options)
        with native.running(command) as process:
            yield process

    def coalescing(self) -> AbstractContextManager[Child]:
        return self.bare("coalesce")

    def hear(self, server: Child, listeners: int, seconds: float, pace: int = 1) -> Heard:
        """Lets so many listen to a server, who ask for so many frames a message."""
        what = (self.hearers, server.said, listeners, SETTLE_S, seconds, server.pid, pace)
        done = subprocess.run(machine.pinned(self.client_core, *what), check=True, stdout=subprocess.PIPE)
        return Heard(**json.loads(done.stdout))


def measure_round(bench: Bench, plan: Plan) -> Round:
    """CPU time at the plan's audience."""
    with bench.parley() as server:
        alone = bench.hear(server, 0, plan.seconds)
        heard = tuple(bench.hear(server, plan.listeners, plan.seconds, pace) for pace in PACES)
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
    """Prints medians, and the marks on what a frame costs and on how long it takes to reach everybody."""
    bare = [each.bare for each in rounds]
    alone = [each.alone for each in rounds]
    by_pace = dict(zip(PACES, zip(*(each.parley for each in rounds), strict=True), strict=True))
    mixing = [run.load for run in alone]
    print(f"CPU s per 1,000 listener-seconds: {plan.listeners:,} listeners, median of {len(rounds)} rounds")
    report.table(
        ("", "CPU s", "to bare loop", "frames a message", "last after first, p50 ms", "p99 ms"),
        ("bare loop", *cost(bare, bare, plan), *messages(bare)),
        ("Parley's mixer, timed alone", *cost(alone, bare, plan), *[""] * 3),
        *(
            (
                f"without it, {pace * TICK_MS} ms",
                *cost(heard, bare, plan, mixing),
                *messages(heard),
            )
            for pace, heard in by_pace.items()
        ),
    )
    report.mark("fan-out to bare loop", ratio(by_pace[1], bare, mixing), COST_MARK)
    spread_ms = median(run.spread_p99_ms for run in by_pace[1])
    report.mark("the last after the first, p99 ms", spread_ms, SPREAD_MARK_MS)


Runs: TypeAlias = Sequence[Heard]


def cost(runs: Runs, bare: Runs, plan: Plan, less: Sequence[float] = ()) -> tuple[str, str]:
    """The median, less what was spent besides, and to what it compares."""
    load = median(without(runs, less))
    return f"{1000 / plan.listeners * load:.3f}", f"{ratio(runs, bare, less):.2f}"


def ratio(runs: Runs, bare: Runs, less: Sequence[float] = ()) -> float:
    """Median of the rounds' own ratios: the machine's pace changes from one to the next."""
    return float(median(map(truediv, without(runs, less), (run.load for run in bare))))


def without(runs: Runs, less: Sequence[float]) -> list[float]:
    return [run.load - more for run, more in zip(runs, less or [0.0] * len(runs), strict=True)]


def messages(runs: Runs) -> tuple[str, str, str]:
    """Frames that came together take fewer sends; and from a tick's first listener to its last."""
    return (
        f"{median(run.frames / run.messages for run in runs):.2f}",
        f"{median(run.spread_p50_ms for run in runs):.1f}",
        f"{median(run.spread_p99_ms for run in runs):.1f}",
    )


def show_audiences(found: dict[str, tuple[int, Heard | None]], plan: Plan) -> None:
    """Prints the largest audiences and what they heard."""
    bare, _ = found[BARE]
    print(f"Listeners carried, p99 under {DELAY_MS} ms and no loss: by {plan.step:,} up to {plan.most:,}")
    report.table(
        ("", "listeners", "p50 ms", "p99 ms", "max ms", "CPU s", "to bare loop"),
        *(audience(name, n, heard, bare) for name, (n, heard) in found.items()),
    )
    coalescing, _ = found[COALESCING]
    for name in (PARLEY, PACED):
        report.least(f"{name} to {COALESCING}", found[name][0] / max(1, coalescing), CARRIED_MARK)


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
    sides: dict[str, Side] = {
        BARE: bench.bare,
        COALESCING: bench.coalescing,
        PARLEY: bench.parley,
        PACED: bench.paced,
    }
    show_audiences({name: search(bench, side, plan) for name, side in sides.items()}, plan)


if __name__ == "__main__":
    main()
