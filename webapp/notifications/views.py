"""The page of what somebody was told, the count that every page has, and what they want to be told."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.current import current_account, require_account
from webapp.accounts.models import User
from webapp.accounts.views import person_in_browser
from webapp.clock import now, zone_called
from webapp.htmx import go_to, is_htmx
from webapp.languages import gettext as _
from webapp.notifications import queries, services
from webapp.notifications.kinds import KINDS
from webapp.notifications.models import Notification
from webapp.notifications.push import services as push
from webapp.notifications.push.keys import push_keys
from webapp.notifications.push.views import this_browser

bp = Blueprint("notifications", __name__)
settings = Blueprint("notification_settings", __name__, url_prefix="/settings/notifications")
settings.before_request(person_in_browser)


@bp.get("/notifications")
def index() -> ResponseReturnValue:
    """What one was told, the newest first, day by day."""
    user = current_account()
    if user is None:
        return _sign_in_first()
    page, older = queries.page_of(user, request.args.get("before"))
    return render_template("notifications/index.html", days=_by_day(user, page), older=older)


def _by_day(user: User, page: Sequence[Notification]) -> list[tuple[date, list[Notification]]]:
    """Groups a page by days of the zone that the reader chose; of UTC, if the device is to say."""
    zone = zone_called(user.time_zone)
    days = groupby(page, lambda told: told.created_at.astimezone(zone).date())
    return [(day, list(told)) for day, told in days]


@bp.get("/notifications/count")
def count() -> ResponseReturnValue:
    """How many are unread, for a page that has been open for a while. Nothing to a guest."""
    if current_account() is None:
        return "", 204
    return render_template("notifications/_count.html", unread=unread())


@bp.get("/notifications/<public_id>")
def follow(public_id: str) -> ResponseReturnValue:
    """Goes where a notification leads, which is read by that."""
    user = current_account()
    if user is None:
        return _sign_in_first()
    return redirect(services.mark_read(user, public_id, now()).url or url_for(".index"))


@bp.post("/notifications/<public_id>/read")
def mark_read(public_id: str) -> ResponseReturnValue:
    """One is read, without going there."""
    notification = services.mark_read(require_account(), public_id, now())
    if not is_htmx():
        return go_to(url_for(".index"))
    return render_template("notifications/_read.html", notification=notification, unread=unread())


@bp.post("/notifications/read")
def mark_all_read() -> ResponseReturnValue:
    """Everything is read."""
    services.mark_all_read(require_account(), now())
    return go_to(url_for(".index"))


@settings.get("")
def choices() -> ResponseReturnValue:
    """What one is told, and how."""
    user, keys = require_account(), push_keys()
    return render_template(
        "notifications/settings.html",
        kinds=KINDS.values(),
        ways=services.offered(),
        taken=queries.ways_of(user),
        server_key=keys.public if keys else None,
        on_here=push.is_on(user, this_browser()),
        browsers=push.browsers_of(user),
    )


@settings.post("")
def choose() -> ResponseReturnValue:
    """It is otherwise from now on. A box that the page does not have changes nothing."""
    offered = services.offered()
    wanted = {(name, way) for name in KINDS for way in offered if f"{name}-{way}" in request.form}
    services.choose(require_account(), wanted, offered)
    flash(_("It is saved."))
    return go_to("/settings/notifications")


def unread() -> int:
    """Returns how many notifications whoever makes this request has not read yet."""
    user = current_account()
    return queries.unread_count(user.id) if user else 0


def _sign_in_first() -> ResponseReturnValue:
    return redirect(url_for("accounts.login", next=request.path))
