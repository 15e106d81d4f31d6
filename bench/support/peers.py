"""Other people's servers: how each is installed, started, talked to and listened to.

Debian's packages are installed by root alone, all others in ``build/peers``: none is put among the project's
own.
"""

import base64
import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from support import machine, marks, native, parley, speech
from support.child import Child, running
from webapp import ogg
from webapp.bot import wire

BUILD = native.BUILD.parent / "peers"
SERVERS = native.BENCH / "peers"
SETTLE_S = 1
PATIENCE_S, LOOK_S = 10, 0.05
ANSWER_BYTES = 4096
DELAY_MS = 100
WHOLE = 0.97  # of the frames: the last may be on their way
OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
OPUS_TAGS = b"OpusTags" + struct.pack("<II", 0, 0)
VERSION, UDP_TUNNEL, AUTHENTICATE, SERVER_SYNC = 0, 1, 2, 5
OPUS = 4 << 5
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
    client: tuple[str, ...] = ("marked",)

    @abstractmethod
    def enter(self, port: int) -> Callable[[bytes], object]:
        """Comes as the one who talks; returns what sends a frame."""

    def hear(self, server: Child, core: int, listeners: int, seconds: float) -> Heard:
        what = (native.program(*self.client), server.said, listeners, SETTLE_S, seconds, server.pid)
        command = machine.pinned(core, *what)
        with running(self._talk, server.said, core):
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, input=self.opening)
        return Heard(json.loads(done.stdout))

    def _talk(self, ready: Connection, port: int, core: int) -> None:
        os.sched_setaffinity(0, {core})
        send = self.enter(port)
        ready.send(port)
        marks.say(send)


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

    def enter(self, port: int) -> Callable[[bytes], object]:
        sock = _connect(port)
        sock.sendall(_handshake("/talk"))
        sock.recv(ANSWER_BYTES)
        return lambda frame: sock.sendall(parley.masked(frame))


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


class Icecast(Relay):
    """One packet a page: players would rather have some, but nobody hears a page before it is full."""

    name = "Icecast"
    opening = b"GET /live.opus HTTP/1.0\r\n\r\n"

    def install(self) -> str:
        return _debian("icecast2")

    def serving(self, core: int) -> AbstractContextManager[Child]:
        return _listening(core, "icecast.xml", "icecast2", "-c")

    def enter(self, port: int) -> Callable[[bytes], object]:
        sock, pages = _connect(port), count(2)
        who = base64.b64encode(b"source:hackme").decode()
        head = f"Authorization: Basic {who}\r\nContent-Type: audio/ogg\r\n\r\n"
        sock.sendall(f"SOURCE /live.opus HTTP/1.0\r\n{head}".encode())
        sock.recv(ANSWER_BYTES)
        sock.sendall(ogg.page([OPUS_HEAD], 0, 0, ogg.FIRST) + ogg.page([OPUS_TAGS], 0, 1, 0))

        def send(frame: bytes) -> None:
            number = next(pages)
            sock.sendall(ogg.page([frame], (number - 1) * wire.TICK_SAMPLES, number, 0))

        return send


class Mumble(Relay):
    """Voice in the TLS connection, as where UDP does not get through; everybody in one channel."""

    name = "Mumble server, voice in TLS"
    client = ("marked_tls", "", "-lssl", "-lcrypto")
    version_1_3_4 = 0x01_03_04

    @property
    def opening(self) -> bytes:  # type: ignore[override]
        return self._sign_in(b"listener######")

    def install(self) -> str:
        _debian("libssl-dev")
        return _debian("mumble-server")

    def serving(self, core: int) -> AbstractContextManager[Child]:
        return _listening(core, "mumble-server.ini", "/usr/sbin/murmurd", "-fg", "-ini")

    def enter(self, port: int) -> Callable[[bytes], object]:
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        sock, numbers = trusting.wrap_socket(_connect(port)), count()
        sock.sendall(self._sign_in(b"talker"))
        _await(sock, SERVER_SYNC)

        def send(frame: bytes) -> None:
            voice = bytes([OPUS]) + _voice_number(next(numbers)) + _voice_number(len(frame)) + frame
            sock.sendall(_message(UDP_TUNNEL, voice))

        return send

    def _sign_in(self, name: bytes) -> bytes:
        """A Version and an Authenticate: fields of Mumble.proto, which only need varints of one byte here."""
        version = b"\x08" + _varint(self.version_1_3_4)
        authenticate = b"\x0a" + _varint(len(name)) + name + b"\x28\x01"  # field 1: who, 5: speaks Opus
        return _message(VERSION, version) + _message(AUTHENTICATE, authenticate)


PEERS: tuple[Peer, ...] = (BareLoop(), NodeWs(), Websockets(), FlaskSock(), Icecast(), Mumble())


def _message(kind: int, payload: bytes) -> bytes:
    """What Mumble sends: a type, a length, a Protocol Buffer or voice."""
    return struct.pack(">HI", kind, len(payload)) + payload


def _await(sock: socket.socket, wanted: int) -> None:
    """Reads Mumble's messages up to one of this type."""
    kind = None
    while kind != wanted:
        kind, length = struct.unpack(">HI", _read(sock, 6))
        _read(sock, length)


def _read(sock: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += sock.recv(length - len(data)) or sys.exit("The server hung up.")
    return data


def _varint(value: int) -> bytes:
    """As Protocol Buffers have it."""
    low = bytearray()
    while value > 0x7F:
        low.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*low, value])


def _voice_number(value: int) -> bytes:
    """As Mumble's voice packets have it, below 2^14."""
    value %= 1 << 14
    return bytes([value]) if value < 1 << 7 else struct.pack(">H", value | 0x8000)


@contextmanager
def _listening(core: int, config: str, *command: str) -> Iterator[Child]:
    """Runs a program with a configuration, in which DIRECTORY and PORT are filled in."""
    with tempfile.TemporaryDirectory() as directory:
        port, path = _free_port(), Path(directory, config)
        path.write_text(
            (SERVERS / config).read_text().replace("PORT", str(port)).replace("DIRECTORY", directory)
        )
        Path(directory).chmod(0o777)  # some become nobody
        with (
            Path(directory, "output").open("wb") as output,
            subprocess.Popen(machine.pinned(core, *command, path), stdout=output, stderr=output) as process,
        ):
            try:
                _wait_for(port)
                yield Child(process.pid, port)
            finally:
                process.kill()


def _free_port() -> int:
    with socket.create_server((parley.LOOPBACK, 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            _connect(port).close()
            return
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(LOOK_S)


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


def _debian(package: str) -> str:
    """Installs one of Debian's packages; returns its version."""
    if not _version(package):
        if os.geteuid() != 0:
            raise Missing(f"Please type this, then try again:  sudo apt-get install {package}")
        _once(package, "apt-get", "install", "--yes", "--no-install-recommends", package)
    return _version(package)


def _version(package: str) -> str:
    command = ("dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", package)
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    status, _, version = done.stdout.partition(" ")
    return re.split(r"[-+~]", version)[0] if status == "installed" else ""


def _once(what: str, *command: object) -> None:
    """Runs a command that installs something, unless it has once gone well."""
    stamp = BUILD / f".{what}"
    if stamp.exists():
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"It could not be installed:\n{done.stderr.strip()}")
    stamp.touch()
