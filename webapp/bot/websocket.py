"""A WebSocket client (RFC 6455) without a thread of its own: who waits for messages also answers pings."""

import socket
import ssl
from collections import deque
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import (
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.handshake import H11Handshake

RECEIVE_BYTES = 65_536
SEND_TIMEOUT_S = 10.0
NORMAL, ABNORMAL = 1000, 1006


class Refused(Exception):
    """The server answered with an HTTP status instead of what was asked for."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"The server answered {status} to {what}.")
        self.status = status


class Closed(Exception):
    """The socket has ended; `code` as in RFC 6455 section 7.4 (1006: cut off without a word)."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"The socket closed with {code}{': ' + reason if reason else ''}.")
        self.code = code
        self.reason = reason


class WebSocket:
    """An open connection. Not for two threads at once."""

    def __init__(self, sock: socket.socket, frames: Connection | None = None) -> None:
        self._sock = sock
        self._frames = frames or Connection(ConnectionType.CLIENT)
        self._inbox: deque[str | bytes] = deque()
        self._parts: list[str | bytes] = []
        self._closed: Closed | None = None
        self._handle_events()

    @classmethod
    def connect(cls, url: str, subprotocol: str, headers: dict[str, str]) -> Self:
        """Opens ws:// or wss://. Raises Refused, or OSError when nobody listens."""
        sock = _dial(url)
        try:
            return cls(sock, _shake_hands(sock, url, subprotocol, headers))
        except BaseException:
            sock.close()
            raise

    def send(self, message: bytes) -> None:
        """Sends one binary message. Raises Closed."""
        if self._closed:
            raise self._closed
        self._write(self._frames.send(Message(data=message)))

    def receive(self, timeout: float | None) -> str | bytes | None:
        """The next message, or None when the next read, within `timeout` s, made none whole.

        Raises Closed.
        """
        if not self._inbox and not self._closed:
            self._read(timeout)
        if self._inbox:
            return self._inbox.popleft()
        if self._closed:
            raise self._closed
        return None

    def close(self) -> None:
        """Says goodbye (1000) and lets go. Harmless when the socket has ended already."""
        if not self._closed:
            with suppress(Closed):
                self._write(self._frames.send(CloseConnection(code=NORMAL)))
            self._closed = Closed(NORMAL)
        self._sock.close()

    def _write(self, data: bytes) -> None:
        self._sock.settimeout(SEND_TIMEOUT_S)
        try:
            self._sock.sendall(data)
        except OSError as error:
            self._closed = Closed(ABNORMAL, str(error))
            raise self._closed from error

    def _read(self, timeout: float | None) -> None:
        self._sock.settimeout(timeout)
        try:
            data = self._sock.recv(RECEIVE_BYTES)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:
            data = b""
        self._frames.receive_data(data or None)
        self._handle_events()

    def _handle_events(self) -> None:
        for event in self._frames.events():
            match event:
                case TextMessage() | BytesMessage():
                    self._collect(event)
                case Ping():
                    self._write(self._frames.send(event.response()))
                case CloseConnection():
                    self._end(event)

    def _end(self, event: CloseConnection) -> None:
        self._closed = Closed(int(event.code), event.reason or "")
        if self._frames.state is ConnectionState.REMOTE_CLOSING:
            with suppress(OSError):
                self._sock.sendall(self._frames.send(event.response()))

    def _collect(self, event: TextMessage | BytesMessage) -> None:
        self._parts.append(event.data if isinstance(event, TextMessage) else bytes(event.data))
        if event.message_finished:
            self._inbox.append(self._parts[0][:0].join(self._parts))  # type: ignore[arg-type]
            self._parts.clear()


def _dial(url: str) -> socket.socket:
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    host = parts.hostname or ""
    sock = socket.create_connection((host, parts.port or (443 if secure else 80)), timeout=SEND_TIMEOUT_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ssl.create_default_context().wrap_socket(sock, server_hostname=host) if secure else sock


def _shake_hands(
    sock: socket.socket, url: str, subprotocol: str, headers: dict[str, str]
) -> Connection | None:
    handshake = H11Handshake(ConnectionType.CLIENT)
    sock.sendall(handshake.send(_upgrade_request(url, subprotocol, headers)))
    while handshake.state is ConnectionState.CONNECTING:
        handshake.receive_data(_some(sock))
    answer = next(handshake.events())
    if isinstance(answer, RejectConnection):
        raise Refused(answer.status_code, f"the WebSocket at {url}")
    return handshake.connection


def _some(sock: socket.socket) -> bytes:
    data = sock.recv(RECEIVE_BYTES)
    if not data:
        raise ConnectionAbortedError("The server hung up instead of answering.")
    return data


def _upgrade_request(url: str, subprotocol: str, headers: dict[str, str]) -> Request:
    parts = urlsplit(url)
    extra = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request(host=parts.netloc, target=parts.path, subprotocols=[subprotocol], extra_headers=extra)
