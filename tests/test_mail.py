"""Mails to a server of our own that takes them, refuses them, or is not there."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Keeping
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp import mail
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.clock import now
from webapp.config import Settings
from webapp.db import db
from webapp.mail import Mail, MailFailed
from webapp.notifications.kinds import Way
from webapp.notifications.services import choose
from webapp.scheduler import scheduler
from webapp.scheduling import services as scheduling
from webapp.spaces.services import create_space, start_space
from webapp.spaces.times import Plan

SENDER = "Parley <parley@example.org>"
HOUR = timedelta(hours=1)


class Postbox(Keeping):
    """Keeps what comes. ``says`` answers for an address: "550 no such user"."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []
        self.says: dict[str, str] = {}
        self.logins: list[tuple[bytes, bytes]] = []
        self.was_secret: list[bool] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.says:
            return self.says[address]
        envelope.rcpt_tos.append(address)
        self.was_secret.append(session.ssl is not None)
        return "250 OK"

    def handle_message(self, message: Message) -> None:
        self.mails.append(message)

    def check(self, server: Any, session: Any, envelope: Any, mechanism: str, auth: Any) -> AuthResult:
        assert isinstance(auth, LoginPassword)
        self.logins.append((auth.login, auth.password))
        return AuthResult(success=auth.password == b"p@ss word", handled=False)

    @property
    def received(self) -> list[tuple[str, str]]:
        return [(message["To"], message["Subject"]) for message in self.mails]


Serve = Callable[..., int]


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def serve(postbox: Postbox) -> Iterator[Serve]:
    """Starts the server, and returns its port."""
    servers: list[Controller] = []

    def start(**options: Any) -> int:
        port = options.pop("port", 0)
        servers.append(Controller(postbox, hostname="127.0.0.1", port=port or _free_port(), **options))
        servers[-1].start()
        return int(servers[-1].port)

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def port() -> int:
    return _free_port()


@pytest.fixture
def settings(tmp_path: Path, port: int) -> Settings:
    url = f"smtp://127.0.0.1:{port}"
    return Settings(_env_file=None, data_dir=tmp_path / "data", demo=False, smtp_url=url, mail_from=SENDER)


@pytest.fixture
def up(serve: Serve, port: int) -> None:
    """The server answers."""
    serve(port=port)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def post(address: str = "bob@example.com", subject: str = "“Tea” is live.", **until: float) -> None:
    moment = now()
    ends = moment + (timedelta(**until) if until else HOUR)
    mail.post(address, subject, "Listen: http://localhost/\n", now=moment, until=ends)
    db.session.commit()


def waiting() -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(select(Mail.address).order_by(Mail.id)))


def test_what_is_posted_arrives_once(app: Flask, up: None, postbox: Postbox, clock: FrozenClock) -> None:
    post()
    assert [mail.deliver(clock.now()) for _ in range(2)] == [1, 0]
    [message] = postbox.mails
    assert (message["From"], message["To"]) == (SENDER, "bob@example.com")
    assert str(make_header(decode_header(message["Subject"]))) == "“Tea” is live."
    assert (message["Date"], message["Auto-Submitted"]) == (
        "Mon, 05 Jan 2026 18:00:00 +0000",
        "auto-generated",
    )
    assert message["Message-ID"].endswith("@example.org>")
    assert message.get_payload(decode=True) == b"Listen: http://localhost/\r\n"
    assert waiting() == []


def test_what_was_not_committed_is_not_sent(
    app: Flask, up: None, postbox: Postbox, clock: FrozenClock
) -> None:
    mail.post("bob@example.com", "Tea", "Tea", now=clock.now(), until=clock.now() + HOUR)
    db.session.rollback()
    assert mail.deliver(clock.now()) == 0
    assert postbox.mails == []


def test_a_server_that_is_away_is_tried_again_later_each_time(
    app: Flask, serve: Serve, port: int, postbox: Postbox, clock: FrozenClock
) -> None:
    post(days=1)
    for pause in (1, 2, 4, 8, 16, 32, 60, 60):
        with pytest.raises(MailFailed, match="0 sent; the others failed with ConnectionRefusedError"):
            mail.deliver(clock.now())
        assert mail.deliver(clock.tick(minutes=pause - 0.1)) == 0
        clock.tick(minutes=0.1)
    serve(port=port)
    assert mail.deliver(clock.now()) == 1
    assert len(postbox.mails) == 1


def test_what_is_of_no_use_any_more_is_not_sent(
    app: Flask, serve: Serve, port: int, postbox: Postbox, clock: FrozenClock
) -> None:
    post(minutes=10)
    with pytest.raises(MailFailed):
        mail.deliver(clock.now())
    serve(port=port)
    assert mail.deliver(clock.tick(minutes=10)) == 0
    assert (postbox.mails, waiting()) == ([], [])


def test_a_failing_server_is_seen_on_the_job_and_breaks_no_other(
    app: Flask, alice: User, clock: FrozenClock
) -> None:
    post()
    with pytest.raises(MailFailed):
        scheduler().run("mail")
    assert scheduler().run("reminders") == 0
    assert scheduler().run("mail") == 0


@pytest.mark.parametrize(("answer", "kept"), [("550 No such user", False), ("451 Greylisted", True)])
def test_one_who_is_refused_keeps_nobody_else_from_getting_theirs(
    app: Flask,
    up: None,
    postbox: Postbox,
    clock: FrozenClock,
    caplog: pytest.LogCaptureFixture,
    answer: str,
    kept: bool,
) -> None:
    postbox.says["bob@example.com"] = answer
    for address in ("alice@example.com", "bob@example.com", "charlie@example.com"):
        post(address, "Tea")
    if kept:
        with pytest.raises(MailFailed, match=r"2 sent; the others failed with SMTPRecipientsRefused \[451\]"):
            mail.deliver(clock.now())
    else:
        assert mail.deliver(clock.now()) == 2
        assert "was dropped" in caplog.text
    assert postbox.received == [("alice@example.com", "Tea"), ("charlie@example.com", "Tea")]
    assert waiting() == (["bob@example.com"] if kept else [])
    assert "bob@" not in caplog.text
    del postbox.says["bob@example.com"]
    assert mail.deliver(clock.tick(minutes=1)) == kept


def test_a_server_that_hangs_up_loses_nothing(
    app: Flask, up: None, postbox: Postbox, clock: FrozenClock
) -> None:
    postbox.says["bob@example.com"] = "421 Too busy"
    for address in ("alice@example.com", "bob@example.com", "charlie@example.com"):
        post(address, "Tea")
    with pytest.raises(MailFailed):
        mail.deliver(clock.now())
    postbox.says.clear()
    mail.deliver(clock.tick(minutes=1))
    assert sorted(postbox.received) == [
        (f"{name}@example.com", "Tea") for name in ("alice", "bob", "charlie")
    ]


@pytest.mark.parametrize("subject", ["Tea\r\nBcc: eve@example.com", "Tea\n\nHello"])
def test_a_subject_adds_no_headers(
    app: Flask, up: None, postbox: Postbox, clock: FrozenClock, subject: str
) -> None:
    post(subject=subject)
    post()
    assert mail.deliver(clock.now()) == 1
    assert [message["Bcc"] for message in postbox.mails] == [None]
    assert waiting() == []


def test_one_pass_does_not_go_on_for_ever(
    app: Flask, up: None, postbox: Postbox, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 0.0, 19.0, 20.0])
    monkeypatch.setattr(mail, "time", SimpleNamespace(monotonic=lambda: next(times)))
    for _ in range(3):
        post()
    assert mail.deliver(clock.now()) == 2
    assert len(waiting()) == 1


# TLS


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side of TLS; its certificate is one that the system trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - HOUR)
        .not_valid_after(today + HOUR)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(pem) + private)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def use(app: Flask, url: str) -> None:
    given = app.extensions["settings"].model_dump() | {"smtp_url": url}
    app.extensions["settings"] = Settings(_env_file=None, **given)


def test_a_server_elsewhere_is_spoken_to_in_secret_and_signed_in_to(
    app: Flask,
    serve: Serve,
    postbox: Postbox,
    certificate: ssl.SSLContext,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mail, "_is_here", lambda host: False)
    port = serve(tls_context=certificate, authenticator=postbox.check, auth_required=True)
    use(app, f"smtp://parley:p%40ss%20word@127.0.0.1:{port}")
    post()
    assert mail.deliver(clock.now()) == 1
    assert (postbox.was_secret, postbox.logins) == ([True], [(b"parley", b"p@ss word")])


def test_a_server_may_begin_with_tls(
    app: Flask, serve: Serve, postbox: Postbox, certificate: ssl.SSLContext, clock: FrozenClock
) -> None:
    use(app, f"smtps://127.0.0.1:{serve(ssl_context=certificate)}")
    post()
    assert mail.deliver(clock.now()) == 1
    assert len(postbox.mails) == 1


def test_a_server_elsewhere_without_tls_is_told_nothing(
    app: Flask, up: None, postbox: Postbox, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "_is_here", lambda host: False)
    post()
    with pytest.raises(MailFailed, match="SMTPNotSupportedError"):
        mail.deliver(clock.now())
    assert (postbox.mails, waiting()) == ([], ["bob@example.com"])


def test_a_certificate_that_nobody_trusts_is_refused(
    app: Flask,
    serve: Serve,
    postbox: Postbox,
    certificate: ssl.SSLContext,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    use(app, f"smtps://127.0.0.1:{serve(ssl_context=certificate)}")
    post()
    with pytest.raises(MailFailed, match="SSLCertVerificationError"):
        mail.deliver(clock.now())
    assert (postbox.mails, waiting()) == ([], ["bob@example.com"])


def test_a_wrong_password_drops_nothing(
    app: Flask, serve: Serve, postbox: Postbox, clock: FrozenClock
) -> None:
    port = serve(authenticator=postbox.check, auth_require_tls=False)
    use(app, f"smtp://parley:guess@127.0.0.1:{port}")
    post()
    with pytest.raises(MailFailed, match="SMTPAuthenticationError 535"):
        mail.deliver(clock.now())
    assert waiting() == ["bob@example.com"]


# Settings


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("http://mail.example", SENDER),
        ("smtp://", SENDER),
        ("mail.example:25", SENDER),
        ("smtp://mail.example/inbox", SENDER),
        ("smtp://mail.example:port", SENDER),
        ("smtp://mail.example", None),
        ("smtp://mail.example", "Parley"),
        ("smtp://mail.example", "parley@"),
    ],
)
def test_a_mail_server_that_cannot_be_is_refused(url: str, sender: str | None) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, smtp_url=url, mail_from=sender)


def test_a_mail_server_has_its_usual_ports() -> None:
    def server(url: str) -> Any:
        return Settings(_env_file=None, smtp_url=url, mail_from=SENDER).mail_server

    assert (server("smtp://mail.example").port, server("smtps://mail.example").port) == (587, 465)
    assert "secret" not in repr(server("smtp://me:secret@mail.example"))
    assert Settings(_env_file=None, mail_from=SENDER).mail_server is None


# Reminders by mail


@pytest.fixture
def plan(app: Flask, alice: User, bob: User, clock: FrozenClock) -> Any:
    """Alice's space in an hour; Bob waits for it."""
    Room(app)
    space = create_space(alice, "Tea", "", False, clock.now(), plan=Plan(clock.now() + HOUR, "UTC"))
    scheduling.remind(space, bob, True, clock.now())
    return space


def sweep() -> None:
    scheduler().run("reminders")
    scheduler().run("mail")


def test_reminders_are_written_as_well(
    up: None, plan: Any, alice: User, postbox: Postbox, clock: FrozenClock
) -> None:
    clock.tick(minutes=50)
    for _ in range(2):
        sweep()
    start_space(plan, alice, clock.now())
    for _ in range(2):
        sweep()
    assert [message["To"] for message in postbox.mails] == [
        "alice@example.com",
        "bob@example.com",
        "bob@example.com",
    ]
    text = postbox.mails[2].get_payload(decode=True).decode()
    assert "“Tea” with Alice is live now." in text
    assert f"http://localhost:8000{plan.url}" in text
    assert "http://localhost:8000/settings/notifications" in text


def test_who_wants_no_mails_gets_none(
    up: None,
    plan: Any,
    bob: User,
    postbox: Postbox,
    sign_in: Callable[[User], FlaskClient],
    clock: FrozenClock,
) -> None:
    browser = sign_in(bob)
    assert 'name="reminder-mail" value="1" checked' in browser.get("/settings/notifications").text
    assert browser.post("/settings/notifications").location == "/settings/notifications"
    assert 'name="reminder-mail" value="1" checked' not in browser.get("/settings/notifications").text
    clock.tick(minutes=50)
    sweep()
    assert [message["To"] for message in postbox.mails] == ["alice@example.com"]
    browser.post("/settings/notifications", data={"reminder-mail": "1"})
    assert 'name="reminder-mail" value="1" checked' in browser.get("/settings/notifications").text


def test_who_says_no_does_not_get_what_waits(app: Flask, bob: User, clock: FrozenClock) -> None:
    post()
    post("alice@example.com")
    choose(bob, [], list(Way))
    assert waiting() == ["alice@example.com"]


def test_who_leaves_for_good_or_is_suspended_gets_none(
    up: None, plan: Any, alice: User, bob: User, postbox: Postbox, clock: FrozenClock
) -> None:
    post("bob@example.com")
    accounts.delete_account(bob, clock.now())
    assert waiting() == []
    alice.active = False
    db.session.commit()
    clock.tick(minutes=50)
    sweep()
    assert postbox.mails == []


def test_a_mail_server_that_is_away_keeps_nobody_from_being_told(
    plan: Any, bob: User, sign_in: Callable[[User], FlaskClient], clock: FrozenClock
) -> None:
    clock.tick(minutes=50)
    scheduler().run("reminders")
    with pytest.raises(MailFailed):
        scheduler().run("mail")
    assert "starts in 10 minutes" in sign_in(bob).get("/notifications").text
    assert waiting() == ["alice@example.com", "bob@example.com"]


def test_without_a_server_nothing_is_posted_or_offered(
    app: Flask, plan: Any, bob: User, sign_in: Callable[[User], FlaskClient], clock: FrozenClock
) -> None:
    given = app.extensions["settings"].model_dump() | {"smtp_url": None}
    app.extensions["settings"] = Settings(_env_file=None, **given)
    clock.tick(minutes=50)
    sweep()
    assert waiting() == []
    page = sign_in(bob).get("/settings/notifications").text
    assert "E-mail" not in page
    assert "It does not send e-mail." in page
