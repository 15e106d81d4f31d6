"""The client against bytes a server sends, cut up in every way TCP may cut them."""

import socket
import struct
import threading
from contextlib import contextmanager

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Pong
from wsproto.utilities import generate_accept_token

from webapp.bot.websocket import Closed, Refused, WebSocket

TEXT, BINARY, PING = 1, 2, 9


def frame(opcode, payload, final=True):
    length = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
    return bytes([final << 7 | opcode]) + length + payload


@pytest.fixture
def pair():
    mine, theirs = socket.socketpair()
    theirs.settimeout(5)
    yield WebSocket(mine), theirs
    mine.close()
    theirs.close()


def said(theirs):
    """The next thing the client said, as its server reads it."""
    server = Connection(ConnectionType.SERVER, trailing_data=theirs.recv(65_536))
    return next(server.events())


@contextmanager
def server(answer):
    """A server that answers the first request with answer(its headers as a dict)."""

    def serve():
        connection, _ = listener.accept()
        lines = connection.recv(65_536).decode().split("\r\n")
        seen.update(line.lower().split(": ", 1) for line in lines if ": " in line)
        key = next(line.split(": ")[1] for line in lines if line.lower().startswith("sec-websocket-key"))
        connection.sendall(answer(generate_accept_token(key.encode()).decode()))
        connection.close()

    seen = {}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/room", seen
        thread.join()


def accept(token, then=b""):
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return f"{head}Sec-WebSocket-Accept: {token}\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n".encode() + then


def test_message_that_comes_with_the_handshake_is_not_lost():
    with server(lambda token: accept(token, frame(BINARY, b"state"))) as (url, seen):
        client = WebSocket.connect(url, "parley.v1", {"Origin": "http://site"})
        assert client.receive(5) == b"state"
        client.close()
    assert seen["origin"] == "http://site"
    assert seen["sec-websocket-protocol"] == "parley.v1"
    assert "sec-websocket-extensions" not in seen


def test_refusal_tells_its_status():
    forbidden = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with server(lambda _: forbidden) as (url, _), pytest.raises(Refused) as refused:
        WebSocket.connect(url, "parley.v1", {})
    assert refused.value.status == 403


def test_server_that_hangs_up_is_an_error():
    with server(lambda _: b"") as (url, _), pytest.raises(ConnectionAbortedError):
        WebSocket.connect(url, "parley.v1", {})


def test_messages_keep_their_order_and_kind(pair):
    client, theirs = pair
    theirs.sendall(frame(TEXT, "höre".encode()) + frame(BINARY, b"\x02") + frame(BINARY, b"x" * 300))
    assert [client.receive(5), client.receive(5), client.receive(5)] == ["höre", b"\x02", b"x" * 300]


def test_message_may_come_byte_by_byte(pair):
    client, theirs = pair
    data = frame(BINARY, b"one ", final=False) + frame(PING, b"?") + frame(0, b"message")
    for byte in data[:-1]:
        theirs.sendall(bytes([byte]))
        assert client.receive(5) is None
    theirs.sendall(data[-1:])
    assert client.receive(5) == b"one message"


def test_nothing_within_the_time_is_none(pair):
    assert pair[0].receive(0) is None
    assert pair[0].receive(0.001) is None


def test_ping_is_answered(pair):
    client, theirs = pair
    theirs.sendall(frame(PING, b"alive?"))
    assert client.receive(5) is None
    assert said(theirs) == Pong(payload=b"alive?")


def test_sent_message_arrives_masked_and_whole(pair):
    client, theirs = pair
    client.send(b"talk")
    assert said(theirs) == BytesMessage(data=b"talk")


def test_close_comes_after_what_was_said_before_it(pair):
    client, theirs = pair
    theirs.sendall(frame(TEXT, b"bye") + frame(8, struct.pack(">H", 4001) + b"removed"))
    assert client.receive(5) == "bye"
    for attempt in (lambda: client.receive(5), lambda: client.send(b"x")):
        with pytest.raises(Closed) as closed:
            attempt()
        assert (closed.value.code, closed.value.reason) == (4001, "removed")
    assert said(theirs) == CloseConnection(code=4001, reason="removed")


def test_cut_connection_closes_with_1006(pair):
    client, theirs = pair
    theirs.close()
    with pytest.raises(Closed) as closed:
        client.receive(5)
    assert closed.value.code == 1006


def test_leaving_says_goodbye_once(pair):
    client, theirs = pair
    client.close()
    client.close()
    assert said(theirs) == CloseConnection(code=1000, reason="")
