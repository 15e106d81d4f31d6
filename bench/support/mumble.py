"""Mumble's server: everybody in one channel, voice in TLS, as where UDP does not get through."""

import socket
import ssl
import struct
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count

from support.child import Child
from support.peers import Relay, connect, debian, listening

VERSION, UDP_TUNNEL, AUTHENTICATE, SERVER_SYNC = 0, 1, 2, 5
SERVER = "/usr/sbin/murmurd"
OUR_VERSION = 0x01_03_04
OPUS = 4 << 5


class Mumble(Relay):
    name = "Mumble server, voice in TLS"
    client = ("marked_tls", "", "-lssl", "-lcrypto")

    @property
    def opening(self) -> bytes:  # type: ignore[override]
        return _sign_in(b"listener######")

    def install(self) -> str:
        debian("libssl-dev")
        return debian("mumble-server")

    def serving(self, core: int) -> AbstractContextManager[Child]:
        return listening(core, "mumble", SERVER, "-fg", "-ini", "DIRECTORY/mumble-server.ini")

    def enter(self, port: int) -> Callable[[bytes], object]:
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        sock, numbers = trusting.wrap_socket(connect(port)), count()
        sock.sendall(_sign_in(b"talker"))
        _await(sock, SERVER_SYNC)

        def send(frame: bytes) -> None:
            voice = bytes([OPUS]) + _voice_number(next(numbers)) + _voice_number(len(frame)) + frame
            sock.sendall(_message(UDP_TUNNEL, voice))

        return send


def _sign_in(name: bytes) -> bytes:
    """A Version (field 1: which) and an Authenticate (1: who, 5: speaks Opus) of Mumble.proto."""
    version = b"\x08" + _varint(OUR_VERSION)
    authenticate = b"\x0a" + _varint(len(name)) + name + b"\x28\x01"
    return _message(VERSION, version) + _message(AUTHENTICATE, authenticate)


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
