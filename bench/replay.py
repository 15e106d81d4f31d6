"""How soon a space can be heard again once its host has ended it, three hours of it beside a minute.

The real server takes up spaces that were live and recorded when it died, and two people talk on in them. One
after the other is ended by its host. Meanwhile a guest asks for the first 64 KiB of the recording and another
for the page, again and again without a pause, and a third has the page open. One more ends while the server
seals copies of the others for the vault.
"""

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from threading import Thread
from typing import NamedTuple, TypeAlias

from sqlalchemy import select
from support import machine, recordings, report
from support.site import Answer, Site
from support.stage import Recorded, Stage

from webapp.bot.client import Talker, Visitor
from webapp.bot.websocket import Closed, WebSocket
from webapp.db import db
from webapp.vault.models import Copy

MARK_S = 1.0
MINUTE_MS, HOURS_MS = 60_000, 3 * 3_600_000
FIRST_BYTES = 65_536
TALK_S = 0.5
FULL, QUICK = 5, 2  # spaces of each length


class Took(NamedTuple):
    """Seconds from the host's click to each guest's replay."""

    audio: float
    page: float
    told: float

    @property
    def all(self) -> float:
        return max(self)


Tokens: TypeAlias = Sequence[str]


class Clocked(Thread):
    """A guest who waits for something, and when it came."""

    def __init__(self, wait: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._wait = wait
        self.at_s = 0.0
        self.start()

    def run(self) -> None:
        self._wait()
        self.at_s = time.monotonic()

    def since(self, begun_s: float) -> float:
        self.join()
        return self.at_s - begun_s


@contextmanager
def talking(site: Site, path: str, tokens: Tokens) -> Iterator[None]:
    """Has both people talk in a space until it ends."""
    visitors = [Visitor(site.address(path), token) for token in tokens]
    parts = zip(visitors, recordings.talk(), strict=True)
    threads = [Thread(target=_talk, args=part, daemon=True) for part in parts]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


def _talk(visitor: Visitor, track: recordings.Track) -> None:
    packets = [packet for packet in track if packet]
    with suppress(Closed):
        Talker(visitor.enter(), visitor.take_the_mic).talk(itertools.cycle(packets))


def again(ask: Callable[[], Answer], good: Callable[[Answer], bool]) -> Callable[[], None]:
    """Asks without a pause until the answer is good."""

    def wait() -> None:
        while not good(ask()):
            pass

    return wait


def told(page: WebSocket) -> Callable[[], None]:
    """Waits until an open page is sent the replay."""

    def wait() -> None:
        while not (isinstance(message := page.receive(None), str) and is_replay(message)):
            pass

    return wait


def is_replay(html: str) -> bool:
    return 'id="waveform"' in html and 'id="turns"' in html


def end(site: Site, space: Recorded, tokens: Tokens) -> Took:
    """Ends a space in which people talk."""
    listener, reader, host = site.browser(), site.browser(), site.browser(tokens[0])
    with talking(site, space.path, tokens):
        page = Visitor(site.address(space.path)).enter()
        time.sleep(TALK_S)
        waiting = (
            Clocked(
                again(
                    lambda: listener.get(space.audio, Range=f"bytes=0-{FIRST_BYTES - 1}"),
                    lambda answer: answer.status == 206 and len(answer.body) == FIRST_BYTES,
                )
            ),
            Clocked(again(lambda: reader.get(space.path), lambda answer: is_replay(answer.body.decode()))),
            Clocked(told(page)),
        )
        begun_s = time.monotonic()
        host.post(f"{space.path}/end")
        return Took(*(guest.since(begun_s) for guest in waiting))


def is_sealing(site: Site) -> bool:
    """Whether copies are still waiting for the vault."""
    with site.app():
        return db.session.scalar(select(Copy.id).where(Copy.sealed_at.is_(None)).limit(1)) is not None


def row(name: str, space: Recorded, took: Sequence[Took], peer: Sequence[Took]) -> tuple[str, ...]:
    ratio = median(each.all for each in took) / median(each.all for each in peer)
    return (
        name,
        f"{space.mix_bytes / 1e6:.1f}",
        str(len(took)),
        *(f"{1000 * median(column):.0f}" for column in zip(*took, strict=True)),
        f"{1000 * slowest(took):.0f}",
        f"{ratio:.2f}",
    )


def slowest(took: Sequence[Took]) -> float:
    return max(each.all for each in took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    n = QUICK if parser.parse_args().quick else FULL
    print(f"From a space's end to its replay, a guest at each door; {machine.describe()}")
    with tempfile.TemporaryDirectory() as directory:
        site = Site(Path(directory))
        with site.app():
            stage = Stage(Path(directory))
            tokens = stage.tokens()
            pairs = [(stage.broken_off(MINUTE_MS), stage.broken_off(HOURS_MS)) for _ in range(n)]
            last = stage.broken_off(HOURS_MS)
        os.sched_setaffinity(0, {machine.cores()[1]})
        with site.serving():
            ended = [[end(site, space, tokens) for space in pair] for pair in pairs]
        with site.serving():  # the sweeps begin with the server
            beside = [end(site, last, tokens)]
            sealed = not is_sealing(site)
    minutes, hours = zip(*ended, strict=True)
    report.table(
        ("", "mix MB", "spaces", "audio ms", "page ms", "told ms", "slowest ms", "to a minute"),
        row("a minute", pairs[0][0], minutes, minutes),
        row("three hours", pairs[0][1], hours, minutes),
        row("three hours, beside sealing", last, beside, minutes),
    )
    if sealed:
        print("  The last one ended after all was sealed.")
    report.mark("s to the replay of three hours, the slowest", slowest([*hours, *beside]), MARK_S)


if __name__ == "__main__":
    main()
