"""A server with a real media core, on a port of its own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server

import mediacore
from webapp.bot.websocket import Closed, WebSocket
from webapp.media import SUBPROTOCOL
from webapp.spaces.models import Space


class Site:
    """Where the application listens, for clients that open sockets."""

    def __init__(self, port: int, client: FlaskClient) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self._client = client
        self._opened: list[WebSocket] = []

    def connect(self, space: Space, browser: FlaskClient | None = None, **headers: str) -> WebSocket:
        """Opens the socket of a space as a page would, in somebody's browser or as a guest."""
        cookie = (browser or self._client).get_cookie("parley")
        cookies = {"Cookie": f"parley={cookie.value}"} if cookie else {}
        url = f"ws{self.address.removeprefix('http')}{space.url}/socket"
        sock = WebSocket.connect(url, SUBPROTOCOL, {"Origin": self.address, **cookies, **headers})
        self._opened.append(sock)
        return sock

    def close(self) -> None:
        for sock in self._opened:
            sock.close()


class Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log(self, *_args: object) -> None:
        pass


@pytest.fixture
def core(app: Flask) -> Iterator[mediacore.Core]:
    """A core of its own, heard by its own thread."""
    media = app.extensions["media"]
    media.start()
    media.listen()
    yield media.core
    media.stop()


@pytest.fixture
def site(app: Flask, core: mediacore.Core, client: FlaskClient) -> Iterator[Site]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    site = Site(server.server_port, client)
    yield site
    site.close()
    server.shutdown()
    thread.join()
    server.server_close()


def texts_until(sock: WebSocket, found: Callable[[str], bool], seconds: float = 5.0) -> list[str]:
    """Returns the fragments that came, up to the first that is what was looked for."""
    texts: list[str] = []
    while not texts or not found(texts[-1]):
        message = sock.receive(seconds)
        assert message is not None, "Nothing came."
        if isinstance(message, str):
            texts.append(message)
    return texts


def close_code(sock: WebSocket) -> int:
    """Reads on until the server closes."""
    try:
        while sock.receive(5.0) is not None:
            pass
    except Closed as closed:
        return closed.code
    raise AssertionError("The socket stayed open.")


def open_sockets() -> int:
    """How many sockets this process, server and client in one, has open."""
    links = Path("/proc/self/fd").iterdir()
    return sum(os.path.realpath(link).rpartition("/")[2].startswith("socket:") for link in links)
