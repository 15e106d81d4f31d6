"""What can be done with accounts."""

import hashlib
import logging
import secrets
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

from flask_security import hash_password
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from webapp import languages, mail
from webapp.accounts import rights
from webapp.accounts.models import ApiToken, Role, User
from webapp.accounts.names import GONE_PREFIX, clean_bio, clean_display_name, clean_handle, clean_token_name
from webapp.db import db
from webapp.errors import Conflict, Invalid, NotFound
from webapp.languages import gettext as _
from webapp.languages import marked

TOKEN_PREFIX = "parley_"  # noqa: S105 -- lets a leaked token be recognised
TOKENS_MAX = 50
OPERATOR = "operator"
NOBODY = marked("Someone who left")
REVIEWER = "reviewer"
_CONTINENTS = frozenset(
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split()
)
_SEEN_EVERY = timedelta(minutes=1)

log = logging.getLogger(__name__)


def sign_up(email: str, password_hash: str, handle: str, display_name: str, now: datetime) -> User:
    """Makes an account for a person; the first of them runs the site. Invalid, Conflict."""
    user = _add(email, password_hash, handle, display_name, now)
    if _operators() is None:
        user.roles.append(Role(name=OPERATOR))
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
        raise Conflict(_("That handle or e-mail address has just been taken.")) from error
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
        raise NotFound(_("There is no account with that e-mail address."))
    return user


def make_operator(user: User) -> None:
    """Lets an account run the site, beside those who do. Conflict when it is suspended or deleted."""
    if not user.active:
        raise Conflict(_("That account is not in use."))
    if not user.is_operator:
        user.roles.append(_operators() or Role(name=OPERATOR))
    db.session.commit()


def delete_account(user: User, now: datetime) -> None:
    """Has every feature forget a person, and at last their name. Conflict for the only operator.

    What stays is a row without a name: its number is never given to anybody else.
    """
    no_password = hash_password(secrets.token_urlsafe(32))
    try:
        _close(user)
        afterwards = [keeper.forget(user, now) for keeper in reversed(rights.keepers())]
        _make_nameless(user, no_password)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    for tell in filter(None, afterwards):
        try:
            tell()
        except Exception:  # it is done: what is told of it late or never must not look as if it were not
            log.exception("Not everybody was told that account %d is gone", user.id)


def _close(user: User) -> None:
    """Of two who try at once, one does; and of two operators who leave at once, one."""
    close = update(User).where(User.id == user.id, User.active).values(active=False)
    if db.session.scalar(close.returning(User.id)) is None:
        raise Conflict(_("This account is deleted already."))
    role = db.session.scalar(select(Role).where(Role.name == OPERATOR).with_for_update())
    if role in user.roles and not _other_operators(user):
        raise Conflict(
            _(
                "You alone run this site. Make somebody else operator first:"
                " flask accounts operator, with their e-mail address."
            )
        )


def _other_operators(user: User) -> bool:
    others = select(User.id).where(User.active, User.id != user.id, User.roles.any(Role.name == OPERATOR))
    return db.session.scalar(others.limit(1)) is not None


def _make_nameless(user: User, password_hash: str) -> None:
    mail.forget(user.email)
    user.display_name, user.bio, user.time_zone, user.language = NOBODY, "", None, None
    user.handle = f"{GONE_PREFIX}{user.id}"
    user.email = f"gone-{user.id}@deleted.invalid"
    user.hue = hue_of(user.handle)
    user.password = password_hash
    user.fs_uniquifier = secrets.token_hex(32)
    user.roles.clear()
    _drop_second_factor(user)
    db.session.execute(delete(ApiToken).where(ApiToken.user_id == user.id))


def _operators() -> Role | None:
    return db.session.scalar(select(Role).where(Role.name == OPERATOR))


def kept_of(user: User, now: datetime) -> dict[str, object]:
    """Returns what accounts keep of a person, without what only proves who they are."""
    return {
        "exported_at": now,
        "account": {
            "number": user.id,
            "email": user.email,
            "handle": user.handle,
            "display_name": user.display_name,
            "bio": user.bio,
            "time_zone": user.time_zone,
            "language": user.language,
            "hue": user.hue,
            "created_at": user.created_at,
            "roles": [role.name for role in user.roles],
        },
        "tokens": [
            {"name": token.name, "created_at": token.created_at, "last_used_at": token.last_used_at}
            for token in tokens_of(user)
        ],
    }


def rename(user: User, display_name: str) -> None:
    """Gives an account another name to be seen by. Invalid."""
    user.display_name = clean_display_name(display_name)
    db.session.commit()


def describe(user: User, bio: str) -> None:
    """Says something else on an account's profile. Invalid."""
    user.bio = clean_bio(bio)
    db.session.commit()


@cache
def time_zones() -> tuple[str, ...]:
    """Returns the names of time zones, by the places that are in them."""
    return ("UTC", *sorted(name for name in available_timezones() if name.split("/")[0] in _CONTINENTS))


def set_time_zone(user: User, name: str) -> None:
    """Shows an account every time in this zone; in the device's own where the name is empty. Invalid."""
    if name and name not in time_zones():
        raise Invalid(_("Choose a time zone of the list."))
    user.time_zone = name or None
    db.session.commit()


def language_of(user_id: int) -> str | None:
    """Returns what somebody chose; None for who follows their browser, and for who has no account."""
    return db.session.scalar(select(User.language).where(User.id == user_id))


def spoken_to(user_id: int) -> tuple[str | None, str | None]:
    """Returns the language and the time zone that somebody chose; None for what their browser says."""
    row = db.session.execute(select(User.language, User.time_zone).where(User.id == user_id)).one_or_none()
    return (row.language, row.time_zone) if row else (None, None)


def set_language(user: User, tag: str) -> None:
    """Speaks to an account in this language; in what its browser asks for where the tag is empty. Invalid."""
    if tag and tag not in languages.offered():
        raise Invalid(_("Choose a language of the list."))
    user.language = tag or None
    db.session.commit()


def sign_out_everywhere(user: User) -> None:
    """Ends every session of an account: what its cookies say names nobody any more. Tokens stay."""
    user.fs_uniquifier = secrets.token_hex(32)
    db.session.commit()


def account_by_handle(handle: str) -> User:
    """Returns the account with this handle, with or without the @ some type. NotFound."""
    called = handle.strip().removeprefix("@").lower()
    user = db.session.scalar(select(User).where(User.handle == called))
    if user is None:
        raise NotFound(
            _("There is no account called @%(called)s.", called=called) if called else _("Name an account.")
        )
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
    _drop_second_factor(user)
    db.session.commit()


def _drop_second_factor(user: User) -> None:
    user.tf_primary_method = user.tf_totp_secret = user.tf_last_counter = user.mf_recovery_codes = None


def create_token(user: User, name: str, now: datetime) -> str:
    """Returns a new token of the user's. It is shown this once. Invalid, Conflict."""
    if len(tokens_of(user)) >= TOKENS_MAX:
        raise Conflict(
            _("You have %(count)s tokens. Revoke one that is not used any more.", count=TOKENS_MAX)
        )
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
    token = next((token for token in tokens_of(user) if token.id == token_id), None)
    if token is None:
        raise NotFound(_("You have no such token."))
    db.session.delete(token)
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
