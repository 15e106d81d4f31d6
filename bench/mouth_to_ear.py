"""How long a voice is on its way from one person's browser to another's.

Two real Chromium pages on a real server, both on the stage. One's microphone plays a chirp each second, the
other keeps what it plays. Counted from the sample that enters the talker's audio worklet to the sample that
leaves the listener's; what their devices add stands beside it. What cannot be avoided: 20 ms for a frame,
half a tick on average until the next, 6.5 ms of look-ahead each time it is encoded, and what the player keeps
against stalls, 10 ms beyond what the browser takes at once.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import numpy as np
from playwright.sync_api import sync_playwright
from support import machine, report

sys.path.append(str(Path(__file__).parents[1]))

from e2e.hearing import Voice, find
from e2e.people import CHROMIUM, Person, delays_ms
from e2e.server import Server
from e2e.waiting import until

MARK_MS = 90
SETTLE_S = 8
"""Until a wait has been given back that a stream began with."""


class Ways(NamedTuple):
    """Each chirp's delay in ms from device to device, and what of it the devices take."""

    delays_ms: list[float]
    microphone_ms: float
    loudspeaker_ms: float
    n_underruns: int
    """How often the listener had nothing left to play, settling in and all."""


@contextmanager
def served() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as directory:
        server = Server(Path(directory))
        server.start()
        yield server
        server.stop()


def microphone_ms(speaker: Person) -> list[float]:
    """From the microphone to the page's own worklet, for each chirp of the last seconds."""
    told = speaker.page.evaluate("window.mouth.told()")
    chirps = find(np.array(told["pcm"], dtype=np.float32), Voice.A)
    left = speaker.first_chirp_left_at_ms()
    return [(told["at"] + 1000 * chirp.second - left) % 1000 for chirp in chirps]


def measure(server: Server, seconds: float) -> Ways:
    """Lets one talk and another listen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)
        speaker = Person(browser.new_context(reduced_motion="reduce"), server.address, "Ada", Voice.A)
        speaker.page.add_init_script(f"({Path(__file__).with_name('mouth.js').read_text()})()")
        listener = Person(browser.new_context(reduced_motion="reduce"), server.address, "Ben", Voice.B)
        address = speaker.signs_up().opens_space("From mouth to ear", record=False)
        speaker.listens().unmutes()
        listener.signs_up().goes_to(address).listens()
        speaker.brings(listener)
        listener.hears(SETTLE_S)
        entered = until(lambda: microphone_ms(speaker), what="a chirp at the microphone")
        heard = listener.hears(seconds)  # in one piece: to hand it over holds everything up
        delays = delays_ms(speaker, heard)
        stats = listener.page.evaluate("window.parley.room.stats()")
        browser.close()
    return Ways(delays, median(entered), stats["outputLatencyMs"], stats["underruns"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    seconds = 15 if parser.parse_args().quick else 60
    print(f"From one Chromium to another for {seconds} s; {machine.describe()}")
    with served() as server:
        ways = measure(server, seconds)
    p50, p95 = (quantiles(ways.delays_ms, n=20)[at] for at in (9, 18))
    devices = ways.microphone_ms + ways.loudspeaker_ms
    report.table(
        ("", "chirps", "p50 ms", "p95 ms"),
        ("from device to device", str(len(ways.delays_ms)), f"{p50:.0f}", f"{p95:.0f}"),
        ("  microphone", "", f"{ways.microphone_ms:.0f}", ""),
        ("  loudspeaker", "", f"{ways.loudspeaker_ms:.0f}", ""),
        ("from worklet to worklet", "", f"{p50 - devices:.0f}", f"{p95 - devices:.0f}"),
    )
    print(f"  times the player ran dry, settling in and all: {ways.n_underruns}")
    report.mark("ms from worklet to worklet, p50", p50 - devices, MARK_MS)


if __name__ == "__main__":
    main()
