"""Other people's servers: how each is installed, started, talked to and listened to.

Debian's packages are installed by root alone, all others in ``build/peers``: none is put among the project's
own.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path

from support import machine, marks, native, parley, speech
from support.child import Child, running

BUILD = native.BUILD.parent / "peers"
SERVERS = native.BENCH / "peers"
SETTLE_S = 1
PATIENCE_S, LOOK_S = 10, 0.05
ANSWER_BYTES = 4096
DELAY_MS = 100
WHOLE = 0.97  # of the frames: the last may be on their way


class Missing(Exception):
    """A peer cannot be had here; the argument is a sentence."""


class Heard(dict[str, float]):
    """What a number of listeners heard in a while, by the names that the programs in C give it."""

    @property
    def load(self) -> float:
        """CPU seconds a second."""
        return self["server_cpu_s"] / self["seconds"]

    def without(self, other: "Heard") -> "Heard":
        """The same, less what the server spent in the other while."""
        return Heard(self | {"server_cpu_s": self["server_cpu_s"] - other.load * self["seconds"]})

    def well(self, listeners: int) -> bool:
        """Everybody heard everything within 100 ms."""
        whole = self["frames"] >= WHOLE * listeners * self["seconds"] / marks.FRAME_S
        return whole and not self["lost"] and not self["cut_off"] and self["p99_ms"] < DELAY_MS


class Peer(ABC):
    """A server that brings what one says to many who listen."""

    name: str
    most = 200
    """Listeners beside Parley."""
    step = 250
    """Of the search for how many it carries."""

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
        with parley.talking(server.said, core, said()):
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


@contextmanager
def listening(core: int, folder: str, *command: str) -> Iterator[Child]:
    """Runs a program until the block ends, once it listens.

    Files of that folder of bench/peers are put where the program may write, with the PORT to listen on and
    that DIRECTORY filled in; so is the command.
    """
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o777)  # some become nobody
        port = _free_port()
        fill_in = partial(_fill_in, {"PORT": str(port), "DIRECTORY": directory})
        for path in (SERVERS / folder).iterdir():
            Path(directory, path.name).write_text(fill_in(path.read_text()))
        pinned = machine.pinned(core, *map(fill_in, command))
        with (
            Path(directory, "output").open("wb") as output,
            subprocess.Popen(pinned, stdout=output, stderr=output) as process,
        ):
            try:
                _wait_for(port)
                yield Child(process.pid, port)
            finally:
                process.kill()


def _fill_in(values: dict[str, str], text: str) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _free_port() -> int:
    with socket.create_server((parley.LOOPBACK, 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            connect(port).close()
            return
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(LOOK_S)


@cache
def said() -> list[bytes]:
    """What is said where it has to be speech."""
    return speech.voice("Front_*.wav")


def connect(port: int) -> socket.socket:
    """A TCP connection that waits for nothing."""
    sock = socket.create_connection((parley.LOOPBACK, port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def need(*programs: str) -> None:
    """Raises Missing unless these are installed."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise Missing(f"{' and '.join(missing)} would have to be installed.")


def debian(package: str) -> str:
    """Installs one of Debian's packages; returns its version."""
    if not _version(package):
        if os.geteuid() != 0:
            raise Missing(f"Please type this, then try again:  sudo apt-get install {package}")
        once("apt", "apt-get", "-qq", "update")
        once(package, "apt-get", "install", "--yes", "--no-install-recommends", package)
    return _version(package)


def _version(package: str) -> str:
    command = ("dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", package)
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    status, _, version = done.stdout.partition(" ")
    return re.split(r"[-+~]", version)[0] if status == "installed" else ""


def once(what: str, *command: object) -> None:
    """Runs a command that installs something, unless it has once gone well."""
    stamp = BUILD / f".{what}"
    if stamp.exists():
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"It could not be installed:\n{done.stderr.strip()}")
    stamp.touch()
