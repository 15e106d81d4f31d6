"""The worker is stepped: a test says when the poller looks, and nothing here takes time."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from selectors import DefaultSelector
from typing import Any

import pytest
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from webapp import worker as module
from webapp.config import MAX_BODY_BYTES
from webapp.worker import PatientWorker, Refused, is_whole

GET = b"GET / HTTP/1.1\r\nHost: parley\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: parley\r\nContent-Length: 5\r\n\r\na=123"


class Inline(Executor):
    """A pool that runs what it is given at once, and counts it."""

    def __init__(self) -> None:
        self.given = 0

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given += 1
        future: Future[Any] = Future()
        future.set_result(call(*args, **kwargs))
        return future


class Echo(BaseApplication):  # type: ignore[misc]
    """Answers with the body it was sent."""

    def load_config(self) -> None:
        self.cfg.set("worker_class", PatientWorker)

    def load(self) -> Callable[..., list[bytes]]:
        def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
            body = environ["wsgi.input"].read()
            start_response("200 OK", [("Content-Length", str(len(body)))])
            return [body]

        return answer


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def worker(listener: socket.socket) -> Iterator[PatientWorker]:
    echo = Echo()
    worker = PatientWorker(0, 0, [listener], echo, 30, echo.cfg, Logger(echo.cfg))
    worker.wsgi = echo.wsgi()
    worker.tpool = Inline()
    worker.poller = DefaultSelector()
    worker.method_queue.init()
    worker.poller.register(worker.method_queue.fileno(), 1, worker.method_queue.run_callbacks)
    worker.set_accept_enabled(True)
    yield worker
    worker.alive = False
    worker.murder_pending()
    worker.murder_keepalived(force=True)
    worker.poller.close()
    worker.method_queue.close()
    worker.tmp.close()


@pytest.fixture
def connect(listener: socket.socket, worker: PatientWorker) -> Iterator[Callable[[], socket.socket]]:
    """Connects a client that the worker has accepted."""
    clients = []

    def connect() -> socket.socket:
        client = socket.create_connection(listener.getsockname(), timeout=5)
        clients.append(client)
        turn(worker)
        return client

    yield connect
    for client in clients:
        client.close()


def turn(worker: PatientWorker) -> None:
    """Lets the poller look until nothing is left to do."""
    while events := worker.poller.select(0):
        for key, _ in events:
            key.data(key.fileobj)


@pytest.mark.parametrize("request_", [GET, POST])
def test_request_is_whole_with_its_last_byte(request_: bytes) -> None:
    assert [is_whole(request_[:n]) for n in range(len(request_))] == [False] * len(request_)
    assert is_whole(request_)


@pytest.mark.parametrize("name", [b"Content-Length", b"content-length", b"CONTENT-LENGTH"])
def test_body_that_is_too_large_is_not_waited_for(name: bytes) -> None:
    assert is_whole(b"POST / HTTP/1.1\r\n" + name + b": %d\r\n\r\n" % (MAX_BODY_BYTES + 1))
    assert not is_whole(b"POST / HTTP/1.1\r\n" + name + b": %d\r\n\r\n" % MAX_BODY_BYTES)


@pytest.mark.parametrize(
    "request_", [b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"GET /" + b"x" * 40_000]
)
def test_request_whose_end_cannot_be_known_is_refused(request_: bytes) -> None:
    with pytest.raises(Refused):
        is_whole(request_)


def test_dripping_client_holds_no_thread(worker: PatientWorker, connect: Callable[[], socket.socket]) -> None:
    client = connect()
    for byte in POST[:-1]:
        client.send(bytes([byte]))
        turn(worker)
    assert worker.tpool.given == 0
    client.send(POST[-1:])
    turn(worker)
    assert worker.tpool.given == 1
    assert client.recv(1000).endswith(b"a=123")


def test_client_that_takes_too_long_is_hung_up_on(
    worker: PatientWorker, connect: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0)
    client = connect()
    client.send(GET[:-1])
    turn(worker)
    worker.murder_pending()
    assert client.recv(1) == b""
    assert worker.nr_conns == 0


def test_client_is_given_time(worker: PatientWorker, connect: Callable[[], socket.socket]) -> None:
    client = connect()
    worker.murder_pending()
    client.send(GET)
    turn(worker)
    assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_requests_follow_each_other_on_a_connection(
    worker: PatientWorker, connect: Callable[[], socket.socket]
) -> None:
    client = connect()
    client.send(POST + POST + GET[:10])
    turn(worker)
    client.send(GET[10:])
    turn(worker)
    assert client.recv(10_000).count(b"HTTP/1.1 200 OK") == 3
    assert worker.tpool.given == 3


def test_refusal_says_why(worker: PatientWorker, connect: Callable[[], socket.socket]) -> None:
    client = connect()
    client.send(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    turn(worker)
    assert client.recv(1000).startswith(b"HTTP/1.1 411 Length Required")
    assert worker.nr_conns == 0


def test_client_that_leaves_is_forgotten(worker: PatientWorker, connect: Callable[[], socket.socket]) -> None:
    client = connect()
    client.send(GET[:5])
    client.close()
    turn(worker)
    assert worker.nr_conns == 0
    assert not worker.pending_conns


def test_client_that_does_not_hang_up_holds_nobody_up(
    worker: PatientWorker, connect: Callable[[], socket.socket]
) -> None:
    client = connect()
    client.send(GET.replace(b"Host", b"Connection: close\r\nHost"))
    turn(worker)
    assert client.recv(1000).startswith(b"HTTP/1.1 200")
    assert client.recv(1) == b""
    assert worker.nr_conns == 1
    client.close()
    turn(worker)
    assert worker.nr_conns == 0


def test_stopping_worker_does_what_it_was_given_while_it_still_holds_the_port(
    worker: PatientWorker, listener: socket.socket
) -> None:
    held = []
    worker.at_stop = lambda: held.append(listener.fileno() >= 0)
    worker.set_accept_enabled(False)
    worker.set_accept_enabled(True)
    assert held == []
    worker.alive = False
    for _ in range(2):
        worker.set_accept_enabled(False)
    assert held == [True]


def test_stopping_worker_lets_go_of_idle_connections_soon(
    worker: PatientWorker, connect: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LINGER_S", 0)
    client = connect()
    client.send(GET)
    turn(worker)
    assert client.recv(1000).startswith(b"HTTP/1.1 200")
    worker.murder_keepalived()
    assert worker.nr_conns == 1
    worker._cap_keepalive(time.monotonic() + 60)
    worker.murder_keepalived()
    assert worker.nr_conns == 0
    assert client.recv(1) == b""


def test_stopping_worker_waits_for_nobody_who_has_not_asked(
    worker: PatientWorker, connect: Callable[[], socket.socket]
) -> None:
    client = connect()
    worker.alive = False
    worker.murder_pending()
    assert client.recv(1) == b""
    assert worker.nr_conns == 0
