"""Settings: what people change about their accounts. Changing the password is Flask-Security's."""

import os
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_security import logout_user

from webapp.accounts import services
from webapp.accounts.current import current_account, require_account
from webapp.accounts.export import make, pieces
from webapp.accounts.forms import BioForm, DeleteForm, LanguageForm, NameForm, TimeZoneForm, TokenForm
from webapp.accounts.rights import keepers
from webapp.clock import now
from webapp.errors import Forbidden
from webapp.htmx import go_to
from webapp.languages import gettext as _
from webapp.security import bearer_token

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.before_request
def person_in_browser() -> ResponseReturnValue | None:
    """Sends visitors to sign in. A token that leaked must not make itself others, or lock its owner out."""
    if bearer_token() is not None:
        raise Forbidden(_("Settings are for people in a browser, not for programs."))
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
    flash(_("Your name is changed."))
    return go_to("/settings")


@bp.post("/bio")
def describe() -> ResponseReturnValue:
    """What one says of oneself."""
    form = BioForm(request.form)
    if not form.validate():
        return _page(bio_form=form), 422
    services.describe(require_account(), form.bio.data or "")
    flash(_("What your profile says of you is changed."))
    return go_to("/settings")


@bp.post("/time-zone")
def set_time_zone() -> ResponseReturnValue:
    """In which zone times are shown."""
    form = TimeZoneForm(request.form)
    if not form.validate():
        return _page(time_zone_form=form), 422
    services.set_time_zone(require_account(), form.time_zone.data or "")
    flash(_("Your time zone is changed."))
    return go_to("/settings")


@bp.post("/language")
def set_language() -> ResponseReturnValue:
    """In which language pages are written."""
    form = LanguageForm(request.form)
    if not form.validate():
        return _page(language_form=form), 422
    services.set_language(require_account(), form.language.data or "")
    flash(_("Your language is changed."))
    return go_to("/settings")


@bp.post("/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """Every browser is signed out, this one too."""
    services.sign_out_everywhere(require_account())
    logout_user()
    flash(_("You are signed out everywhere."))
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
    flash(_("The token is revoked: what used it is refused from now on."))
    return go_to("/settings")


@bp.get("/data")
def data() -> ResponseReturnValue:
    """What is kept of whoever asks, and what they can do about it."""
    return _data_page(DeleteForm())


@bp.post("/data/export")
def export() -> ResponseReturnValue:
    """All of it, as a file."""
    user, exports = require_account(), current_app.extensions["exports"]
    exports.begin(user)
    try:
        file = make(user, now(), current_app.extensions["settings"].data_dir)
    except BaseException:
        exports.end(user.id)
        raise
    response = Response(pieces(file), content_type="application/zip")
    response.call_on_close(file.close)
    response.call_on_close(partial(exports.end, user.id))
    response.content_length = os.fstat(file.fileno()).st_size
    response.headers.set("Content-Disposition", "attachment", filename=f"parley-{user.handle}.zip")
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/data/delete")
def delete_account() -> ResponseReturnValue:
    """The end of an account, when its owner says so twice."""
    form = DeleteForm(request.form)
    if not form.validate():
        return _data_page(form), 422
    services.delete_account(require_account(), now())
    logout_user()
    flash(_("Your account is deleted."))
    return go_to("/")


def _data_page(form: DeleteForm) -> str:
    return render_template("accounts/data.html", keepers=keepers(), form=form)


def _page(**given: Any) -> str:
    user = require_account()
    forms = {
        "name_form": NameForm(obj=user),
        "bio_form": BioForm(obj=user),
        "time_zone_form": TimeZoneForm(obj=user),
        "language_form": LanguageForm(obj=user),
        "token_form": TokenForm(),
    }
    tokens = services.tokens_of(user)
    return render_template("accounts/settings.html", tokens=tokens, **forms | given)
