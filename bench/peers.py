"""What it costs to carry one talker to many listeners: Parley and its peers, in the same run.

One talks, 50 frames of 85 bytes a second, and so many listen over loopback, each by the protocol of its
server. The servers have one core and everybody else the other. Parley's time has its mixer in it: the others
(but Janus) do not mix, they pass on what they are given.
"""

import argparse
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import truediv
from pathlib import Path
from statistics import median
from typing import NamedTuple

from support import machine, report
from support.icecast import Icecast
from support.janus import Janus
from support.mumble import Mumble
from support.peers import BareLoop, Heard, Missing, Parley, Peer
from support.websocket_peers import FlaskSock, NodeWs, Websockets

PEERS: tuple[Peer, ...] = (BareLoop(), Icecast(), NodeWs(), Websockets(), Mumble(), FlaskSock(), Janus())

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- written by peers.py -->\n", "<!-- to here -->\n"
COLUMNS = ("", "listeners", "CPU s per 1,000 listener-seconds", "to Parley", "p50 ms", "p99 ms", "lost")
MOST, ATTEMPTS = 8000, 2


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int
    listeners: int
    seconds: float


class Measured(NamedTuple):
    """What was heard of a server in each round and, right before, of Parley with as many listeners."""

    name: str
    listeners: int
    runs: Sequence[Heard]
    beside: Sequence[Heard]

    @property
    def cost(self) -> float:
        """CPU seconds for each 1,000 seconds that somebody listens."""
        return 1000 / self.listeners * median(run.load for run in self.runs)

    @property
    def ratio(self) -> float:
        """Median of the rounds' own ratios: the machine's pace changes from one to the next."""
        loads = ([run.load for run in side] for side in (self.runs, self.beside))
        return float(median(map(truediv, *loads)))


FULL = Plan(rounds=3, listeners=200, seconds=3)
QUICK = Plan(rounds=1, listeners=100, seconds=1)


class Bench:
    """The servers that can be had, with their versions, and the cores they run on."""

    def __init__(self, names: Sequence[str]) -> None:
        self.server_core, self.client_core = machine.cores()
        self.parley = Parley()
        self.peers: dict[Peer, str] = {}
        for peer in PEERS:
            if is_meant(peer, names):
                self._install(peer)

    def _install(self, peer: Peer) -> None:
        try:
            self.peers[peer] = peer.install()
        except Missing as missing:
            print(f"{peer.name} is left out. {missing}")

    def hear(self, peer: Peer, listeners: int, seconds: float) -> Heard:
        with peer.serving(self.server_core) as server:
            return peer.hear(server, self.client_core, listeners, seconds)

    def measure(self, plan: Plan) -> list[Measured]:
        """All of them in turns, round after round."""
        sizes = {peer: min(plan.listeners, peer.most) for peer in self.peers}
        runs: dict[Peer, list[Heard]] = {peer: [] for peer in sizes}
        alone: list[Heard] = []
        ours: dict[int, list[Heard]] = {n: [] for n in sorted({plan.listeners, *sizes.values()})}
        for _ in range(plan.rounds):
            alone.append(self.hear(self.parley, 0, plan.seconds))
            for n, beside in ours.items():
                beside.append(self.hear(self.parley, n, plan.seconds))
            for peer, n in sizes.items():
                runs[peer].append(self.hear(peer, n, plan.seconds))
        most = ours[plan.listeners]
        fan_out = [beside.without(mixing) for beside, mixing in zip(most, alone, strict=True)]
        return [
            Measured(f"{self.parley.name} but for its mixer", plan.listeners, fan_out, most),
            *(Measured(self.parley.name, n, beside, beside) for n, beside in ours.items()),
            *(Measured(self._name(peer), n, runs[peer], ours[n]) for peer, n in sizes.items()),
        ]

    def carried(self, peer: Peer, seconds: float) -> int:
        """The largest audience that hears everything within 100 ms: doubled, then bisected."""
        low, high = 0, peer.step
        while high < MOST and self._carries(peer, high, seconds):
            low, high = high, 2 * high
        while high - low > peer.step:
            middle = (low + high) // 2
            low, high = (middle, high) if self._carries(peer, middle, seconds) else (low, middle)
        return low

    def _carries(self, peer: Peer, listeners: int, seconds: float) -> bool:
        """In one of a few attempts: the machine may have been busy."""
        return any(self.hear(peer, listeners, seconds).well(listeners) for _ in range(ATTEMPTS))

    def show_carried(self, names: Sequence[str], seconds: float) -> None:
        for peer in [self.parley] * is_meant(self.parley, names) + list(self.peers):
            print(f"  {peer.name}: {self.carried(peer, seconds):,} listeners carried", flush=True)

    def _name(self, peer: Peer) -> str:
        return f"{peer.name} {self.peers[peer]}".strip()


def is_meant(peer: Peer, names: Sequence[str]) -> bool:
    return not names or any(name.lower() in peer.name.lower() for name in names)


def rows(measured: Sequence[Measured]) -> list[tuple[str, ...]]:
    """The cheapest first."""
    return [COLUMNS, *map(row, sorted(measured, key=lambda each: each.ratio))]


def row(each: Measured) -> tuple[str, ...]:
    return (
        each.name,
        f"{each.listeners:,}",
        f"{each.cost:.2f}",
        f"{each.ratio:.2f}",
        f"{median(run['p50_ms'] for run in each.runs):.1f}",
        f"{median(run['p99_ms'] for run in each.runs):.1f}",
        f"{sum(run['lost'] + run['cut_off'] for run in each.runs):,.0f}",
    )


def write(table: Sequence[Sequence[str]], plan: Plan) -> None:
    """Puts the table, and where it is from, in its place in the readme."""
    before, _, rest = README.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = ["| " + " | ".join(cells) + " |" for cells in table]
    lines.insert(1, "| --- |" + " ---: |" * (len(COLUMNS) - 1))
    text = "\n".join(lines)
    README.write_text(f"{before}{BEGIN}{text}\n\n{origin(plan)}\n{END}{after}")


def origin(plan: Plan) -> str:
    return (
        f"{datetime.now(UTC):%B %Y}, {platform.machine()}, {machine.describe()}; "
        f"median of {plan.rounds} rounds of {plan.seconds:g} s."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", help="a part of the names of those to measure; all, unless it is given"
    )
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    parser.add_argument(
        "--carry", action="store_true", help="seek the largest audience of each instead: minutes"
    )
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    plan = QUICK if options.quick else FULL
    machine.open_many_files()
    print(f"Peers: one talker, TCP over loopback (Janus: UDP); {machine.describe()}")
    bench = Bench(options.names)
    if options.carry:
        bench.show_carried(options.names, plan.seconds)
        return
    table = rows(bench.measure(plan))
    report.table(*table)
    if options.write:
        write(table, plan)


if __name__ == "__main__":
    main()
