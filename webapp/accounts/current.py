"""Who makes this request, for the views of every feature."""

from typing import cast

from flask_security import current_user

from webapp.accounts.models import User
from webapp.errors import Forbidden, NotFound


def current_account() -> User | None:
    """Returns the account that is signed in, if one is."""
    return cast(User, current_user._get_current_object()) if current_user.is_authenticated else None


def require_account() -> User:
    """Returns the account that is signed in. Forbidden."""
    user = current_account()
    if user is None:
        raise Forbidden("Sign in first: this is for people with an account.")
    return user


def require_operator() -> User:
    """Returns the operator who is signed in. NotFound: for everybody else these pages do not exist."""
    user = current_account()
    if user is None or not user.is_operator:
        raise NotFound("There is nothing at this address.")
    return user
