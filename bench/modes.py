"""What each way to encode a mix costs, and what is heard of it: the table of docs/media.md.

What a room encodes was encoded before, by the speaker's browser. So everything here goes through that first,
at the browser's settings, and then through each of the room's modes; the last row is what came from the
browser, encoded no further. Two measures say how much of a voice is left, because each has its blind side:
PESQ (ITU-T P.862.2, up to 7 kHz, 4.64 at best) and ViSQOL (fullband, 4.73 at best). Differences below 0.05
are nothing that people hear. Two who talk at once are judged by ViSQOL alone: PESQ was made for one voice.

Any speech that ffmpeg reads can be measured instead of the words that alsa-utils brings. See ``modes.c``.
"""

import argparse
import json
import logging
import subprocess
from array import array
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

from support import machine, native, report, speech

from mediacore import APPLICATIONS
from webapp.bot import audio
from webapp.bot.audio import Pcm

try:
    import numpy as np
    from pesq import pesq
    from visqol import VisqolApi
except ImportError:
    print("modes.py is skipped: it needs the packages of the extra, pip install -e .[bench]")
    raise SystemExit(0) from None


class Mode(NamedTuple):
    """A mode of the room's encoder."""

    application: str
    bitrate: int
    complexity: int


class Sound(NamedTuple):
    """What is said, and what came of it in a browser."""

    spoken: Pcm
    talked: Pcm
    voices: int


class Cost(NamedTuple):
    """Processor time of a frame, and what is sent."""

    encode_us: float
    decode_us: float
    bitrate: float


class Quality(NamedTuple):
    """Means over the sounds."""

    pesq: float
    visqol: float


BROWSER = Mode("voip", 32_000, 9)
MODES = [
    *(Mode("voip", 32_000, complexity) for complexity in (0, 5, 10)),
    *(Mode("audio", 32_000, complexity) for complexity in (0, 5)),
    Mode("audio", 40_000, 0),
    *(Mode("audio", 48_000, complexity) for complexity in (0, 2, 5)),
    *(Mode("low_delay", 48_000, complexity) for complexity in (0, 5)),
    Mode("low_delay", 64_000, 5),
]
WORDS = ("Front_*.wav", "Rear_*.wav", "Side_*.wav")
ROUNDS, QUICK_ROUNDS = 9, 1


class Ear:
    """Judges what is heard against what was said."""

    def __init__(self) -> None:
        logging.getLogger("visqol").setLevel(logging.ERROR)
        self._visqol = VisqolApi()
        self._visqol.create(mode="audio")

    def quality(self, pairs: list[tuple[Sound, Pcm]]) -> Quality:
        return Quality(
            pesq=mean(self.pesq(sound.spoken, pcm) for sound, pcm in pairs if sound.voices == 1),
            visqol=mean(self.visqol(sound.spoken, pcm) for sound, pcm in pairs),
        )

    def pesq(self, spoken: Pcm, heard: Pcm) -> float:
        return float(pesq(16_000, _third(spoken), _third(heard), "wb"))

    def visqol(self, spoken: Pcm, heard: Pcm) -> float:
        as_float = (np.asarray(pcm, dtype=np.float64) / 32768 for pcm in (spoken, heard))
        return float(self._visqol.measure_from_arrays(*as_float, sample_rate=audio.RATE_HZ).moslqo)


def _third(pcm: Pcm) -> Any:
    """The samples at 16 kHz."""
    n = np.arange(-96, 97)
    taps = np.sinc(n / 3 * 0.95) * np.hanning(len(n))
    return np.convolve(np.asarray(pcm, dtype=np.float64), taps / taps.sum(), mode="same")[::3].astype(
        np.int16
    )


def encoded(program: Path, mode: Mode, pcm: Pcm) -> tuple[dict[str, float], Pcm]:
    """What a mode costs, and its sound."""
    options = (APPLICATIONS[mode.application], mode.bitrate, mode.complexity)
    command = machine.pinned(machine.cores()[0], program, *options)
    done = subprocess.run(command, input=pcm.tobytes(), capture_output=True, check=True)
    return json.loads(done.stderr), array("h", done.stdout)


def at_once(one: Pcm, other: Pcm) -> Pcm:
    return array("h", ((a + b) // 2 for a, b in zip(one, other, strict=False)))


def sounds(program: Path, files: Iterable[Path]) -> list[Sound]:
    """Every voice alone, and the first two at once."""
    voices = [audio.read(file) for file in files] or [speech.words_of(words) for words in WORDS]
    talked = [encoded(program, BROWSER, voice)[1] for voice in voices]
    alone = [Sound(*pair, voices=1) for pair in zip(voices, talked, strict=True)]
    return alone + [Sound(at_once(*voices[:2]), at_once(*talked[:2]), voices=2)] * (len(voices) > 1)


def costs(program: Path, all_sounds: list[Sound], rounds: int) -> dict[Mode, Cost]:
    """Each mode's in turn, and all again; medians over the rounds, of means over the sounds."""
    seen: dict[Mode, list[Cost]] = {mode: [] for mode in MODES}
    for _ in range(rounds):
        for mode in MODES:
            of_sounds = [encoded(program, mode, sound.talked)[0] for sound in all_sounds]
            seen[mode].append(Cost(*(mean(cost[name] for cost in of_sounds) for name in Cost._fields)))
    return {mode: Cost(*map(median, zip(*of_rounds, strict=True))) for mode, of_rounds in seen.items()}


def heard_in(program: Path, mode: Mode, all_sounds: list[Sound], ear: Ear) -> Quality:
    """How a mode's sounds are judged."""
    return ear.quality([(sound, encoded(program, mode, sound.talked)[1]) for sound in all_sounds])


def row(mode: Mode, cost: Cost, quality: Quality) -> tuple[str, ...]:
    return (
        f"{mode.application} {mode.bitrate // 1000} kbit/s, complexity {mode.complexity}",
        f"{cost.encode_us:.0f}",
        f"{cost.decode_us:.0f}",
        f"{cost.bitrate / 1000:.1f}",
        *(f"{score:.2f}" for score in quality),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="speech; else the words of alsa-utils")
    parser.add_argument("--quick", action="store_true", help="a rough answer about the time")
    options = parser.parse_args()
    print(f"Ways to encode a mix; {machine.describe()}")
    program, ear = native.program("modes", "*.c"), Ear()
    all_sounds = sounds(program, options.files)
    cost = costs(program, all_sounds, QUICK_ROUNDS if options.quick else ROUNDS)
    untouched = ear.quality([(sound, sound.talked) for sound in all_sounds])
    report.table(
        ("", "encode µs", "decode µs", "kbit/s", "PESQ", "ViSQOL"),
        *(row(mode, cost[mode], heard_in(program, mode, all_sounds, ear)) for mode in MODES),
        ("as it came from the browser", "", "", "", *(f"{score:.2f}" for score in untouched)),
    )


if __name__ == "__main__":
    main()
