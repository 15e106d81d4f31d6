"""Programs of ours around other people's WebSocket libraries."""

import base64
import shutil
import sys
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from support import machine, native, parley
from support.child import Child
from support.peers import ANSWER_BYTES, BUILD, SERVERS, Relay, connect, need, once

KEY = base64.b64encode(b"Parley listener!").decode()


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
        sock = connect(port)
        sock.sendall(_handshake("/talk"))
        sock.recv(ANSWER_BYTES)
        return lambda frame: sock.sendall(parley.masked(frame))


class NodeWs(OverWebSockets):
    name = "Node ws"
    command = ("node", BUILD / "ws.mjs")

    def install(self) -> str:
        need("node", "npm")
        once("ws@8.23.0", "npm", "install", "--silent", "--ignore-scripts", "--prefix", BUILD, "ws@8.23.0")
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
        once("venv", sys.executable, "-m", "venv", BUILD / "venv")
        pip = (BUILD / "venv/bin/pip", "install", "--quiet", "--disable-pip-version-check")
        once("-".join(self.packages), *pip, *self.packages)
        return self.packages[0].partition("==")[2]


class Websockets(InPython):
    name = "Python websockets, broadcast"
    packages = ("websockets==17.4",)
    program = "websockets_fan.py"


class FlaskSock(InPython):
    name = "flask-sock, a thread a listener"
    packages = ("flask-sock==0.7.0", "simple-websocket==1.1.0", "flask==3.1.3")
    program = "flask_sock_fan.py"


def _handshake(path: str) -> bytes:
    """RFC 6455 section 4.1."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
