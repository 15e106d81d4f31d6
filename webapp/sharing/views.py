"""What other sites ask for: pictures of pages, and how to show them."""

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from webapp.clock import now
from webapp.errors import Invalid, NotFound
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.security import FRAMED_POLICY, cookieless, site_address
from webapp.sharing import pages, pictures
from webapp.sharing.oembed import described, iframe
from webapp.sharing.preview import Offer, Preview
from webapp.sharing.spaces import preview_of
from webapp.sharing.ways import code_of, from_second, second_in
from webapp.spaces.archive import archive
from webapp.spaces.gates import NOWHERE
from webapp.spaces.states import State
from webapp.spaces.views import space_at, visitor

bp = Blueprint("sharing", __name__)
NOTHING = marked("There is nothing to show at this address.")
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"
"""Whoever asks for an old picture is shown how things stand, and has to ask again."""


class NotImplementedHere(Invalid):
    """A format that is asked for and not spoken."""

    status = 501


@bp.get("/pictures/<path:page>/<version>.png")
@cookieless
def picture(page: str, version: str) -> ResponseReturnValue:
    """The picture of a page, as things stand; under its present name it may be kept for ever."""
    preview = pages.at(f"/{page}", now())
    if preview is None:
        raise NotFound(_(NOTHING))
    return send_picture(pictures.picture_of(preview), pictures.version_of(preview), version)


def send_picture(png: bytes, version: str, asked: str) -> ResponseReturnValue:
    """Answers with a picture that other sites may show."""
    response = make_response(png)
    response.content_type = "image/png"
    response.headers["Cache-Control"] = FOR_EVER if asked == version else ASK_AGAIN
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(version)
    return response.make_conditional(request)


def picture_address(preview: Preview) -> str:
    """Returns the whole address of a page's picture."""
    return f"{site_address()}/pictures{preview.path}/{pictures.version_of(preview)}.png"


@bp.get("/oembed")
@cookieless
def oembed() -> ResponseReturnValue:
    """How to show one of our links (https://oembed.com)."""
    if request.args.get("format", "json").lower() != "json":
        raise NotImplementedHere(_("This is told as JSON alone: ask with format=json."))
    preview = pages.at_address(request.args.get("url", ""), now())
    if preview is None or preview.offer == Offer.NOTHING:
        raise NotFound(_(NOTHING))
    room = _pixels("maxwidth"), _pixels("maxheight")
    response = jsonify(described(preview, site_address(), picture_address(preview), *room))
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, no-cache"
    return response


@bp.get("/spaces/<public_id>/embed")
@cookieless
def embed(public_id: str) -> ResponseReturnValue:
    """A player that any site may put into its pages: it says what somebody without an account may know."""
    preview = preview_of(now(), public_id)
    page = render_template("sharing/embed.html", preview=preview, nowhere=NOWHERE)
    response = make_response(page, 200 if preview else 404)
    response.headers["Content-Security-Policy"] = FRAMED_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = ASK_AGAIN
    response.vary.add("Accept-Language")
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/spaces/<public_id>/share")
def share(public_id: str) -> ResponseReturnValue:
    """Every way to pass a space on, for whoever may see it; its recording from a second on."""
    space, second = space_at(public_id), second_in(request.args.get("t", ""))
    recorded = space.state == State.ENDED and archive.outcome(space, visitor(), now()) == "ready"
    return render_template(
        "sharing/share.html", space=space, second=second if recorded else 0, recorded=recorded
    )


@bp.get("/spaces/<public_id>/qr.svg")
def code(public_id: str) -> ResponseReturnValue:
    """The link to a space as a code that a phone's camera reads."""
    link = shared_link(space_at(public_id).url, second_in(request.args.get("t", "")))
    return Response(code_of(link), content_type="image/svg+xml")


def shared_link(path: str, second: int = 0) -> str:
    """Returns the whole address of a page, as one passes it on."""
    return from_second(site_address() + path, second or 0)


def embed_code(preview: Preview, second: int = 0) -> str:
    """Returns the HTML that shows a page's player elsewhere."""
    return iframe(preview, site_address(), second=second or 0)


def _pixels(name: str) -> int | None:
    """Returns how much room there is. Invalid when that is no number."""
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < len(text) <= 9):
        raise Invalid(_("Say %(name)s in whole pixels.", name=name))
    return int(text)
