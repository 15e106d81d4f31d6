"""Where browsers subscribe, and the worker that shows what they are sent."""

from typing import Any

from flask import Blueprint, Response, after_this_request, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts.current import require_account
from webapp.accounts.models import User
from webapp.accounts.views import person_in_browser
from webapp.clock import now
from webapp.config import Settings
from webapp.htmx import go_to
from webapp.notifications.push import services

bp = Blueprint("push", __name__)
COOKIE = "parley_push"
"""Names this browser's subscription, so that signing out here ends it."""
COOKIE_S = 400 * 24 * 3600


@bp.post("/settings/notifications/push")
def subscribe() -> ResponseReturnValue:
    """This browser is told from now on."""
    person_in_browser()
    endpoint, p256dh, auth = (request.form.get(name, "") for name in ("endpoint", "p256dh", "auth"))
    made = services.subscribe(require_account(), endpoint, p256dh, auth, now())
    return _remember(Response(status=204), made.public_id)


@bp.post("/settings/notifications/push/stop")
def stop() -> ResponseReturnValue:
    """This browser is told nothing any more."""
    person_in_browser()
    services.unsubscribe(require_account(), this_browser())
    return _forget(go_to("/settings/notifications"))


@bp.post("/settings/notifications/push/stop-all")
def stop_all() -> ResponseReturnValue:
    """No browser is."""
    person_in_browser()
    services.unsubscribe_all(require_account())
    return _forget(go_to("/settings/notifications"))


def this_browser() -> str:
    """Returns the public id of this browser's subscription; empty when it has none."""
    return request.cookies.get(COOKIE, "")


def on_sign_out(_app: object, user: object, **_more: Any) -> None:
    """Ends the subscription of the browser that signs out."""
    if isinstance(user, User):  # nobody may sign out, too
        services.unsubscribe(user, this_browser())
        after_this_request(_forget)


def on_new_password(_app: object, user: User, **_more: Any) -> None:
    """Keeps that of the browser in which the password was changed; the others are signed out."""
    services.stay(user, this_browser())


def _remember(response: Response, public_id: str) -> Response:
    settings: Settings = current_app.extensions["settings"]
    response.set_cookie(
        COOKIE, public_id, COOKIE_S, httponly=True, samesite="Lax", secure=settings.cookie_secure
    )
    return response


def _forget(response: BaseResponse) -> BaseResponse:
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return response
