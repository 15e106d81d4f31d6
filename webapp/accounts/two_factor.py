"""Two-factor: Flask-Security's, with an authenticator app (TOTP, RFC 6238) and recovery codes."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any, cast

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import (
    MfRecoveryCodesUtil,
    Security,
    Totp,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    tf_code_confirmed,
    tf_disabled,
    tf_profile_changed,
)
from passlib.exc import TokenError
from wtforms import HiddenField, RadioField

from webapp.accounts.current import NOTHING, NeedsTwoFactor, current_account, require_account
from webapp.accounts.models import User
from webapp.accounts.second_factor import mark, shown
from webapp.clock import now
from webapp.config import Settings
from webapp.errors import Forbidden, NotFound
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.security import bearer_token, limit_posts, shows_form_again

bp = Blueprint("two_factor", __name__)
STEP_S = 30
"""How long an app shows a code. One of a step earlier or later is taken as well: clocks are a little off."""

_CHANGES = frozenset(
    f"accounts.{view}"
    for view in (
        "two_factor_setup",
        "two_factor_setup_validate",
        "two_factor_token_validation",
        "mf_recovery_codes",
    )
)
_FOR_PEOPLE = _CHANGES | {"accounts.change_password", "accounts.verify"}
"""What no program does for its owner. A new password signs in whoever set it, and no code is asked for."""


class OneTimeCodes(Totp):
    """Takes every code once (RFC 6238 section 5.2), by the application's clock."""

    def verify_totp(self, token: str, totp_secret: str, user: Any, window: int = 0) -> bool:
        try:
            match = self._totp.verify(
                token, totp_secret, time=now(), window=window, last_counter=user.tf_last_counter
            )
        except TokenError:
            return False
        user.tf_last_counter = match.counter
        return True


class RecoveryCodes(MfRecoveryCodesUtil):
    """A recovery code stands for the app: the session in which one was used has shown the second factor."""

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        mark(user)
        return super().delete_recovery_code(user, code)


class SetUpForm(TwoFactorSetupForm):
    """Says what to do, without a list to choose from: there is one method, or none."""

    setup = HiddenField()  # type: ignore[assignment]


class NoRescueForm(TwoFactorRescueForm):
    """Offers nothing: the page says what can be done."""

    help_setup = RadioField(choices=[])


CLASSES: dict[str, Any] = {
    "totp_cls": OneTimeCodes,
    "mf_recovery_codes_util_cls": RecoveryCodes,
    "two_factor_setup_form": SetUpForm,
    "two_factor_rescue_form": NoRescueForm,
}


def init_app(app: Flask) -> None:
    """Adds the pages, and follows who gives a code in which session."""
    app.register_blueprint(bp)
    app.before_request(_guard)
    app.register_error_handler(NeedsTwoFactor, _send_to_settings)
    tf_code_confirmed.connect(_on_code, app)
    tf_profile_changed.connect(_on_code, app)
    tf_disabled.connect(_on_off, app)
    # The way out that it offers is an e-mail to somebody; ours are recovery codes, and the operator.
    app.view_functions["accounts.two_factor_rescue"] = _nothing
    for endpoint in ("accounts.two_factor_token_validation", "accounts.mf_recovery", "two_factor.confirm"):
        limit_posts(app, endpoint, "10/minute;60/hour", shows_form_again)
        limit_posts(app, endpoint, "20/hour", shows_form_again, by=_whose_code)


@bp.route("/settings/two-factor/code", methods=["GET", "POST"])
def confirm() -> ResponseReturnValue:
    """Asks for a code in a session that was signed in without one."""
    user = require_account()
    if bearer_token() is not None or not user.has_two_factor:
        raise NotFound(NOTHING)
    if request.method == "POST" and _accepts(user, request.form.get("code", "")):
        mark(user)
        return redirect(_next(), code=303)
    return render_template("accounts/two_factor_confirm.html", wrong=request.method == "POST", next=_next())


def _accepts(user: User, code: str) -> bool:
    security: Security = current_app.extensions["security"]
    right = security.totp_factory.verify_totp(code, user.tf_totp_secret or "", user, STEP_S)
    if right:
        cast(Any, security.datastore).commit()
    return right


def _next() -> str:
    """Only the reviewers' pages send people here."""
    return "/review" if request.args.get("next") == "review" else "/settings/two-factor"


def _on_code(_app: Flask, user: User, **_more: object) -> None:
    mark(user)


def _on_off(_app: Flask, user: User, **_more: object) -> None:
    """What belonged to the old app is worth nothing when another is set up one day."""
    user.tf_last_counter = user.mf_recovery_codes = None


def _guard() -> ResponseReturnValue | None:
    """Lets nobody change the second factor who has not shown it, and no program a password either."""
    if request.endpoint in _FOR_PEOPLE and bearer_token() is not None:
        raise Forbidden(_("A program cannot change how its owner signs in."))
    user = current_account() if request.endpoint in _CHANGES else None
    if user is None:
        return None
    if request.endpoint == "accounts.two_factor_token_validation" and "tf_totp_secret" not in session:
        return redirect(url_for("accounts.two_factor_setup"))  # it would sign the person out
    if user.has_two_factor and not shown(user):
        return redirect(url_for("two_factor.confirm"))
    return None


def _send_to_settings(error: NeedsTwoFactor) -> ResponseReturnValue:
    flash(error.sentence)
    user = require_account()
    if user.has_two_factor:
        return redirect(url_for("two_factor.confirm", next="review"), code=303)
    return redirect(url_for("accounts.two_factor_setup"), code=303)


def _nothing(**_values: object) -> ResponseReturnValue:
    raise NotFound(NOTHING)


def _whose_code() -> str:
    """The account that is signing in, or is signed in."""
    return str(session.get("tf_user_id") or session.get("_user_id"))


def _fernet_key(key: str) -> bytes:
    return urlsafe_b64encode(hashlib.sha256(b"recovery codes " + key.encode()).digest())


def config(settings: Settings) -> dict[str, object]:
    """Returns Flask-Security's settings. Keys of apps and recovery codes are encrypted with a kept key."""
    key = settings.kept_key("two_factor_key")
    return {
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": STEP_S,
        "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_SETUP_URL": "/settings/two-factor",
        "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": "accounts/two_factor.html",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": "accounts/sign_in_code.html",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/sign-in/rescue",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/sign-in/select",
        "SECURITY_TOTP_SECRETS": {"1": key},
        "SECURITY_TOTP_ISSUER": "Parley",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [_fernet_key(key)],
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/settings/two-factor/recovery-codes",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "accounts/recovery_codes.html",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
        "SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE": "accounts/sign_in_recovery.html",
        "SECURITY_MSG_TWO_FACTOR_INVALID_TOKEN": (
            marked("That is not the code your app shows now. Wait for the next one and try again."),
            "error",
        ),
        "SECURITY_MSG_TWO_FACTOR_LOGIN_SUCCESSFUL": (marked("You are signed in."), "success"),
        "SECURITY_MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
            marked("Two-factor is on. From now on signing in asks for a code as well."),
            "success",
        ),
        "SECURITY_MSG_TWO_FACTOR_DISABLED": (
            marked("Two-factor is off. Your password alone signs you in."),
            "success",
        ),
        "SECURITY_MSG_TWO_FACTOR_PERMISSION_DENIED": (marked("Sign in first."), "error"),
        "SECURITY_MSG_INVALID_RECOVERY_CODE": (
            marked("That is none of your recovery codes, or it was used already."),
            "error",
        ),
        "SECURITY_MSG_NO_RECOVERY_CODES_SETUP": (marked("You have no recovery codes yet."), "info"),
    }
