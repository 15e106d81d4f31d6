"""A gunicorn worker whose threads never wait for a client to send something.

Gunicorn's ``gthread`` gives a thread to whoever connects, reads the request there for as long as that takes,
and waits for clients to hang up on the one thread that accepts. A few that drip a byte now and then stop the
site. Here the poller gathers each request, so that a thread gets it whole, and sees clients off.
"""

import errno
import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from socket import SHUT_WR, socket
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from webapp.config import MAX_BODY_BYTES

PATIENCE_S = 10.0
SEND_TIMEOUT_S = 30.0
MAX_HEADER_BYTES = 32_768
LINGER_S = 0.3
"""For so long a stopping worker still takes requests on connections that are open."""

_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
_CHUNKED = re.compile(rb"^transfer-encoding:", re.IGNORECASE | re.MULTILINE)
_LENGTH_REQUIRED = b"HTTP/1.1 411 Length Required\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Refused(Exception):
    """The request will not be gathered; the argument is what to answer."""


def is_whole(request: bytes | bytearray) -> bool:
    """Tells whether a request's header and body (RFC 9112) have arrived.

    A body that says it is larger than MAX_BODY_BYTES counts as arrived: the application refuses it unread.
    Raises Refused when the end of the request cannot be known.
    """
    header_bytes = request.find(_END) + len(_END)
    if header_bytes < len(_END):
        if len(request) > MAX_HEADER_BYTES:
            raise Refused(b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n")
        return False
    if _CHUNKED.search(request, 0, header_bytes):
        raise Refused(_LENGTH_REQUIRED)
    length = _LENGTH.search(request, 0, header_bytes)
    body_bytes = int(length[1]) if length else 0
    return body_bytes > MAX_BODY_BYTES or len(request) >= header_bytes + body_bytes


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Gathers requests and sees clients off in the poller's thread, where all but ``handle_request`` runs.

    ``at_stop`` is called once no connection is accepted any more, while the port is still held and requests
    are still answered: what it ends has ended before the next process can begin.
    """

    at_stop: Callable[[], object] | None = None

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accepts or does not; the last word is that nobody is accepted, when stopping."""
        super().set_accept_enabled(enabled)
        if not self.alive and self.at_stop is not None:
            at_stop, self.at_stop = self.at_stop, None
            at_stop()

    def accept(self, listener: socket) -> None:
        """Accepts a connection; when the process has no descriptor left, nobody until the next turn."""
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self.log.error("No descriptor is left for another connection.")
            self.set_accept_enabled(False)

    def enqueue_req(self, conn: TConn) -> None:
        """Waits for a whole request on a connection that is new, or that may bring its next one."""
        conn.init()
        conn.request = bytearray(conn.parser.unreader.take_buffered())
        self._wait(conn, self._gather)
        self._advance(conn)

    def finish_request(self, conn: TConn, done: Future[bool]) -> None:
        """Keeps the connection for another request, or ends it once the client has got everything."""
        if done.exception() is None and done.result():
            super().finish_request(conn, done)
            return
        try:
            conn.sock.shutdown(SHUT_WR)
        except OSError:
            self._forget(conn)
        else:
            self._wait(conn, self._see_off)

    def murder_pending(self) -> None:
        """Hangs up on those who took too long and, when stopping, on all who have not asked yet."""
        if not self.alive:
            for conn in self.pending_conns:
                conn.timeout = 0.0
        super().murder_pending()

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(min(deadline, time.monotonic() + LINGER_S))

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Answers one request. A client that stops reading the answer is given up."""
        conn.sock.settimeout(SEND_TIMEOUT_S)
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError:
            return False

    def _wait(self, conn: TConn, on_readable: Any) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + PATIENCE_S
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(on_readable, conn))

    def _end_wait(self, conn: TConn) -> None:
        self.pending_conns.remove(conn)
        self.poller.unregister(conn.sock)

    def _gather(self, conn: TConn, _sock: object) -> None:
        received = _receive(conn)
        if received == b"":
            self._end_wait(conn)
            self._forget(conn)
        elif received:
            conn.request += received
            self._advance(conn)

    def _advance(self, conn: TConn) -> None:
        try:
            if is_whole(conn.request):
                self._end_wait(conn)
                conn.parser.unreader.unread(bytes(conn.request))
                super().enqueue_req(conn)
        except Refused as refusal:
            with suppress(OSError):
                conn.sock.send(refusal.args[0])
            self._end_wait(conn)
            self._forget(conn)

    def _see_off(self, conn: TConn, _sock: object) -> None:
        if _receive(conn) == b"":
            self._end_wait(conn)
            self._forget(conn)

    def _forget(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()


def _receive(conn: TConn) -> bytes | None:
    """Returns what has arrived, None when nothing has, b"" when nothing will."""
    try:
        return bytes(conn.sock.recv(MAX_HEADER_BYTES))
    except BlockingIOError:
        return None
    except OSError:
        return b""
