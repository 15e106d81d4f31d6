"""The operator's page of what the last comparison of rows and files found."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.accounts.current import require_operator
from webapp.recordings import queries

bp = Blueprint("files", __name__)


@bp.get("/admin/files")
def index() -> ResponseReturnValue:
    """Files without rows, and rows without files."""
    require_operator()
    return render_template("recordings/findings.html", findings=queries.findings())
