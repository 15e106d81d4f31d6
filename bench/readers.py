"""Whether people who listen to recordings disturb those who talk live.

The real server carries live rooms, in each of which someone says a tenth of a second and is quiet for three,
again and again, without a pause in their packets. A delay is from a voice's first packet sent to the first
packet at a listener that is as large as a voice's. In turns nobody else is there, 200 players fetch mebibytes
of a recording of three hours, many times faster than anybody listens, and 200 players fetch them as fast as
they can. Everybody comes to the rooms anew each time: jitter buffers remember.
"""

import argparse
import os
import random
import socket
import tempfile
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeAlias

from latency import BURST_PACKETS, TICK_S, Delays, Pair, Talk, measure, percentiles
from support import machine, parley, recordings, report
from support.child import FORK, running
from support.site import Browser, Site
from support.stage import Recorded, Stage

from webapp.bot import audio, wire

MARK_MS = 5
READERS = 200
ROOMS = 12
QUIET_PACKETS = 15  # a voice counts as active meanwhile
QUIET_BYTES = 60
HOURS_MS = 3 * 3_600_000
RANGE_BYTES = 1 << 20
LISTENED_BYTES_S = 4_000  # 32 kbit/s
HASTE = 64
SETTLE_S = 1.5
STRIDE = 7919  # spreads the readers over the recording

PAUSES_S: dict[str, float | None] = {
    "no readers": None,
    f"{READERS} readers, {HASTE} times real time": RANGE_BYTES / LISTENED_BYTES_S / HASTE,
    f"{READERS} readers, as fast as they can": 0,
}
ALONE, HASTY, FLAT_OUT = PAUSES_S


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int
    seconds: float


FULL = Plan(rounds=5, seconds=4.5)
QUICK = Plan(rounds=2, seconds=3)


class Scene(NamedTuple):
    """What is there: rooms and their host's token, and what was recorded."""

    rooms: list[str]
    token: str
    recorded: Recorded


class Turn(NamedTuple):
    """What was heard, and how much was read beside it."""

    delays: Delays
    read_bytes_s: float

    @property
    def p99_ms(self) -> float:
        return percentiles(self.delays)[1]


Turns: TypeAlias = dict[str, list[Turn]]


def connect(site: Site, path: str, token: str | None = None) -> socket.socket:
    """A space's socket behind its handshake (RFC 6455 section 4), a guest's without a token."""
    sock = socket.create_connection(("localhost", site.settings.port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines = [
        f"GET {path}/socket HTTP/1.1",
        f"Host: {site.settings.address.removeprefix('http://')}",
        f"Origin: {site.settings.address}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Sec-WebSocket-Protocol: {wire.SUBPROTOCOL}",
        *([f"Authorization: Bearer {token}"] if token else []),
    ]
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(1)
    if b" 101 " not in answer:
        raise SystemExit(f"No socket: {answer.decode()}")
    return sock


def voice() -> list[bytes]:
    return [packet for packet in recordings.talk()[0] if packet][:BURST_PACKETS]


def silence() -> list[bytes]:
    """What an encoder sends that has been in silence for a while."""
    *_, packet = audio.encode(array("h", bytes(2 * audio.RATE_HZ)))
    return [packet] * QUIET_PACKETS


def read_on(browser: Browser, number: int, recorded: Recorded, pause_s: float, read: "array[int]") -> None:
    """Fetches a range each ``pause_s``, or one after the other, and counts its bytes."""
    at = number * STRIDE * 4096
    due_s = time.monotonic() + pause_s * number / READERS
    while True:
        time.sleep(max(0, due_s - time.monotonic()))
        at %= recorded.mix_bytes - RANGE_BYTES
        answer = browser.get(recorded.audio, Range=f"bytes={at}-{at + RANGE_BYTES - 1}")
        if answer.status != 206:
            raise SystemExit(f"A reader got {answer.status}.")
        read[number] += len(answer.body)
        at += RANGE_BYTES
        due_s += pause_s


def read_all(ready: Connection, site: Site, recorded: Recorded, pause_s: float, read: "array[int]") -> None:
    """All the readers, a thread each."""
    for number in range(READERS):
        threading.Thread(target=read_on, args=(site.browser(), number, recorded, pause_s, read)).start()
    ready.send(READERS)
    threading.Event().wait()


@contextmanager
def reading(site: Site, recorded: Recorded, pause_s: float | None) -> Iterator["array[int]"]:
    """Has a recording read until the block ends; yields how many bytes each reader has."""
    read = FORK.Array("Q", READERS, lock=False)
    if pause_s is None:
        yield read
        return
    with running(read_all, site, recorded, pause_s, read):
        yield read


@contextmanager
def present(site: Site, scene: Scene) -> Iterator[list[Pair]]:
    """Has the host and a guest in each of the rooms until the block ends."""
    pairs = [
        Pair(
            talker=connect(site, room, scene.token),
            listener=connect(site, room),
            phase_s=n * TICK_S / len(scene.rooms),
            sequence=random.getrandbits(16),
            quiet_bytes=QUIET_BYTES,
        )
        for n, room in enumerate(scene.rooms)
    ]
    for pair in pairs:
        pair.listener.sendall(parley.masked(wire.listen()))
    yield pairs
    for pair in pairs:
        pair.talker.close()
        pair.listener.close()


def turn(site: Site, scene: Scene, pause_s: float | None, seconds: float) -> Turn:
    """Listens for so long beside readers who have begun."""
    with present(site, scene) as pairs, reading(site, scene.recorded, pause_s) as read, machine.risen():
        talk = Talk(pairs, [*voice(), *silence()], pauses=(1, 1))
        measure(talk, SETTLE_S)
        before, begun_s = sum(read), time.monotonic()
        delays = measure(talk, seconds)
        return Turn(delays, (sum(read) - before) / (time.monotonic() - begun_s))


def row(name: str, turns: Sequence[Turn], alone: Sequence[Turn]) -> tuple[str, ...]:
    delays = [delay for turn in turns for delay in turn.delays]
    p50, p99 = percentiles(delays)
    megabytes_s = median(turn.read_bytes_s for turn in turns) / 1e6
    return (
        name,
        f"{megabytes_s:.0f}",
        f"{len(delays):,}",
        f"{p50:.1f}",
        f"{p99:.1f}",
        f"{max(delays):.1f}",
        f"{rise_ms(turns, alone):+.1f}",
    )


def rise_ms(turns: Sequence[Turn], alone: Sequence[Turn]) -> float:
    """Median of what the rounds' own p99 rose by."""
    return median(turn.p99_ms - peer.p99_ms for turn, peer in zip(turns, alone, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    plan = QUICK if parser.parse_args().quick else FULL
    print(f"Readers of recordings beside {ROOMS} live rooms; {machine.describe()}")
    with tempfile.TemporaryDirectory() as directory:
        site = Site(Path(directory))
        with site.app():
            stage = Stage(Path(directory))
            rooms = [stage.live() for _ in range(ROOMS)]
            scene = Scene(rooms, stage.tokens()[0], stage.ended(HOURS_MS))
        os.sched_setaffinity(0, {machine.cores()[1]})
        turns: Turns = {name: [] for name in PAUSES_S}
        with site.serving():
            for _ in range(plan.rounds):
                for name, pause_s in PAUSES_S.items():
                    turns[name].append(turn(site, scene, pause_s, plan.seconds))
    report.table(
        ("", "MB/s", "onsets", "p50 ms", "p99 ms", "max ms", "p99 rises"),
        *(row(name, each, turns[ALONE]) for name, each in turns.items()),
    )
    for name in (HASTY, FLAT_OUT):
        report.mark(f"ms that p99 rises with {name}", rise_ms(turns[name], turns[ALONE]), MARK_MS)


if __name__ == "__main__":
    main()
