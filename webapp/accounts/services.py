"""What can be done with accounts."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import ApiToken, Role, User
from webapp.accounts.names import clean_display_name, clean_handle
from webapp.db import db
from webapp.errors import Conflict, NotFound

TOKEN_PREFIX = "parley_"  # noqa: S105 -- lets a leaked token be recognised
REVIEWER = "reviewer"
_SEEN_EVERY = timedelta(minutes=1)


def sign_up(email: str, password_hash: str, handle: str, display_name: str, now: datetime) -> User:
    """Makes an account for a person; the first of them runs the site. Invalid, Conflict."""
    user = _add(email, password_hash, handle, display_name, now)
    if db.session.scalar(select(Role).where(Role.name == "operator")) is None:
        user.roles.append(Role(name="operator"))
    db.session.commit()
    return user


def add_account(email: str, password_hash: str, handle: str, display_name: str, now: datetime) -> User:
    """Makes an account that never runs the site: a bot's. Invalid, Conflict."""
    user = _add(email, password_hash, handle, display_name, now)
    db.session.commit()
    return user


def _add(email: str, password_hash: str, handle: str, display_name: str, now: datetime) -> User:
    handle = clean_handle(handle)
    user = User(
        email=email.lower(),
        password=password_hash,
        handle=handle,
        display_name=clean_display_name(display_name),
        hue=hue_of(handle),
        created_at=now,
    )
    try:
        db.session.add(user)
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("That handle or e-mail address has just been taken.") from error
    return user


def hue_of(handle: str) -> int:
    """Returns the hue, 0-359, in which an account's voice is drawn: the same for the same handle."""
    return int.from_bytes(hashlib.sha256(handle.encode()).digest()[:4], "big") % 360


def is_taken(handle: str) -> bool:
    """Tells whether an account has this handle."""
    return db.session.scalar(select(User.id).where(User.handle == handle)) is not None


def account_by_email(email: str) -> User:
    """Returns the account with this e-mail address, in whatever case. NotFound."""
    user = db.session.scalar(select(User).where(func.lower(User.email) == email.strip().lower()))
    if user is None:
        raise NotFound("There is no account with that e-mail address.")
    return user


def account_by_handle(handle: str) -> User:
    """Returns the account with this handle, with or without the @ some type. NotFound."""
    called = handle.strip().removeprefix("@").lower()
    user = db.session.scalar(select(User).where(User.handle == called))
    if user is None:
        raise NotFound("There is no account with that handle.")
    return user


def reviewers() -> list[User]:
    """Returns the accounts that may look at what was reported, by handle."""
    return list(
        db.session.scalars(select(User).where(User.roles.any(Role.name == REVIEWER)).order_by(User.handle))
    )


def make_reviewer(user: User) -> None:
    """Lets an account look at what was reported. Doing it again changes nothing."""
    if not user.is_reviewer:
        role = db.session.scalar(select(Role).where(Role.name == REVIEWER))
        user.roles.append(role or Role(name=REVIEWER))
        db.session.commit()


def unmake_reviewer(user: User) -> None:
    """Takes that away, at once. Doing it again changes nothing."""
    user.roles = [role for role in user.roles if role.name != REVIEWER]
    db.session.commit()


def turn_two_factor_off(user: User) -> None:
    """For somebody who lost both their app and their recovery codes: a password is enough again."""
    user.tf_primary_method = user.tf_totp_secret = user.tf_last_counter = user.mf_recovery_codes = None
    db.session.commit()


def create_token(user: User, name: str, now: datetime) -> str:
    """Returns a new token of the user's. It is shown this once."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    db.session.add(ApiToken(user_id=user.id, sha256=_digest(token), name=name, created_at=now))
    db.session.commit()
    return token


def account_by_token(token: str, now: datetime) -> User | None:
    """Returns the active account whose token this is, and notes, once a minute at most, that it was used."""
    found = db.session.scalar(select(ApiToken).where(ApiToken.sha256 == _digest(token)))
    if found is None or not found.user.active:
        return None
    if found.last_used_at is None or now - found.last_used_at >= _SEEN_EVERY:
        found.last_used_at = now
        db.session.commit()
    return found.user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
