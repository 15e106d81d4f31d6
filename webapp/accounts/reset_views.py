"""The two pages of who forgot their password. Without a mail server there are none."""

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import mail
from webapp.accounts import reset
from webapp.accounts.current import NOTHING
from webapp.accounts.forms import ForgottenForm, ResetForm
from webapp.accounts.passwords import hashed
from webapp.clock import now
from webapp.config import Settings
from webapp.errors import Conflict, NotFound
from webapp.languages import gettext as _
from webapp.security import limit_posts, redirects, shows_form_again

bp = Blueprint("reset", __name__, url_prefix="/sign-in")


def init_app(app: Flask) -> None:
    """Adds the pages, and says on that of signing in whether they are there."""
    app.register_blueprint(bp)
    app.jinja_env.globals.update(sends_mails=mail.sends_mails)
    limit_posts(app, "reset.ask", "10/minute;60/hour", redirects)
    limit_posts(app, "reset.ask", "3/hour", redirects, by=_address)
    limit_posts(app, "reset.choose", "10/minute;60/hour", shows_form_again)


@bp.before_request
def _only_with_mail() -> None:
    if not mail.sends_mails():
        raise NotFound(_(NOTHING))


@bp.route("/forgotten", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """Asks for a link, and is answered the same whether or not the address is somebody's."""
    form = ForgottenForm(request.form)
    if request.method == "GET":
        return render_template("accounts/forgotten.html", form=form)
    if not form.validate():
        return render_template("accounts/forgotten.html", form=form), 422
    reset.mail_link(form.email.data or "", _key(), now())
    flash(_("If somebody here has that address, a link is on its way to it. It works for half an hour."))
    return redirect(url_for("accounts.login"), code=303)


@bp.route("/new-password/<token>", methods=["GET", "POST"])
def choose(token: str) -> ResponseReturnValue:
    """Chooses a password, with the link of the mail. To look at the page does not use it up."""
    form = ResetForm(request.form)
    try:
        user = reset.account_of(token, _key(), now())
        if request.method == "POST" and form.validate():
            reset.take_password(user, hashed(form.new_password.data or ""))
            flash(_("Your password is changed, and every browser is signed out. Sign in with the new one."))
            return redirect(url_for("accounts.login"), code=303)
    except (NotFound, Conflict) as error:
        flash(error.sentence)
        return redirect(url_for(".ask"))
    page = render_template("accounts/new_password.html", form=form, token=token)
    return page, 422 if request.method == "POST" else 200, {"Cache-Control": "no-store"}


def _address() -> str:
    """Counts for an address, from wherever it is typed: nobody's mailbox is filled by strangers."""
    return f"new password {request.form.get('email', '').strip().lower()}"


def _key() -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.signing_key()
