"""A new password for who forgot theirs, by a link in a mail. Nothing of it is kept: the link says it all."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import update

from webapp import mail
from webapp.accounts.models import User
from webapp.accounts.services import account_by_email
from webapp.db import db
from webapp.errors import Conflict, NotFound
from webapp.languages import gettext as _
from webapp.languages import speaking
from webapp.templating import site_link

LASTS = timedelta(minutes=30)


def mail_link(email: str, key: str, now: datetime) -> None:
    """Mails the account of an address a link, if there is such an account and it is in use.

    Whoever asks is not told which. Of several links the first that is used ends the others.
    """
    try:
        user = account_by_email(email)
    except NotFound:
        return
    if user.active:
        link = site_link(f"/sign-in/new-password/{_token(user, key, now + LASTS)}")
        with speaking(user.language):
            mail.post(user.email, _("A new password for Parley"), _letter(link), now=now, until=now + LASTS)
        db.session.commit()


def _letter(link: str) -> str:
    return "\n".join(
        [
            _("Somebody asked for a new password for your account. If it was you, choose one here:"),
            "",
            link,
            "",
            _("The link works once, for half an hour. If it was not you, there is nothing to do."),
            "",
        ]
    )


def account_of(token: str, key: str, now: datetime) -> User:
    """Returns the account that a link is for. NotFound when it is forged, used, or too old."""
    try:
        number, ends_at, standing = _serializer(key).loads(token)
        user = db.session.get(User, number)
        fresh = now < datetime.fromtimestamp(ends_at, UTC)
        if fresh and user is not None and user.active and standing == _standing(user):
            return user
    except BadData:
        pass
    raise NotFound(_("That link was used, or is too old. Ask for another one."))


def take_password(user: User, password_hash: str) -> None:
    """Gives an account another password, and signs out every browser. Tokens go on, and so does two-factor.

    Of two who use a link at once, one does. Conflict.
    """
    unused = User.id == user.id, User.active, User.password == user.password
    change = update(User).where(*unused).values(password=password_hash, fs_uniquifier=secrets.token_hex(32))
    if db.session.scalar(change.returning(User.id)) is None:
        db.session.rollback()
        raise Conflict(_("That link was used just now."))
    db.session.commit()


def _token(user: User, key: str, ends_at: datetime) -> str:
    token = _serializer(key).dumps([user.id, int(ends_at.timestamp()), _standing(user)])
    return token if isinstance(token, str) else token.decode()


def _serializer(key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="new password")


def _standing(user: User) -> str:
    """Stands for the password and the sign-ins there are: with others, the link is worth nothing."""
    return hashlib.sha256(f"{user.password} {user.fs_uniquifier}".encode()).hexdigest()[:32]
