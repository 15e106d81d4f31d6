"""Sets Flask-Security up: sessions for people, bearer tokens for programs."""

from datetime import timedelta
from typing import Any

from flask import Flask, Request, abort, request
from flask_limiter.util import get_remote_address
from flask_security import Security, SQLAlchemyUserDatastore, current_user
from sqlalchemy.exc import SQLAlchemyError

from webapp import languages
from webapp.accounts import relations, reset_views, rights, services, two_factor, views
from webapp.accounts.current import current_account
from webapp.accounts.export import Exports
from webapp.accounts.forms import NewPasswordForm, SignUpForm
from webapp.accounts.models import Role, User
from webapp.clock import now
from webapp.config import Settings
from webapp.db import db
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.security import bearer_token, limit_posts, redirects, shows_form_again, succeeds

NO_MATCH = (marked("That e-mail address and password do not belong together."), "error")

PASSWORD_CHANGED = (marked("Your password is changed, and every other browser is signed out."), "success")
SAID_BY_FLASK_SECURITY = {
    "DISABLED_ACCOUNT": marked("This account is closed."),
    "EMAIL_ALREADY_ASSOCIATED": marked("%(email)s has an account already."),
    "EMAIL_NOT_PROVIDED": marked("Type your e-mail address."),
    "INVALID_EMAIL_ADDRESS": marked("That is not an e-mail address."),
    "PASSWORD_INVALID_LENGTH": marked("Take at least %(length)s characters."),
    "PASSWORD_IS_THE_SAME": marked("That is the password you have. Take another one."),
    "PASSWORD_NOT_PROVIDED": marked("Type a password."),
}
"""Our words for what it says."""
ACCOUNT = rights.Keeper(
    "about",
    export=services.kept_of,
    kept=marked(
        "Your account: your name, handle and e-mail address, what you say of yourself, your time zone and"
        " language, when you signed up, and what your tokens are for."
    ),
    consequence=marked(
        "Your name, e-mail address and what you say of yourself are removed, every browser is signed out,"
        " and your tokens end. Your handle is free for somebody else. What stays is a row without a name."
    ),
)


class AccountStore(SQLAlchemyUserDatastore):
    """Where Flask-Security finds accounts, and makes them by our rules."""

    def create_user(self, **fields: Any) -> User:
        email, password, handle, name = (fields[k] for k in ("email", "password", "handle", "display_name"))
        return services.sign_up(email, password, handle, name, now())


def init_app(app: Flask, settings: Settings) -> None:
    """Adds the pages of signing up, in and out, and tells who makes each request."""
    app.config.update(_config(settings), **two_factor.config(settings), **_words(app))
    store = AccountStore(db, User, Role)
    forms: dict[str, Any] = {"register_form": SignUpForm, "change_password_form": NewPasswordForm}
    security = Security(app, store, **forms, **two_factor.CLASSES)
    security.want_json(lambda _request: False)
    security.login_manager.request_loader(_account_by_token)
    app.before_request(_refuse_unknown_token)
    app.register_blueprint(views.bp)
    app.extensions["exports"] = Exports()
    languages.by_account(app, _chosen_language)
    rights.register(app, ACCOUNT)
    rights.register(app, relations.KEEPER)
    _limit_attempts(app)
    two_factor.init_app(app)
    reset_views.init_app(app)


def _chosen_language() -> str | None:
    """Returns what the account chose; the page that says that the database fails is written without it."""
    try:
        user = current_account()
        return user.language if user else None
    except SQLAlchemyError:
        return None


def _account_by_token(_request: Request) -> User | None:
    token = bearer_token()
    return services.account_by_token(token, now()) if token is not None else None


def _refuse_unknown_token() -> None:
    if request.endpoint == "metrics":  # which has a token of its own
        return
    if bearer_token() is not None and not current_user.is_authenticated:
        abort(401, _("That token is not valid."))


def _limit_attempts(app: Flask) -> None:
    """Counts wrong passwords (the form is shown again), new accounts (a redirect), and exports."""
    limit_posts(app, "accounts.login", "10/minute;60/hour", shows_form_again)
    limit_posts(app, "accounts.verify", "10/minute;60/hour", shows_form_again)
    limit_posts(app, "accounts.register", "60/hour", redirects)
    limit_posts(app, "accounts.change_password", "10/minute;60/hour", shows_form_again, by=_account)
    limit_posts(app, "settings.delete_account", "5/minute;20/hour", shows_form_again, by=_account)
    limit_posts(app, "settings.export", "5/hour", succeeds, by=_account)


def _account() -> str:
    """Counts for an account, from wherever it is used."""
    return f"account {current_user.id}" if current_user.is_authenticated else get_remote_address()


def _words(app: Flask) -> dict[str, object]:
    """Has what Flask-Security says translated: by its own catalogues, and by ours, which win."""
    return {
        "SECURITY_I18N_DOMAIN": "flask_security;messages",
        "SECURITY_I18N_DIRNAME": ["builtin", app.config["BABEL_TRANSLATION_DIRECTORIES"]],
    }


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECURITY_BLUEPRINT_NAME": "accounts",
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_REGISTER_URL": "/sign-up",
        "SECURITY_LOGIN_USER_TEMPLATE": "accounts/sign_in.html",
        "SECURITY_REGISTER_USER_TEMPLATE": "accounts/sign_up.html",
        "SECURITY_REGISTERABLE": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/settings/password",
        "SECURITY_CHANGE_PASSWORD_TEMPLATE": "accounts/password.html",
        "SECURITY_POST_CHANGE_VIEW": "/settings",
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_MSG_PASSWORD_CHANGE": PASSWORD_CHANGED,
        "SECURITY_SEND_REGISTER_EMAIL": False,
        "SECURITY_MSG_USER_DOES_NOT_EXIST": NO_MATCH,
        "SECURITY_MSG_INVALID_PASSWORD": NO_MATCH,
        **{f"SECURITY_MSG_{name}": (sentence, "error") for name, sentence in SAID_BY_FLASK_SECURITY.items()},
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_SINGLE_HASH": {"argon2"},
        "SECURITY_PASSWORD_CONFIRM_REQUIRED": False,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_FRESHNESS": timedelta(minutes=30),
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=30),
        "SECURITY_VERIFY_URL": "/sign-in/again",
        "SECURITY_VERIFY_TEMPLATE": "accounts/sign_in_again.html",
        "SECURITY_MSG_REAUTHENTICATION_REQUIRED": (
            marked("Type your password again: this changes how you sign in."),
            "info",
        ),
        "SECURITY_MSG_REAUTHENTICATION_SUCCESSFUL": (marked("Thank you. Go on."), "info"),
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
        "REMEMBER_COOKIE_NAME": "parley_remember",
        "REMEMBER_COOKIE_DURATION": timedelta(days=30),
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": settings.cookie_secure,
    }
