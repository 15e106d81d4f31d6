"""The operator's pages. For everybody else there is nothing at these addresses."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.current import require_operator
from webapp.admin import queries, services
from webapp.clock import now
from webapp.languages import marked
from webapp.scheduler import scheduler

bp = Blueprint("admin", __name__, url_prefix="/admin")
DOORS = (
    ("/admin/jobs", marked("Jobs"), marked("What runs by itself every so often, and how it went.")),
    ("/admin/rollout", marked("Roll-outs"), marked("Who gets a new feature, and when everybody does.")),
    ("/admin/reviewers", marked("Reviewers"), marked("Who may look into reports and into the vault.")),
    ("/admin/files", marked("Files"), marked("Rows without files, and files without rows.")),
    ("/metrics", marked("Metrics"), marked("Numbers for Prometheus, as plain text.")),
)


@bp.before_request
def _check() -> None:
    require_operator()


@bp.get("")
def index() -> ResponseReturnValue:
    """What there is to look after, of what this site has."""
    here = {rule.rule for rule in current_app.url_map.iter_rules()}
    return render_template("admin/index.html", doors=[door for door in DOORS if door[0] in here])


@bp.get("/jobs")
def jobs() -> ResponseReturnValue:
    """The sweeps, and how they went."""
    return render_template("admin/jobs.html", jobs=queries.jobs(scheduler(), now()))


@bp.post("/jobs/<name>/run")
def run_job(name: str) -> ResponseReturnValue:
    """Runs a sweep now."""
    flash(services.run_job(scheduler(), name))
    return redirect(url_for("admin.jobs"), code=303)
