"""A WebSocket by hand, to break its rules with."""

import os
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple, Self
from urllib.parse import urlsplit

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
PATIENCE_S = 10


class Frame(NamedTuple):
    opcode: int
    payload: bytes


class CutOff(Exception):
    """The connection ended without a close frame."""


def upgrade(address: str, **headers: str) -> bytes:
    """A handshake for the socket of the space at this address; a header given as "" is left out."""
    site = urlsplit(address)
    wanted = {
        "Host": site.netloc,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": "parley.v1",
        "Origin": f"{site.scheme}://{site.netloc}",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in wanted.items() if value]
    return "\r\n".join([f"GET {site.path}/socket HTTP/1.1", *lines, "\r\n"]).encode()


def frame(opcode: int, payload: bytes, *, first_byte: int | None = None, masked: bool = True) -> bytes:
    """One frame of RFC 6455; `first_byte` in place of FIN and the opcode."""
    head = bytes([0x80 | opcode if first_byte is None else first_byte])
    size = len(payload)
    if size < 126:
        length = struct.pack(">B", 0x80 * masked | size)
    else:
        length = struct.pack(">BH", 0x80 * masked | 126, size)
    if not masked:
        return head + length + payload
    mask = os.urandom(4)
    return head + length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def dial(address: str) -> socket.socket:
    site = urlsplit(address)
    return socket.create_connection((site.hostname or "", site.port or 80), timeout=PATIENCE_S)


def status_of(address: str, request: bytes) -> int:
    """What HTTP status a request is answered with."""
    with dial(address) as sock:
        sock.sendall(request)
        return int(sock.recv(4096).split(b" ", 2)[1])


class RawSocket:
    """An open one."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.head = b""
        self._data = b""

    @classmethod
    @contextmanager
    def open(cls, address: str, **headers: str) -> Iterator[Self]:
        with dial(address) as sock:
            raw = cls(sock)
            sock.sendall(upgrade(address, **headers))
            raw.head = raw._until(re.compile(rb"\r\n\r\n"))
            assert raw.head.startswith(b"HTTP/1.1 101 "), raw.head
            yield raw

    def send(self, opcode: int, payload: bytes, **how: bool | int) -> None:
        self.sock.sendall(frame(opcode, payload, **how))  # type: ignore[arg-type]

    def read(self) -> Frame:
        """The next frame. CutOff."""
        first, size = self._take(2)
        assert not size & 0x80, "A server masks nothing."
        if size == 126:
            (size,) = struct.unpack(">H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self._take(8))
        return Frame(first & 0x0F, self._take(size))

    def closes_with(self) -> tuple[int, str]:
        """The code and the reason it is closed with, whatever else comes before."""
        while (came := self.read()).opcode != CLOSE:
            pass
        (code,) = struct.unpack_from(">H", came.payload)
        return code, came.payload[2:].decode()

    def reads_to_the_end(self) -> None:
        """Takes what comes, answers nothing, until the connection is cut off or closed."""
        try:
            while True:
                self.read()
        except CutOff:
            pass

    def _take(self, n_bytes: int) -> bytes:
        while len(self._data) < n_bytes:
            self._more()
        taken, self._data = self._data[:n_bytes], self._data[n_bytes:]
        return taken

    def _until(self, end: re.Pattern[bytes]) -> bytes:
        while not (match := end.search(self._data)):
            self._more()
        return self._take(match.end())

    def _more(self) -> None:
        try:
            data = self.sock.recv(65_536)
        except ConnectionError as error:
            raise CutOff from error
        if not data:
            raise CutOff
        self._data += data
