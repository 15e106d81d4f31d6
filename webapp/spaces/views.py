"""The pages of spaces, and what people do on them."""

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from webapp.accounts.current import current_account, require_account
from webapp.accounts.models import User
from webapp.clock import now
from webapp.htmx import go_to, is_htmx
from webapp.languages import gettext as _
from webapp.rollout.platforms import Platform, platform_of
from webapp.spaces import queries, services, succession
from webapp.spaces.archive import archive
from webapp.spaces.forms import DoorForm, SpaceForm
from webapp.spaces.gates import Refused
from webapp.spaces.live import live
from webapp.spaces.models import Space
from webapp.spaces.presence import GUEST
from webapp.spaces.states import State
from webapp.spaces.visitor import Visitor

bp = Blueprint("spaces", __name__)


def visitor() -> Visitor:
    """Returns who makes this request."""
    user = current_account()
    return Visitor(user=user) if user else Visitor(guest=session.get("guest"))


def numbered_visitor() -> Visitor:
    """Returns who makes this request; a guest gets a number, by which their next one is known."""
    if visitor().number is None:
        session["guest"] = new_guest()
    return visitor()


def space_at(public_id: str) -> Space:
    """Returns the space at an address, if whoever makes this request may see it. NotFound, Forbidden."""
    return queries.space_for(visitor(), public_id)


@bp.get("/spaces/new")
def new() -> ResponseReturnValue:
    """The form that opens a space."""
    host = visitor().user
    if host is None:
        return redirect("/sign-in?next=/spaces/new")
    return render_template("spaces/new.html", form=_form(host))


@bp.post("/spaces")
def create() -> ResponseReturnValue:
    """Opens a space."""
    host = require_account()
    form = _form(host)
    if not form.validate():
        return render_template("spaces/new.html", form=form), 422
    title, topics = form.title.data or "", form.topics.data or ""
    record, platform = bool(form.record.data), platform_in_use()
    plan, door = form.plan, form.door
    return go_to(services.create_space(host, title, topics, record, now(), platform, plan, door).url)


@bp.get("/spaces/<public_id>")
def show(public_id: str) -> ResponseReturnValue:
    """A space, in whatever state it is, or why its visitor may not enter."""
    try:
        space = space_at(public_id)
    except Refused as refused:
        return _refused(refused)
    if is_htmx() and request.args.get("seen") == f"{space.state}-{space.sequence}":
        return "", 204  # whoever waits has it on their page already
    if space.state == State.LIVE:
        numbered_visitor()
    return render_template("spaces/space.html", **_page(space), **_what_is_left(space))


@bp.get("/spaces/<public_id>/door")
def door(public_id: str) -> ResponseReturnValue:
    """Who may join, for the host to change."""
    space = space_at(public_id)
    services.check_may_set_door(space, require_account())
    form = DoorForm(data={"open_to": space.open_to, "members_only": not space.guests_allowed})
    return render_template("spaces/door.html", space=space, door_form=form)


@bp.post("/spaces/<public_id>/door")
def set_door(public_id: str) -> ResponseReturnValue:
    """The host says anew who may join."""
    space = space_at(public_id)
    form = DoorForm(request.form)
    if not form.validate():
        return render_template("spaces/door.html", space=space, door_form=form), 422
    services.set_door(space, require_account(), form.door)
    flash(_("%(who)s may join.", who=space.door.who))
    return go_to(space.url)


@bp.post("/spaces/<public_id>/start")
def start(public_id: str) -> ResponseReturnValue:
    """The host goes live."""
    space = space_at(public_id)
    services.start_space(space, require_account(), now())
    return go_to(space.url)


@bp.post("/spaces/<public_id>/end")
def end(public_id: str) -> ResponseReturnValue:
    """Whoever leads ends it for everybody."""
    space = space_at(public_id)
    services.end_space(space, require_account(), now())
    return go_to(space.url)


@bp.post("/spaces/<public_id>/recording/stop")
def stop_recording(public_id: str) -> ResponseReturnValue:
    """The host has recorded enough."""
    space = space_at(public_id)
    services.stop_recording(space, require_account(), now())
    return done(space)


@bp.post("/spaces/<public_id>/leave")
def leave(public_id: str) -> ResponseReturnValue:
    """Somebody goes; their page's socket closes with it."""
    space = space_at(public_id)
    if visitor().user is not None:
        services.leave(space, require_account())
    return go_to("/spaces")


@bp.post("/spaces/<public_id>/hand-over")
def hand_over(public_id: str) -> ResponseReturnValue:
    """The host goes, and a co-host leads."""
    space = space_at(public_id)
    succession.hand_over(space, require_account(), request.form.get("handle", ""), now())
    return go_to("/spaces")


@bp.post("/spaces/<public_id>/consent")
def consent(public_id: str) -> ResponseReturnValue:
    """The answer to the question about one's voice."""
    space = space_at(public_id)
    services.answer_consent(space, require_account(), request.form.get("answer", ""), now())
    return dock_of(space)


@bp.post("/spaces/<public_id>/people/<handle>/remove")
def remove_person(public_id: str, handle: str) -> ResponseReturnValue:
    """Somebody must go, for good."""
    space = space_at(public_id)
    services.remove_person(space, require_account(), handle, now())
    return done(space)


@bp.get("/spaces/<public_id>/dock")
def dock(public_id: str) -> ResponseReturnValue:
    """The viewer's own controls."""
    return render_template("spaces/_dock.html", **_page(space_at(public_id)))


@bp.get("/spaces/<public_id>/people")
def people(public_id: str) -> ResponseReturnValue:
    """Everybody who is here."""
    return render_template("spaces/_people.html", **_page(space_at(public_id), faces=queries.EVERYBODY))


@bp.get("/spaces/<public_id>/person/<handle>")
def person(public_id: str, handle: str) -> ResponseReturnValue:
    """Somebody who is here, and what the viewer may do about them."""
    page = _page(space_at(public_id), faces=queries.EVERYBODY)
    somebody, role = queries.person_in(page["space"], handle)
    standing = queries.standing_towards(visitor(), somebody)
    return render_template("spaces/_person.html", person=somebody, role=role, standing=standing, **page)


def new_guest() -> int:
    """Returns a number for somebody without an account."""
    return GUEST | secrets.randbits(63)


def _form(host: User) -> SpaceForm:
    form = SpaceForm(request.form, now=now())
    form.cannot_record = queries.why_no_recording(host, platform_in_use(), now())
    form.cannot_plan = queries.why_no_plan(host)
    return form


def platform_in_use() -> Platform:
    """Returns what the browser that makes this request runs on."""
    headers = request.headers
    return platform_of(headers.get("User-Agent", ""), headers.get("Sec-CH-UA-Platform", ""))


def _page(space: Space, faces: int = queries.FACES) -> dict[str, Any]:
    viewer = queries.viewer_of(space, visitor())
    return {
        "space": queries.whole_view(space, visitor(), live.presence.people(space.id), now(), faces),
        "viewer": viewer,
        "consent_wording": services.consent_wording(viewer.consent),
    }


def _what_is_left(space: Space) -> dict[str, Any]:
    if space.state != State.ENDED:
        return {}
    who, moment = visitor(), now()
    return {"outcome": archive.outcome(space, who, moment), "replay": archive.replay(space, who, moment)}


def dock_of(space: Space) -> ResponseReturnValue:
    """Answers with one's own controls, which a form in them has changed."""
    return render_template("spaces/_dock.html", **_page(space)) if is_htmx() else go_to(space.url)


def _refused(refused: Refused) -> ResponseReturnValue:
    """A page of its own; as a fragment it takes the place of the page that asks again and again."""
    view, viewer = queries.space_view(refused.space, []), queries.viewer_of(refused.space, visitor())
    page = render_template("spaces/refused.html", space=view, viewer=viewer, refusal=refused.refusal)
    return page, 200 if is_htmx() else refused.status


def done(space: Space) -> ResponseReturnValue:
    """Answers that it is done; the page is told of what has changed by its socket."""
    return ("", 204) if is_htmx() else go_to(space.url)
