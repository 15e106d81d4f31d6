"""Mails, through the operator's mail server. What is posted waits in a table until it has been taken there.

Without ``PARLEY_SMTP_URL`` nothing is posted. A mail may go twice, if the process dies at the wrong moment;
both have the same ``Message-ID``.
"""

import logging
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from smtplib import (
    SMTP,
    SMTP_SSL,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from urllib.parse import urlsplit

from flask import Flask, current_app
from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.config import MailServer, Settings
from webapp.db import Model, db, public_id

TIMEOUT_S = 10
PASS_S = 20
"""So long one pass goes on at most: other sweeps wait for it."""
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)
BATCH = 200

log = logging.getLogger(__name__)


class MailFailed(Exception):
    """Some mails did not go. They are tried again."""


class Mail(Model):
    """A mail that waits. It goes as soon as the server takes it; after ``until`` it is of no use any more."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(22), default=public_id)
    address: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str] = mapped_column(String(500))
    text: Mapped[str] = mapped_column(String(2_000))
    posted_at: Mapped[datetime]
    until: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)


def init_app(app: Flask) -> None:
    """Adds the sweep that takes mails to the server."""
    app.extensions["scheduler"].add("mail", deliver, seconds=30)


def sends_mails() -> bool:
    """Tells whether the operator has set a mail server."""
    return _settings().mail_server is not None


def post(address: str, subject: str, text: str, *, now: datetime, until: datetime) -> None:
    """Has a mail sent soon, in the caller's transaction; never after ``until``."""
    if sends_mails():
        mail = Mail(address=address, subject=subject, text=text, posted_at=now, due_at=now, until=until)
        db.session.add(mail)


def forget(address: str) -> None:
    """Destroys what waits to be sent to somebody, in the caller's transaction."""
    db.session.execute(delete(Mail).where(Mail.address == address))


def deliver(now: datetime) -> int:
    """Takes what waits to the server; returns how many mails that took. MailFailed, at the end, if some stay.

    What the server refuses for good is dropped. Whatever else fails is tried again, later each time.
    """
    db.session.execute(delete(Mail).where(Mail.until <= now))
    db.session.commit()
    server = _settings().mail_server
    due = db.session.scalars(select(Mail.id).where(Mail.due_at <= now).order_by(Mail.id).limit(BATCH)).all()
    if server is None or not due:
        return 0
    return _deliver(server, list(due), now)


def _deliver(server: MailServer, waiting: list[int], now: datetime) -> int:
    sent, ends, failure = 0, time.monotonic() + PASS_S, None
    try:
        with _connected(server) as smtp:
            while waiting and time.monotonic() < ends:
                try:
                    sent += _send(smtp, server, waiting[0], now)
                except SMTPServerDisconnected:
                    raise
                except SMTPException as error:
                    failure = _named(error)
                    _postpone(waiting[:1], now)
                waiting.pop(0)
    except OSError as error:  # as every error of smtplib is
        failure = _named(error)
        _postpone(waiting, now)
    if failure:
        raise MailFailed(f"{sent} sent; the others failed with {failure}")
    return sent


def _send(smtp: SMTP, server: MailServer, mail_id: int, now: datetime) -> bool:
    """Sends a mail, or drops it when it can never be sent; False then."""
    mail = db.session.get(Mail, mail_id)
    if mail is None:
        return False
    try:
        smtp.send_message(_message(server, mail, now))
        sent = True
    except (SMTPException, ValueError) as error:
        if not _for_good(error):
            raise
        log.warning("Mail %d was dropped: %s", mail_id, _named(error))
        sent = False
    db.session.execute(delete(Mail).where(Mail.id == mail_id))
    db.session.commit()
    return sent


def _for_good(error: Exception) -> bool:
    """Tells whether trying again would be of no use."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, (SMTPNotSupportedError, ValueError))


def _postpone(waiting: Sequence[int], now: datetime) -> None:
    for mail in db.session.scalars(select(Mail).where(Mail.id.in_(waiting))):
        mail.due_at = now + min(FIRST_RETRY * 2**mail.tries, LAST_RETRY)
        mail.tries = min(mail.tries + 1, 30)
    db.session.commit()


def _named(error: Exception) -> str:
    """Names an error by what tells nobody's address."""
    if isinstance(error, SMTPRecipientsRefused):
        return f"{type(error).__name__} {sorted({code for code, _ in error.recipients.values()})}"
    if isinstance(error, SMTPResponseException):
        return f"{type(error).__name__} {error.smtp_code}"
    return type(error).__name__


@contextmanager
def _connected(server: MailServer) -> Iterator[SMTP]:
    """Signs in. Always with TLS, but for a server on this very machine that does not ask for it."""
    us = urlsplit(_settings().address).hostname or "localhost"
    if server.tls_from_the_start:
        smtp: SMTP = SMTP_SSL(server.host, server.port, us, timeout=TIMEOUT_S, context=_tls())
    else:
        smtp = SMTP(server.host, server.port, us, timeout=TIMEOUT_S)
    with smtp:
        if not server.tls_from_the_start and not _is_here(server.host):
            smtp.starttls(context=_tls())
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _message(server: MailServer, mail: Mail, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = mail.address
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail.message_id}@{parseaddr(server.sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
