"""How many rooms one core mixes, beside the sum of the libopus calls they need.

Two people talk at once in every room, which takes two decodes and three encodes a tick: a mix without each of
them, and the one that everyone else hears. See ``rooms.c``.
"""

import argparse
import json
import struct
import subprocess
from pathlib import Path
from statistics import median
from typing import NamedTuple

from support import machine, native, report, speech

from mediacore import APPLICATIONS

TICK_US = 20_000
COST_MARK = 1.25
ROUNDS, QUICK_ROUNDS = 9, 3
VOICES = ("Front_*.wav", "Rear_*.wav")
MEASURED = {"voip": "VOIP (default)", "low_delay": "low delay"}


class Cost(NamedTuple):
    """CPU time of one room's tick, and of the calls it needs."""

    room_us: float
    codec_us: float
    ratio: float


def packed(words: str) -> bytes:
    """A voice as ``rooms.c`` reads it."""
    packets = speech.voice(words)
    return struct.pack(">H", len(packets)) + b"".join(struct.pack(">H", len(p)) + p for p in packets)


def measure(program: Path, application: str, rounds: int, voices: bytes) -> Cost:
    """Medians over the rounds, on one core."""
    command = machine.pinned(machine.cores()[0], program, APPLICATIONS[application], rounds)
    done = subprocess.run(command, input=voices, stdout=subprocess.PIPE, check=True)
    costs = [json.loads(line) for line in done.stdout.splitlines()]
    room_us, codec_us = (median(cost[name] for cost in costs) for name in ("room_us", "codec_us"))
    return Cost(room_us, codec_us, median(cost["room_us"] / cost["codec_us"] for cost in costs))


def row(name: str, cost: Cost) -> tuple[str, ...]:
    return (
        name,
        f"{cost.room_us:.0f}",
        f"{cost.codec_us:.0f}",
        f"{cost.ratio:.3f}",
        f"{TICK_US / cost.room_us:.0f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    rounds = QUICK_ROUNDS if parser.parse_args().quick else ROUNDS
    print(f"Rooms in which two talk at once; {machine.describe()}")
    program, voices = native.program("rooms", "*.c"), b"".join(map(packed, VOICES))
    costs = {name: measure(program, name, rounds, voices) for name in MEASURED}
    print(f"CPU time of one room's tick and of the libopus calls in it, median of {rounds} rounds")
    report.table(
        ("", "tick µs", "libopus µs", "ratio", "rooms a core"),
        *(row(MEASURED[name], cost) for name, cost in costs.items()),
    )
    for name, cost in costs.items():
        report.mark(f"tick to its libopus calls, {MEASURED[name]}", cost.ratio, COST_MARK)


if __name__ == "__main__":
    main()
