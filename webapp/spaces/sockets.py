"""The way a socket takes: checked as any request is, upgraded by flask-sock, handed to the media core.

And the way of a plain stream, for players that know nothing of sockets: the same, without an upgrade.
"""

import socket as sockets
from typing import Any

from flask import Blueprint, Response, abort, g, request
from flask.typing import ResponseReturnValue
from flask_sock import Sock
from simple_websocket import Server
from wsproto.utilities import RemoteProtocolError

from webapp.languages import gettext as _
from webapp.media import SUBPROTOCOL, hand_over, hand_over_plain, media
from webapp.security import origin_is_ours
from webapp.spaces import queries
from webapp.spaces.states import check_live
from webapp.spaces.views import new_guest, visitor

bp = Blueprint("sockets", __name__)
plain = Blueprint("plain", __name__)
sock = Sock()

EVEN_BYTES = 320
"""Of a packet in an even stream: 128 kbit/s. Chromium's <audio> is given nothing before 32 KB are there."""
STREAM_HEADERS = {
    "Content-Type": "audio/ogg; codecs=opus",
    "Cache-Control": "no-store",
    "Connection": "close",
    "X-Accel-Buffering": "no",  # a proxy that waits for more would make it late
    "X-Content-Type-Options": "nosniff",
}


@bp.before_request
def _check() -> None:
    """Refuses, as long as a refusal can be an answer. Nothing else asks a WebSocket where it comes from."""
    if not origin_is_ours():
        abort(403, _("This is not a page of this site."))
    if SUBPROTOCOL not in _offered():
        abort(400, _("This server speaks %(protocol)s; load the page again.", protocol=SUBPROTOCOL))
    _find_room()
    # Compression would be agreed to whenever it is offered.
    request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)


@plain.before_request
def _find_room() -> None:
    if not media.running:
        abort(503, _("There is no sound here at the moment."))
    space = queries.space_for(visitor(), (request.view_args or {})["public_id"])
    check_live(space.state)
    g.room, g.person = space.id, visitor().number or new_guest()


def _offered() -> list[str]:
    return [name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]


@sock.route("/spaces/<public_id>/socket", bp=bp)  # type: ignore[untyped-decorator]
def socket(connection: Server, public_id: str) -> None:
    """Upgraded: from here on nothing may be raised, and Python writes nothing to it."""
    hand_over(connection, g.room, g.person)


@bp.errorhandler(RemoteProtocolError)
def _malformed(error: RemoteProtocolError) -> ResponseReturnValue:
    return f"{error}\n", 400


class HandedOver(Response):
    """An answer that was begun, and that the media core goes on with. The web server is to write nothing."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if "gunicorn.socket" in environ:
            raise StopIteration  # as its workers want it
        return super().__call__(environ, start_response)


@plain.get("/spaces/<public_id>/live.opus")
def stream(public_id: str) -> ResponseReturnValue:
    """What is said now, as an endless Ogg Opus file (RFC 7845); with ``even``, as many bytes each second."""
    if request.method == "HEAD":
        return "", STREAM_HEADERS
    connection = request.environ.get("gunicorn.socket") or request.environ.get("werkzeug.socket")
    if not isinstance(connection, sockets.socket):
        abort(503, _("This server cannot stream."))
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in STREAM_HEADERS.items())]
    head = "\r\n".join([*lines, "", ""]).encode()
    hand_over_plain(connection, g.room, g.person, head, EVEN_BYTES if "even" in request.args else 0)
    return HandedOver()
