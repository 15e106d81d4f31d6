"""Other people's servers: how each is installed, started, talked to and listened to.

Debian's packages are installed by root alone, all others in ``build/peers``: none is put among the project's
own.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache
from multiprocessing.connection import Connection

from support import machine, marks, native, parley, speech
from support.child import Child, running

BUILD = native.BUILD.parent / "peers"
SERVERS = native.BENCH / "peers"
SETTLE_S = 1
DELAY_MS = 100
WHOLE = 0.97  # of the frames: the last may be on their way
KEY = base64.b64encode(b"Parley listener!").decode()


class Missing(Exception):
    """A peer cannot be had here; the argument is a sentence."""


class Heard(dict[str, float]):
    """What a number of listeners heard in a while, by the names that the programs in C give it."""

    @property
    def load(self) -> float:
        """CPU seconds a second."""
        return self["server_cpu_s"] / self["seconds"]

    def well(self, listeners: int) -> bool:
        """Everybody heard everything within 100 ms."""
        whole = self["frames"] >= WHOLE * listeners * self["seconds"] / marks.FRAME_S
        return whole and not self["lost"] and not self["cut_off"] and self["p99_ms"] < DELAY_MS


class Peer(ABC):
    """A server that brings what one says to many who listen."""

    name: str
    most = 20_000
    """Listeners, whatever is asked for."""

    @abstractmethod
    def install(self) -> str:
        """Installs what is missing; returns the version. Raises Missing."""

    @abstractmethod
    def serving(self, core: int) -> AbstractContextManager[Child]:
        """Runs the server on one of the machine's cores."""

    @abstractmethod
    def hear(self, server: Child, core: int, listeners: int, seconds: float) -> Heard:
        """Lets one talk and so many listen, all on another core."""


class OurClient(Peer):
    """What is listened to by ``hearers.c``, which counts by ticks."""

    def hear(self, server: Child, core: int, listeners: int, seconds: float) -> Heard:
        program = native.program("hearers", "wire.c")
        what = (program, server.said, listeners, SETTLE_S, seconds, server.pid)
        done = subprocess.run(machine.pinned(core, *what), check=True, stdout=subprocess.PIPE)
        return Heard(json.loads(done.stdout))


class BareLoop(OurClient):
    name = "bare loop in C: one send a listener"

    def install(self) -> str:
        return ""

    def serving(self, core: int) -> AbstractContextManager[Child]:
        return native.running(machine.pinned(core, native.program("bare_loop", "w*.c")))


class Parley(OurClient):
    name = "Parley"

    def install(self) -> str:
        return ""

    def serving(self, core: int) -> AbstractContextManager[Child]:
        return parley.serving(core)

    def hear(self, server: Child, core: int, listeners: int, seconds: float) -> Heard:
        with parley.talking(server.said, core, _speech()):
            return super().hear(server, core, listeners, seconds)


class Relay(Peer):
    """One that passes frames on as they are, so that each can be marked."""

    opening: bytes
    """What a listener says first."""

    @abstractmethod
    def talk(self, port: int) -> None:
        """Says marked frames until the process ends."""

    def hear(self, server: Child, core: int, listeners: int, seconds: float) -> Heard:
        program = native.program("marked")
        what = (program, server.said, listeners, SETTLE_S, seconds, server.pid)
        command = machine.pinned(core, *what)
        with running(self._talk, server.said, core):
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, input=self.opening)
        return Heard(json.loads(done.stdout))

    def _talk(self, ready: Connection, port: int, core: int) -> None:
        os.sched_setaffinity(0, {core})
        ready.send(port)
        self.talk(port)


class OverWebSockets(Relay):
    """A program of ours around somebody's WebSocket library (bench/peers), which prints its port."""

    @property
    @abstractmethod
    def command(self) -> Sequence[object]:
        """What runs it."""

    @property
    def opening(self) -> bytes:  # type: ignore[override]
        return _handshake("/listen")

    def serving(self, core: int) -> AbstractContextManager[Child]:
        return native.running(machine.pinned(core, *self.command))

    def talk(self, port: int) -> None:
        sock = _connect(port)
        sock.sendall(_handshake("/talk"))
        sock.recv(4096)
        marks.say(lambda frame: sock.sendall(parley.masked(frame)))


class NodeWs(OverWebSockets):
    name = "Node ws"
    command = ("node", BUILD / "ws.mjs")

    def install(self) -> str:
        _need("node", "npm")
        _once("ws@8.23.0", "npm", "install", "--silent", "--ignore-scripts", "--prefix", BUILD, "ws@8.23.0")
        shutil.copy(SERVERS / "ws.mjs", BUILD)  # what it imports is looked for beside it
        return "8.23.0"


class InPython(OverWebSockets):
    """With packages in an environment of its own."""

    packages: tuple[str, ...]
    program: str

    @property
    def command(self) -> Sequence[object]:
        return BUILD / "venv/bin/python", SERVERS / self.program

    def install(self) -> str:
        _once("venv", sys.executable, "-m", "venv", BUILD / "venv")
        pip = (BUILD / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check")
        _once("-".join(self.packages), *pip, *self.packages)
        return self.packages[0].partition("==")[2]


class Websockets(InPython):
    name = "Python websockets, broadcast"
    packages = ("websockets==17.4",)
    program = "websockets_fan.py"


class FlaskSock(InPython):
    name = "flask-sock, a thread a listener"
    packages = ("flask-sock==0.7.0", "simple-websocket==1.1.0", "flask==3.1.3")
    program = "flask_sock_fan.py"


PEERS: tuple[Peer, ...] = (BareLoop(), NodeWs(), Websockets(), FlaskSock())


@cache
def _speech() -> list[bytes]:
    return speech.voice("Front_*.wav")


def _connect(port: int) -> socket.socket:
    sock = socket.create_connection((parley.LOOPBACK, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _handshake(path: str) -> bytes:
    """RFC 6455 section 4.1."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def _need(*programs: str) -> None:
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise Missing(f"{' and '.join(missing)} would have to be installed.")


def _once(what: str, *command: object) -> None:
    """Runs a command that installs something, unless it has once gone well."""
    stamp = BUILD / f".{what}"
    if stamp.exists():
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"It could not be installed:\n{done.stderr.strip()}")
    stamp.touch()
