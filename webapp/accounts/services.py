"""What can be done with accounts."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import ApiToken, Role, User
from webapp.accounts.names import clean_display_name, clean_handle, clean_token_name
from webapp.db import db
from webapp.errors import Conflict, NotFound

TOKEN_PREFIX = "parley_"  # noqa: S105 -- lets a leaked token be recognised
TOKENS_MAX = 50
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


def rename(user: User, display_name: str) -> None:
    """Gives an account another name to be seen by. Invalid."""
    user.display_name = clean_display_name(display_name)
    db.session.commit()


def sign_out_everywhere(user: User) -> None:
    """Ends every session of an account: what its cookies say names nobody any more. Tokens stay."""
    user.fs_uniquifier = secrets.token_hex(32)
    db.session.commit()


def create_token(user: User, name: str, now: datetime) -> str:
    """Returns a new token of the user's. It is shown this once. Invalid, Conflict."""
    if len(tokens_of(user)) >= TOKENS_MAX:
        raise Conflict(f"You have {TOKENS_MAX} tokens. Revoke one that is not used any more.")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    kept = ApiToken(user_id=user.id, sha256=_digest(token), name=clean_token_name(name), created_at=now)
    db.session.add(kept)
    db.session.commit()
    return token


def tokens_of(user: User) -> list[ApiToken]:
    """Returns an account's tokens, the latest first."""
    latest = select(ApiToken).where(ApiToken.user_id == user.id).order_by(ApiToken.id.desc())
    return list(db.session.scalars(latest))


def revoke_token(user: User, token_id: int) -> None:
    """Ends a token of the user's. NotFound."""
    theirs = ApiToken.id == token_id, ApiToken.user_id == user.id
    if db.session.scalar(select(ApiToken.id).where(*theirs)) is None:
        raise NotFound("You have no such token.")
    db.session.execute(delete(ApiToken).where(*theirs))
    db.session.commit()


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
