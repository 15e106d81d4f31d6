"""How listeners ask to speak, and what those who lead answer."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from webapp.accounts.current import require_account
from webapp.clock import now
from webapp.spaces.requests import services
from webapp.spaces.views import dock_of, done, space_at

bp = Blueprint("requests", __name__)


@bp.post("/spaces/<public_id>/requests")
def ask(public_id: str) -> ResponseReturnValue:
    """A listener would like to speak."""
    space = space_at(public_id)
    services.ask(space, require_account(), request.form.get("question", ""), now())
    return dock_of(space)


@bp.post("/spaces/<public_id>/requests/withdraw")
def take_back(public_id: str) -> ResponseReturnValue:
    """Or not, after all."""
    space = space_at(public_id)
    services.take_back(space, require_account())
    return dock_of(space)


@bp.post("/spaces/<public_id>/requests/<handle>/answer")
def answer(public_id: str, handle: str) -> ResponseReturnValue:
    """Somebody who asked may speak, or not."""
    space = space_at(public_id)
    services.answer(space, require_account(), handle, request.form.get("answer", ""), now())
    return done(space)


@bp.post("/spaces/<public_id>/requests/decline")
def decline_all(public_id: str) -> ResponseReturnValue:
    """Nobody who has asked so far."""
    space = space_at(public_id)
    services.decline_all(space, require_account())
    return done(space)


@bp.post("/spaces/<public_id>/requests/open")
def set_open(public_id: str) -> ResponseReturnValue:
    """Whether listeners may ask."""
    space = space_at(public_id)
    services.set_open(space, require_account(), request.form.get("open") == "1")
    return done(space)
