"""How many rooms one core mixes, beside the sum of the libopus calls they need.

Nobody talks, one does, or two at once, on a stage of two whose microphones are both on. Two talkers take two
decodes and three encodes a tick: a mix without each of them, and the one that everyone else hears. One takes
one of each; silence takes none. See ``rooms.c``.
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
SILENT_MARK_US = 20
ROUNDS, QUICK_ROUNDS = 9, 3
VOICES = ("Front_*.wav", "Rear_*.wav")


class Setting(NamedTuple):
    """An encoder's mode, and how many talk."""

    name: str
    application: str
    bitrate: int
    complexity: int
    talkers: int


class Cost(NamedTuple):
    """CPU time of one room's tick, and of the calls it needs."""

    room_us: float
    codec_us: float
    ratio: float


MEASURED = [
    Setting("nobody talks", "audio", 48_000, 0, talkers=0),
    Setting("one talks", "audio", 48_000, 0, talkers=1),
    Setting("two talk", "audio", 48_000, 0, talkers=2),
    Setting("two talk, overload", "low_delay", 48_000, 0, talkers=2),
    Setting("two talk, VOIP 32 kbit/s, complexity 5", "voip", 32_000, 5, talkers=2),
    Setting("two talk, low delay 64 kbit/s, complexity 5", "low_delay", 64_000, 5, talkers=2),
]


def packed(packets: list[bytes]) -> bytes:
    """A voice as ``rooms.c`` reads it."""
    return struct.pack(">H", len(packets)) + b"".join(struct.pack(">H", len(p)) + p for p in packets)


def measure(program: Path, setting: Setting, rounds: int, voices: bytes) -> Cost:
    """Medians over the rounds, on one core."""
    mode = (APPLICATIONS[setting.application], setting.bitrate, setting.complexity)
    command = machine.pinned(machine.cores()[0], program, *mode, setting.talkers, rounds)
    done = subprocess.run(command, input=voices, stdout=subprocess.PIPE, check=True)
    costs = [json.loads(line) for line in done.stdout.splitlines()]
    room_us, codec_us = (median(cost[name] for cost in costs) for name in ("room_us", "codec_us"))
    ratios = (cost["room_us"] / cost["codec_us"] for cost in costs)
    return Cost(room_us, codec_us, median(ratios))


def row(name: str, cost: Cost, is_silent: bool) -> tuple[str, ...]:
    return (
        name,
        f"{cost.room_us:.1f}",
        "-" if is_silent else f"{cost.codec_us:.1f}",
        "-" if is_silent else f"{cost.ratio:.3f}",
        f"{TICK_US / cost.room_us:.0f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    rounds = QUICK_ROUNDS if parser.parse_args().quick else ROUNDS
    print(f"Rooms on one core; {machine.describe()}")
    program = native.program("rooms", "*.c")
    voices = b"".join(map(packed, [*map(speech.voice, VOICES), speech.hush()]))
    costs = {setting: measure(program, setting, rounds, voices) for setting in MEASURED}
    print(f"CPU time of one room's tick and of the libopus calls in it, median of {rounds} rounds")
    report.table(
        ("", "tick µs", "libopus µs", "ratio", "rooms a core"),
        *(row(setting.name, cost, not setting.talkers) for setting, cost in costs.items()),
    )
    for setting, cost in costs.items():
        if setting.talkers == 2:
            report.mark(f"tick to its libopus calls, {setting.name}", cost.ratio, COST_MARK)
    report.mark("µs of a silent room's tick", costs[MEASURED[0]].room_us, SILENT_MARK_US)


if __name__ == "__main__":
    main()
