"""A place behind a bad network, on the same machine: packets are held up or lost on their way there and back.

The place is a network namespace. Between it and the rest stands a process that passes packets from one tunnel
device to another, in order; so the kernel needs no netem. It takes root.
"""

import ctypes
import fcntl
import os
import random
import select
import signal
import struct
import subprocess
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from support.child import running

HERE, THERE = "10.203.7.1", "10.203.7.2"
NAME = "parley-there"
TUNSETIFF = 0x400454CA
TUN_WITHOUT_HEAD = 0x1001  # IFF_TUN | IFF_NO_PI
NEW_NETWORK = 0x40000000  # CLONE_NEWNET
PACKET_BYTES = 65_536


class Weather(NamedTuple):
    """What happens to packets, either way."""

    loss: float = 0
    delay_s: float = 0
    jitter_s: float = 0  # more or less than the delay, at most
    stall_s: float = 0
    stall_each_s: float = 1


class Place(NamedTuple):
    """Somewhere else. ``host`` is how this machine is called there."""

    host: str
    forwarder: int

    def enter(self) -> None:
        """Moves this process there."""
        with Path("/run/netns", NAME).open("rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), NEW_NETWORK) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def vanish(self) -> None:
        """From now on nothing goes there or comes back, and nobody is told."""
        os.kill(self.forwarder, signal.SIGSTOP)


@contextmanager
def elsewhere(weather: Weather) -> Iterator[Place | None]:
    """A place with this weather, until the block ends; None where there may be none."""
    if os.geteuid() != 0 or not Path("/dev/net/tun").exists():
        yield None
        return
    with suppress(subprocess.CalledProcessError):
        _ip("netns", "del", NAME)
    _ip("netns", "add", NAME)
    here, there = _tunnel("parley0"), _tunnel("parley1")
    try:
        _ip("link", "set", "parley1", "netns", NAME)
        for inside, device, address in (((), "parley0", HERE), (("-n", NAME), "parley1", THERE)):
            _ip(*inside, "addr", "add", f"{address}/30", "dev", device)
            _ip(*inside, "link", "set", device, "up")
        with running(_forward, here, there, weather) as forwarder:
            yield Place(HERE, forwarder.pid)
    finally:
        os.close(here)
        os.close(there)
        _ip("netns", "del", NAME)


def _ip(*command: str) -> None:
    subprocess.run(["ip", *command], check=True, stderr=subprocess.DEVNULL)


def _tunnel(name: str) -> int:
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), TUN_WITHOUT_HEAD))
    return fd


class _Way:
    """From one device to the other: each packet leaves when it is due, none before the one ahead of it."""

    def __init__(self, to: int, weather: Weather, seed: int) -> None:
        self._to, self._weather, self._random = to, weather, random.Random(seed)
        self._waiting: deque[tuple[float, bytes]] = deque()

    def take(self, packet: bytes, now_s: float) -> None:
        weather = self._weather
        if self._random.random() < weather.loss:
            return
        due_s = now_s + weather.delay_s + self._random.uniform(-weather.jitter_s, weather.jitter_s)
        into_s = due_s % weather.stall_each_s
        if into_s < weather.stall_s:
            due_s += weather.stall_s - into_s
        self._waiting.append((max(due_s, self._waiting[-1][0] if self._waiting else 0), packet))

    def pass_on(self, now_s: float) -> float:
        """Sends what is due; returns the seconds until more is."""
        while self._waiting and self._waiting[0][0] <= now_s:
            with suppress(OSError):  # a device that is full drops, as a router does
                os.write(self._to, self._waiting.popleft()[1])
        return self._waiting[0][0] - now_s if self._waiting else 1


def _forward(ready: Connection, here: int, there: int, weather: Weather) -> None:
    ways = {here: _Way(there, weather, 1), there: _Way(here, weather, 2)}
    ready.send(0)
    wait_s = 1.0
    while True:
        readable, _, _ = select.select(ways, (), (), max(0, wait_s))
        now_s = time.monotonic()
        for fd in readable:
            with suppress(BlockingIOError):
                while True:
                    ways[fd].take(os.read(fd, PACKET_BYTES), now_s)
        wait_s = min(way.pass_on(time.monotonic()) for way in ways.values())
