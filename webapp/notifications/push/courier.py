"""Takes one message to a push service: resolves, checks, encrypts, signs, sends, and reads the answer's head.

The name is resolved once, every address it has is checked, and what was checked is connected to: a name that
answers otherwise the second time gains nothing. Redirects are answers like any other. Every wait has an end.
"""

import io
import socket
import ssl
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from http.client import HTTPException, parse_headers
from ipaddress import ip_address
from urllib.parse import SplitResult

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from webapp.config import PushKeys
from webapp.notifications.push import address

DEADLINE_S = 10
HEAD_MAX = 16_384
PLACES_MAX = 3
SIGNED_FOR = timedelta(hours=12)


class Unreachable(Exception):
    """The push service did not answer, or not as one does. It may another time."""


@dataclass(frozen=True)
class Answer:
    """What a push service said."""

    status: int
    retry_after: str | None


@dataclass(frozen=True)
class Message:
    """One message for one browser. ``text`` is JSON; ``topic`` replaces what waits there of the same."""

    endpoint: str
    p256dh: str
    auth: str
    text: bytes
    topic: str
    ttl_s: int


class Courier:
    """How messages travel. A test lets it reach this machine, at any port, by certificates of its own."""

    def __init__(
        self,
        allowed: Callable[[address.Address], bool] = address.outward,
        tls: ssl.SSLContext | None = None,
        port: int | None = address.HTTPS_PORT,
    ) -> None:
        self._allowed = allowed
        self._given = tls
        self.port = port

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Reading everybody's certificates takes a while, and many a server never sends anything."""
        return self._given or ssl.create_default_context()

    def send(self, message: Message, keys: PushKeys, now: datetime) -> Answer:
        """Sends a message. Invalid, Inward, Unreachable."""
        parts = address.split(message.endpoint, self.port)
        body = encrypt(message)
        head = _head(parts, len(body), _headers(message, keys, parts, now))
        ends = time.monotonic() + DEADLINE_S
        try:
            with self._connect(parts, ends) as sock:
                sock.settimeout(_left(ends))
                sock.sendall(head + body)
                return _read_answer(sock, ends)
        except (OSError, HTTPException, ValueError) as error:  # TLS fails with OSErrors, names with both
            raise Unreachable(type(error).__name__) from error

    def _connect(self, parts: SplitResult, ends: float) -> ssl.SSLSocket:
        host = parts.hostname or ""
        found = socket.getaddrinfo(host, parts.port or address.HTTPS_PORT, type=socket.SOCK_STREAM)
        places = [place[:2] for *_, place in found]
        if not all(self._allowed(ip_address(str(number).partition("%")[0])) for number, _ in places):
            raise address.Inward(host)
        sock = _first_that_answers([(str(number), int(port)) for number, port in places[:PLACES_MAX]], ends)
        try:
            sock.settimeout(_left(ends))
            return self._tls.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise


def _first_that_answers(places: list[tuple[str, int]], ends: float) -> socket.socket:
    """Connects to the first place that can be connected to. OSError, that of the last."""
    for place in places[:-1]:
        try:
            return socket.create_connection(place, _left(ends) / 2)
        except OSError:
            continue
    return socket.create_connection(places[-1], _left(ends))


def encrypt(message: Message) -> bytes:
    """Encrypts a text by RFC 8291, with a key and a salt made for it alone."""
    return bytes(
        http_ece.encrypt(
            message.text,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=unpadded(message.p256dh),
            auth_secret=unpadded(message.auth),
            version="aes128gcm",
        )
    )


def unpadded(text: str) -> bytes:
    """Reads base64url as the web writes it: without padding. ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _headers(message: Message, keys: PushKeys, parts: SplitResult, now: datetime) -> dict[str, str]:
    claims = {
        "aud": f"https://{parts.netloc}",
        "exp": int((now + SIGNED_FOR).timestamp()),
        "sub": keys.contact,
    }
    signed: dict[str, str] = Vapid02.from_raw(keys.private.encode()).sign(claims)
    return {
        **signed,
        "TTL": str(message.ttl_s),
        "Topic": message.topic,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
    }


def _head(parts: SplitResult, length: int, headers: dict[str, str]) -> bytes:
    target = parts._replace(scheme="", netloc="").geturl() or "/"
    always = {"Host": parts.netloc, "Content-Length": str(length), "Connection": "close"}
    lines = [f"{name}: {value}" for name, value in {**always, **headers}.items()]
    return "\r\n".join([f"POST {target} HTTP/1.1", *lines, "", ""]).encode("ascii")


def _read_answer(sock: ssl.SSLSocket, ends: float) -> Answer:
    """Reads the head of an answer; what comes after it is not wanted."""
    head = b""
    while b"\r\n\r\n" not in head:
        sock.settimeout(_left(ends))
        piece = sock.recv(4096)
        head += piece
        if not piece or len(head) > HEAD_MAX:
            raise Unreachable("no answer")
    status, _, rest = head.partition(b"\r\n")
    version, code, *_ = status.split(b" ", 2)
    if not version.startswith(b"HTTP/1."):
        raise Unreachable("not HTTP")
    return Answer(int(code), parse_headers(io.BytesIO(rest)).get("Retry-After"))


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
