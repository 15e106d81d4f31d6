"""Who makes this request, for the views of every feature."""

from typing import cast

from flask_security import current_user

from webapp.accounts import second_factor
from webapp.accounts.models import User
from webapp.errors import Forbidden, NotFound
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.security import bearer_token

NOTHING = marked("There is nothing at this address.")


class NeedsTwoFactor(Forbidden):
    """The account has to set two-factor up first, or this session has to show a code."""


def current_account() -> User | None:
    """Returns the account that is signed in, if one is."""
    return cast(User, current_user._get_current_object()) if current_user.is_authenticated else None


def require_account() -> User:
    """Returns the account that is signed in. Forbidden."""
    user = current_account()
    if user is None:
        raise Forbidden(_("Sign in first: this is for people with an account."))
    return user


def require_operator() -> User:
    """Returns the operator who is signed in. NotFound: for everybody else these pages do not exist."""
    user = current_account()
    if user is None or not user.is_operator:
        raise NotFound(_(NOTHING))
    return user


def require_reviewer() -> User:
    """Returns the reviewer who is signed in, and who showed a second factor in this very session.

    NotFound for everybody else, and for a program with a token. NeedsTwoFactor for a reviewer who has not set
    two-factor up, and in a session without a code: one that was open before two-factor was set up elsewhere,
    or that a remember-me cookie began. Flask-Security asks neither of them again (``second_factor``).
    """
    user = current_account()
    if user is None or not user.is_reviewer or bearer_token() is not None:
        raise NotFound(_(NOTHING))
    if not user.has_two_factor:
        raise NeedsTwoFactor(_("Reviewers sign in with two-factor. Set it up first; then you can go on."))
    if not second_factor.shown(user):
        raise NeedsTwoFactor(_("Show first that it is you: this browser was signed in without a code."))
    return user
