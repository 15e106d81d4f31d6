"""The page of what somebody was told, and the count that every page has."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.current import current_account, require_account
from webapp.clock import now
from webapp.htmx import go_to
from webapp.notifications import queries, services

bp = Blueprint("notifications", __name__)


@bp.get("/notifications")
def index() -> ResponseReturnValue:
    """What one was told, the newest first."""
    user = current_account()
    if user is None:
        return _sign_in_first()
    page, older = queries.page_of(user, request.args.get("before"))
    return render_template("notifications/index.html", notifications=page, older=older)


@bp.get("/notifications/<public_id>")
def follow(public_id: str) -> ResponseReturnValue:
    """Goes where a notification leads, which is read by that."""
    user = current_account()
    if user is None:
        return _sign_in_first()
    return redirect(services.mark_read(user, public_id, now()).url or url_for(".index"))


@bp.post("/notifications/read")
def mark_all_read() -> ResponseReturnValue:
    """Everything is read."""
    services.mark_all_read(require_account(), now())
    return go_to(url_for(".index"))


def unread() -> int:
    """Returns how many notifications whoever makes this request has not read yet."""
    user = current_account()
    return queries.unread_count(user.id) if user else 0


def _sign_in_first() -> ResponseReturnValue:
    return redirect(url_for("accounts.login", next=request.path))
