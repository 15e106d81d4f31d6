"""What differs between a page's request and one that htmx made."""

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse


def is_htmx() -> bool:
    """Tells whether htmx made this request and will swap a fragment in."""
    return request.headers.get("HX-Request") == "true"


def go_to(url: str) -> BaseResponse:
    """Sends the browser to another page of ours after a POST."""
    if is_htmx():
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url, code=303)
