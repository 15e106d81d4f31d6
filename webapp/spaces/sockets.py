"""The way a socket takes: checked as any request is, upgraded by flask-sock, handed to the media core."""

from flask import Blueprint, abort, g, request
from flask.typing import ResponseReturnValue
from flask_sock import Sock
from simple_websocket import Server
from wsproto.utilities import RemoteProtocolError

from webapp.media import SUBPROTOCOL, hand_over, media
from webapp.security import origin_is_ours
from webapp.spaces import queries
from webapp.spaces.states import check_live
from webapp.spaces.views import new_guest, visitor

bp = Blueprint("sockets", __name__)
sock = Sock()


@bp.before_request
def _check() -> None:
    """Refuses, as long as a refusal can be an answer. Nothing else asks a WebSocket where it comes from."""
    if not origin_is_ours():
        abort(403, "This is not a page of this site.")
    if SUBPROTOCOL not in _offered():
        abort(400, f"This server speaks {SUBPROTOCOL}; load the page again.")
    if not media.running:
        abort(503, "There is no sound here at the moment.")
    space = queries.space_for(visitor(), (request.view_args or {})["public_id"])
    check_live(space.state)
    g.room, g.person = space.id, visitor().number or new_guest()
    # Compression would be agreed to whenever it is offered.
    request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)


def _offered() -> list[str]:
    return [name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]


@sock.route("/spaces/<public_id>/socket", bp=bp)  # type: ignore[untyped-decorator]
def socket(connection: Server, public_id: str) -> None:
    """Upgraded: from here on nothing may be raised, and Python writes nothing to it."""
    hand_over(connection, g.room, g.person)


@bp.errorhandler(RemoteProtocolError)
def _malformed(error: RemoteProtocolError) -> ResponseReturnValue:
    return f"{error}\n", 400
