"""Icecast, as near to live as it can be: no burst, and a page holds one packet."""

import base64
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count

from support.child import Child
from support.peers import ANSWER_BYTES, Relay, connect, debian, listening
from webapp import ogg
from webapp.bot import wire

OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
OPUS_TAGS = b"OpusTags" + struct.pack("<II", 0, 0)


class Icecast(Relay):
    name = "Icecast"
    opening = b"GET /live.opus HTTP/1.0\r\n\r\n"

    def install(self) -> str:
        return debian("icecast2")

    def serving(self, core: int) -> AbstractContextManager[Child]:
        return listening(core, "icecast", "icecast2", "-c", "DIRECTORY/icecast.xml")

    def enter(self, port: int) -> Callable[[bytes], object]:
        sock, pages = connect(port), count(2)
        who = base64.b64encode(b"source:hackme").decode()
        head = f"Authorization: Basic {who}\r\nContent-Type: audio/ogg\r\n\r\n"
        sock.sendall(f"SOURCE /live.opus HTTP/1.0\r\n{head}".encode())
        sock.recv(ANSWER_BYTES)
        sock.sendall(ogg.page([OPUS_HEAD], 0, 0, ogg.FIRST) + ogg.page([OPUS_TAGS], 0, 1, 0))

        def send(frame: bytes) -> None:
            number = next(pages)
            sock.sendall(ogg.page([frame], (number - 1) * wire.TICK_SAMPLES, number, 0))

        return send
