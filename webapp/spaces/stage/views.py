"""What people do on a stage, and about who is on it."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.accounts.current import require_account
from webapp.clock import now
from webapp.spaces.stage import services
from webapp.spaces.views import dock_of, done, space_at

bp = Blueprint("stage", __name__)


@bp.post("/spaces/<public_id>/invitations")
def invite(public_id: str) -> ResponseReturnValue:
    """A listener may come."""
    space = space_at(public_id)
    services.invite(space, require_account(), request.form.get("handle", ""), now())
    return done(space)


@bp.post("/spaces/<public_id>/invitations/<handle>/withdraw")
def take_invitation_back(public_id: str, handle: str) -> ResponseReturnValue:
    """Or not, after all."""
    space = space_at(public_id)
    services.take_invitation_back(space, require_account(), handle)
    return done(space)


@bp.post("/spaces/<public_id>/invitation")
def answer_invitation(public_id: str) -> ResponseReturnValue:
    """Whoever was invited comes, or goes on listening."""
    space = space_at(public_id)
    services.answer_invitation(space, require_account(), request.form.get("answer", ""))
    return dock_of(space)


@bp.post("/spaces/<public_id>/cohosts")
def make_cohost(public_id: str) -> ResponseReturnValue:
    """A speaker leads as well."""
    space = space_at(public_id)
    services.make_cohost(space, require_account(), request.form.get("handle", ""))
    return done(space)


@bp.post("/spaces/<public_id>/cohosts/<handle>/remove")
def unmake_cohost(public_id: str, handle: str) -> ResponseReturnValue:
    """A co-host speaks only."""
    space = space_at(public_id)
    services.unmake_cohost(space, require_account(), handle)
    return done(space)


@bp.post("/spaces/<public_id>/mute")
def mute(public_id: str) -> ResponseReturnValue:
    """One's own microphone, off or on."""
    space = space_at(public_id)
    services.set_muted(space, require_account(), request.form.get("muted") != "0")
    return done(space)


@bp.post("/spaces/<public_id>/stage/mute")
def mute_everybody(public_id: str) -> ResponseReturnValue:
    """Every speaker's, off."""
    space = space_at(public_id)
    services.mute_everybody(space, require_account())
    return done(space)


@bp.post("/spaces/<public_id>/stage/<handle>/mute")
def mute_person(public_id: str, handle: str) -> ResponseReturnValue:
    """Somebody else's, off."""
    space = space_at(public_id)
    services.mute_person(space, require_account(), handle)
    return done(space)


@bp.post("/spaces/<public_id>/stage/leave")
def leave_stage(public_id: str) -> ResponseReturnValue:
    """One's own seat, given up."""
    space = space_at(public_id)
    services.leave_stage(space, require_account())
    return done(space)


@bp.post("/spaces/<public_id>/stage/<handle>/remove")
def move_to_audience(public_id: str, handle: str) -> ResponseReturnValue:
    """Somebody else's, taken."""
    space = space_at(public_id)
    services.move_to_audience(space, require_account(), handle)
    return done(space)
