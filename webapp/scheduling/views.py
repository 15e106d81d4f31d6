"""The pages of a space that has not started: changing it, calling it off, waiting for it."""

from flask import Blueprint, Response, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue

from webapp.accounts.current import current_account, require_account
from webapp.clock import now
from webapp.errors import NotFound
from webapp.htmx import go_to, is_htmx
from webapp.languages import gettext as _
from webapp.scheduling import queries, services
from webapp.scheduling.calendar import calendar_of
from webapp.spaces.forms import LATER, NOW, SpaceForm
from webapp.spaces.models import Space
from webapp.spaces.queries import space_for, why_no_plan, why_no_recording
from webapp.spaces.views import platform_in_use, visitor

bp = Blueprint("scheduling", __name__, url_prefix="/spaces/<public_id>")


@bp.get("/edit")
def edit(public_id: str) -> ResponseReturnValue:
    """What a space will be, to be changed."""
    space = _space(public_id)
    services.check_may_edit(space, require_account())
    return render_template("scheduling/edit.html", space=space, form=_form(space))


@bp.post("/edit")
def save(public_id: str) -> ResponseReturnValue:
    """Another title, another time."""
    space, host = _space(public_id), require_account()
    services.check_may_edit(space, host)
    form = _form(space)
    if not form.validate():
        return render_template("scheduling/edit.html", space=space, form=form), 422
    title, topics = form.title.data or "", form.topics.data or ""
    record, platform = bool(form.record.data), platform_in_use()
    services.edit_space(space, host, title, topics, record, form.plan, now(), platform)
    flash(_("The space is changed."))
    return go_to(space.url)


@bp.post("/cancel")
def cancel(public_id: str) -> ResponseReturnValue:
    """It will not be."""
    space = _space(public_id)
    services.cancel_space(space, require_account(), now())
    return go_to(space.url)


@bp.post("/reminder")
def remind(public_id: str) -> ResponseReturnValue:
    """Somebody wants to be reminded, or no longer."""
    space, user = _space(public_id), require_account()
    services.remind(space, user, request.form.get("wanted") != "0", now())
    if not is_htmx():
        return go_to(space.url)
    is_reminded = queries.is_reminded(user, space)
    return render_template("scheduling/_remind.html", space=space, is_reminded=is_reminded)


@bp.get("/calendar.ics")
def calendar(public_id: str) -> ResponseReturnValue:
    """The space as an entry of a calendar."""
    space = _space(public_id)
    if space.scheduled_for is None:
        raise NotFound(_("This space has no set time, so there is nothing for a calendar."))
    entry = calendar_of(space, current_app.extensions["settings"].address)
    response = Response(entry, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.headers.set("Content-Disposition", "attachment", filename="space.ics")
    return response


def reminded() -> frozenset[str]:
    """Returns the public ids of the spaces that whoever makes this request is to be reminded of."""
    user = current_account()
    return queries.reminded_spaces(user) if user else frozenset()


def _space(public_id: str) -> Space:
    return space_for(visitor(), public_id)


def _form(space: Space) -> SpaceForm:
    plan, host = space.plan, require_account()
    as_it_is = {
        "title": space.title,
        "topics": ", ".join(space.topics),
        "record": space.record,
        "when": LATER if plan else NOW,
        "starts_at": plan.local if plan else "",
        "zone": plan.zone if plan else "",
    }
    form = SpaceForm(request.form, data=as_it_is, now=now(), current=plan)
    form.cannot_record = "" if space.record else why_no_recording(host, platform_in_use(), now())
    form.cannot_plan = "" if plan else why_no_plan(host)
    return form
