"""Settings: what people change about their accounts. Changing the password is Flask-Security's."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_security import logout_user

from webapp.accounts import services
from webapp.accounts.current import current_account, require_account
from webapp.accounts.forms import NameForm, TokenForm
from webapp.clock import now
from webapp.errors import Forbidden
from webapp.htmx import go_to
from webapp.security import bearer_token

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.before_request
def _check() -> ResponseReturnValue | None:
    """Sends visitors to sign in. A token that leaked must not make itself others, or lock its owner out."""
    if bearer_token() is not None:
        raise Forbidden("Settings are for people in a browser, not for programs.")
    if current_account() is None and request.method == "GET":
        return redirect(f"/sign-in?next={request.path}")
    require_account()
    return None


@bp.get("")
def show() -> ResponseReturnValue:
    """Everything there is to set."""
    return _page()


@bp.post("/name")
def rename() -> ResponseReturnValue:
    """Another name."""
    form = NameForm(request.form)
    if not form.validate():
        return _page(name_form=form), 422
    services.rename(require_account(), form.display_name.data or "")
    flash("Your name is changed.")
    return go_to("/settings")


@bp.post("/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """Every browser is signed out, this one too."""
    services.sign_out_everywhere(require_account())
    logout_user()
    flash("You are signed out everywhere.")
    return go_to("/sign-in")


@bp.post("/tokens")
def create_token() -> ResponseReturnValue:
    """A new token, which this answer alone shows."""
    form = TokenForm(request.form)
    if not form.validate():
        return _page(token_form=form), 422
    token = services.create_token(require_account(), form.name.data or "", now())
    response = make_response(_page(new_token=token))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    """A token ends."""
    services.revoke_token(require_account(), token_id)
    flash("The token is revoked: what used it is refused from now on.")
    return go_to("/settings")


def _page(**given: Any) -> str:
    user = require_account()
    forms = {"name_form": NameForm(obj=user), "token_form": TokenForm()}
    return render_template("accounts/settings.html", tokens=services.tokens_of(user), **forms | given)
