"""Janus's AudioBridge, which mixes and encodes for each who listens; plain RTP."""

import itertools
import json
import os
import selectors
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from statistics import quantiles
from typing import Any

from support import machine, marks, parley
from support.child import Child, running
from support.peers import PATIENCE_S, SETTLE_S, Heard, Peer, debian, listening, said
from webapp.bot import wire

ROOM = 1
PAYLOAD_TYPE = 111
EVENTS = 500
RTP = struct.Struct(">BBHII")  # RFC 3550 section 5.1
RECEIVE_BYTES = 2048
SILENCE = b"\xf8\xff\xfe"  # 20 ms of it, in Opus
CPU_CLOCK = 2  # of another process: clock_getcpuclockid(3)


class Janus(Peer):
    name = "Janus AudioBridge"
    most = 20
    step = 5

    def install(self) -> str:
        return debian("janus")

    def serving(self, core: int) -> AbstractContextManager[Child]:
        return listening(core, "janus", "janus", "-F", "DIRECTORY", "-C", "DIRECTORY/janus.jcfg")

    def hear(self, server: Child, core: int, listeners: int, seconds: float) -> Heard:
        bridge = Bridge(server.said)
        with machine.staying(core), running(_talk, bridge, core), ExitStack() as joined:
            hearers = [Hearer(joined.enter_context(bridge.listen())) for _ in range(listeners)]
            hear_for(hearers, SETTLE_S)
            return measure(hearers, server.pid, seconds)


class Bridge:
    """A session with the plugin, over HTTP."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._session = self._ask("POST", "", {"janus": "create"})["data"]["id"]

    def join(self) -> tuple[socket.socket, tuple[str, int]]:
        """Joins the room; returns where its sound comes to, and where one's own goes."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((parley.LOOPBACK, 0))
        address, port = sock.getsockname()
        attach = {"janus": "attach", "plugin": "janus.plugin.audiobridge"}
        handle = self._ask("POST", f"/{self._session}", attach)["data"]["id"]
        place = {"ip": address, "port": port, "payload_type": PAYLOAD_TYPE}
        body = {"request": "join", "room": ROOM, "rtp": place}
        self._ask("POST", f"/{self._session}/{handle}", {"janus": "message", "body": body})
        theirs = self._joined(handle)["rtp"]
        return sock, (theirs["ip"], theirs["port"])

    def listen(self) -> socket.socket:
        """Joins as one who says nothing; nobody hears anything before a packet of theirs came."""
        sock, to = self.join()
        sock.sendto(rtp(0, SILENCE), to)
        return sock

    def _joined(self, handle: int) -> dict[str, Any]:
        """Waits for the answer; the others are told as well, without it."""
        while True:
            for event in self._ask("GET", f"/{self._session}?maxev={EVENTS}"):
                told: dict[str, Any] = event.get("plugindata", {}).get("data", {})
                if event.get("sender") == handle and ("rtp" in told or "error" in told):
                    return told

    def _ask(self, method: str, path: str, message: dict[str, Any] | None = None) -> Any:
        connection = HTTPConnection(parley.LOOPBACK, self._port, timeout=PATIENCE_S)
        connection.request(
            method, f"/janus{path}", json.dumps({**message, "transaction": "bench"}) if message else None
        )
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


class Hearer:
    """One who listens: what they missed, and how late frames came if one is due each 20 ms."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.lost = 0
        self.came_s: list[float] = []
        self._next: int | None = None
        self._ticks = 0

    def receive(self) -> None:
        packet = self.sock.recv(RECEIVE_BYTES)
        _, _, number, _, _ = RTP.unpack_from(packet)
        ahead = (number - self._next) & 0xFFFF if self._next is not None else 0
        if ahead < 1 << 15:
            self.lost += ahead
            self._ticks += ahead + 1
            self._next = (number + 1) & 0xFFFF
        self.came_s.append(time.monotonic() - self._ticks * marks.FRAME_S)

    def begin(self) -> None:
        self.lost = 0
        self.came_s.clear()

    def delays_ms(self) -> Iterable[float]:
        soonest_s = min(self.came_s, default=0)
        return (1000 * (at_s - soonest_s) for at_s in self.came_s)


def rtp(number: int, packet: bytes) -> bytes:
    timestamp = number * wire.TICK_SAMPLES & 0xFFFFFFFF
    return RTP.pack(0x80, PAYLOAD_TYPE, number & 0xFFFF, timestamp, 1) + packet


def hear_for(hearers: list[Hearer], seconds: float) -> None:
    with selectors.DefaultSelector() as selector:
        for hearer in hearers:
            selector.register(hearer.sock, selectors.EVENT_READ, hearer)
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            for key, _ in selector.select(left_s):
                key.data.receive()


def measure(hearers: list[Hearer], server: int, seconds: float) -> Heard:
    for hearer in hearers:
        hearer.begin()
    clock = (~server << 3) | CPU_CLOCK
    begun_s, before_s = time.monotonic(), time.clock_gettime(clock)
    hear_for(hearers, seconds)
    spent_s, took_s = time.clock_gettime(clock) - before_s, time.monotonic() - begun_s
    delays_ms = [delay for hearer in hearers for delay in hearer.delays_ms()]
    percentiles = quantiles(delays_ms or [0, 0], n=100)
    return Heard(
        seconds=took_s,
        frames=len(delays_ms),
        lost=sum(hearer.lost for hearer in hearers),
        cut_off=sum(not hearer.came_s for hearer in hearers),
        p50_ms=percentiles[49],
        p99_ms=percentiles[98],
        server_cpu_s=spent_s,
    )


def _talk(ready: Connection, bridge: Bridge, core: int) -> None:
    os.sched_setaffinity(0, {core})
    sock, to = bridge.join()
    ready.send(0)
    packets = itertools.cycle(said())
    numbers = itertools.count()

    def send(_frame: bytes) -> None:
        number = next(numbers)
        sock.sendto(rtp(number, next(packets)), to)

    marks.say(send)
