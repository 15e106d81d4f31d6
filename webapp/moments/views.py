"""What people do in a live space besides talking, and what each finds beside its recording."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.accounts.current import require_account
from webapp.clock import now
from webapp.errors import DomainError
from webapp.htmx import go_to, is_htmx
from webapp.languages import gettext as _
from webapp.moments import queries, services
from webapp.spaces.models import Space
from webapp.spaces.queries import space_for
from webapp.spaces.views import visitor
from webapp.templating import clock_time

bp = Blueprint("moments", __name__)


def _space(public_id: str) -> Space:
    return space_for(visitor(), public_id)


@bp.post("/spaces/<public_id>/reactions")
def react(public_id: str) -> ResponseReturnValue:
    """Somebody who is there shows how they feel."""
    space = _space(public_id)
    services.react(space, visitor(), request.form.get("kind", ""), now())
    return _done(space)


@bp.post("/spaces/<public_id>/links")
def pin_link(public_id: str) -> ResponseReturnValue:
    """The host or a co-host pins a link."""
    space = _space(public_id)
    actor, form = require_account(), request.form
    try:
        services.pin_link(space, actor, form.get("address", ""), form.get("title", ""), now())
    except DomainError as error:
        if is_htmx():
            return _beside_the_form(error)
        raise
    return _done(space)


@bp.post("/spaces/<public_id>/links/<int(max=2147483647):number>/unpin")
def unpin(public_id: str, number: int) -> ResponseReturnValue:
    """The host or a co-host takes a link down."""
    space = _space(public_id)
    services.unpin(space, require_account(), number)
    return _done(space)


@bp.post("/spaces/<public_id>/links/<int(max=2147483647):number>/delete")
def delete_pin(public_id: str, number: int) -> ResponseReturnValue:
    """The host or a co-host takes a link from beside the recording."""
    space = _space(public_id)
    services.delete_pin(space, require_account(), number)
    return go_to(space.url)


@bp.post("/spaces/<public_id>/marks")
def remember(public_id: str) -> ResponseReturnValue:
    """Somebody who is there wants to find this moment again."""
    space = _space(public_id)
    mark = services.remember(space, require_account(), request.form.get("note", ""), now())
    return _("Remembered at %(time)s.", time=clock_time(mark.at_ms)) if is_htmx() else go_to(space.url)


@bp.get("/spaces/<public_id>/marks")
def marks(public_id: str) -> ResponseReturnValue:
    """The moments that the visitor remembers."""
    return _marks(_space(public_id))


@bp.post("/spaces/<public_id>/marks/<int(max=2147483647):number>/delete")
def forget_mark(public_id: str, number: int) -> ResponseReturnValue:
    """Somebody does not want to find a moment again."""
    space = _space(public_id)
    services.forget_mark(space, require_account(), number)
    return _marks(space) if is_htmx() else go_to(space.url)


def _marks(space: Space) -> ResponseReturnValue:
    marks = queries.marks_by(require_account(), space.id)
    return render_template("moments/_marks.html", space=space, marks=marks)


def _done(space: Space) -> ResponseReturnValue:
    return ("", 204) if is_htmx() else go_to(space.url)


def _beside_the_form(error: DomainError) -> ResponseReturnValue:
    """The form is above the rest of the page: a notice at its top would be behind it."""
    place = {"HX-Retarget": "#pin-problem", "HX-Reswap": "innerHTML"}
    return render_template("_error.html", status=error.status, sentence=error.sentence), error.status, place
