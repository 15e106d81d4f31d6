"""In which sessions a second factor was shown.

Flask-Security asks for a code when somebody signs in with a password, and that is all it guarantees: sessions
that were open before two-factor was set up go on, and a remember-me cookie signs a browser in again without a
code. So a session bears a mark of its own once a code was given in it.
"""

import hashlib

from flask import session

from webapp.accounts.models import User

_MARK = "second_factor"


def mark(user: User) -> None:
    """Notes that the user's code was right, in this session."""
    session[_MARK] = _digest(user)


def shown(user: User) -> bool:
    """Tells whether a code of the user's present app, or a recovery code, was given in this session."""
    return user.has_two_factor and session.get(_MARK) == _digest(user)


def _digest(user: User) -> str:
    """Stands for the present app: when another is set up, every other session has to show its code again."""
    return hashlib.sha256((user.tf_totp_secret or "").encode()).hexdigest()
