"""A push service on this machine, and browsers at it. They read by the RFCs, with nothing of ours."""

import json
import os
import ssl
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derived(length: int, salt: bytes, secret: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


class Browser:
    """Keeps the private half of a subscription."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def form(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "p256dh": encoded(self.point), "auth": encoded(self.secret)}

    def reads(self, body: bytes) -> dict[str, str]:
        """Decrypts a message: RFC 8188 §2, RFC 8291 §3.4."""
        salt, id_length = body[:16], body[20]
        theirs, record = body[21 : 21 + id_length], body[21 + id_length :]
        assert int.from_bytes(body[16:20]) >= len(record)
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self.key.exchange(ec.ECDH(), point)
        secret = derived(32, self.secret, shared, b"WebPush: info\0" + self.point + theirs)
        key = derived(16, salt, secret, b"Content-Encoding: aes128gcm\0")
        nonce = derived(12, salt, secret, b"Content-Encoding: nonce\0")
        text, delimiter, padding = AESGCM(key).decrypt(nonce, record, None).rpartition(b"\2")
        assert delimiter == b"\2"
        assert not padding.strip(b"\0")
        said: dict[str, str] = json.loads(text)
        return said


def claims_of(authorization: str) -> tuple[dict[str, Any], str]:
    """Checks a signature, RFC 8292 §3, and returns what was signed and by whom."""
    scheme, _, given = authorization.partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in given.split(","))
    head, claims, signature = parts["t"].split(".")
    assert json.loads(decoded(head)) == {"typ": "JWT", "alg": "ES256"}
    raw = decoded(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
    key.verify(encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    return json.loads(decoded(claims)), parts["k"]


class PushService:
    """Answers 201, or what ``says`` has for a path, in turn: ``says["/a"].append((410, {}))``."""

    def __init__(self, directory: Path) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.says: defaultdict[str, deque[tuple[int, dict[str, str]]]] = defaultdict(deque)
        certificate = _certificate(directory)
        self.trust = ssl.create_default_context(cafile=certificate)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.origin = f"https://localhost:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=[0.01])
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def browser(self, path: str = "/send/a") -> Browser:
        return Browser(self.origin + path)

    def took(self, browser: Browser) -> list[dict[str, str]]:
        """What a browser was sent, in the order in which it came."""
        return [browser.reads(body) for path, _, body in self.got if self.origin + path == browser.endpoint]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append((self.path, dict(self.headers.items()), body))
                answers = service.says[self.path]
                status, headers = answers.popleft() if answers else (201, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        return Handler


def _certificate(directory: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = directory / "push.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(built.public_bytes(Encoding.PEM) + plain)
    return path
