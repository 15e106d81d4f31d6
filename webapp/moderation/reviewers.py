"""The operator's page of reviewers."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts import services as accounts
from webapp.accounts.current import NOTHING, require_operator
from webapp.errors import NotFound
from webapp.security import bearer_token

bp = Blueprint("reviewers", __name__)


@bp.before_request
def _operator_alone() -> None:
    """No program either: whom it made a reviewer could listen to what it cannot."""
    require_operator()
    if bearer_token() is not None:
        raise NotFound(NOTHING)


@bp.get("/admin/reviewers")
def index() -> ResponseReturnValue:
    """Who may look at what was reported."""
    return render_template("moderation/reviewers.html", reviewers=accounts.reviewers())


@bp.post("/admin/reviewers")
def add() -> ResponseReturnValue:
    """One more may."""
    handle = request.form.get("handle", "")
    try:
        accounts.make_reviewer(accounts.account_by_handle(handle))
    except NotFound as error:
        page = {"reviewers": accounts.reviewers(), "handle": handle, "error": error.sentence}
        return render_template("moderation/reviewers.html", **page), 422
    return redirect(url_for("reviewers.index"), code=303)


@bp.post("/admin/reviewers/<handle>/revoke")
def revoke(handle: str) -> ResponseReturnValue:
    """One no longer may."""
    accounts.unmake_reviewer(accounts.account_by_handle(handle))
    return redirect(url_for("reviewers.index"), code=303)
