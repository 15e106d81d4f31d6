"""What can go wrong in the domain, and the one place where that becomes a page or a fragment."""

from flask import Flask, Response, make_response, render_template, request
from jinja2 import Template
from werkzeug.exceptions import HTTPException, InternalServerError

from webapp.htmx import is_htmx
from webapp.languages import gettext as _
from webapp.languages import marked


class DomainError(Exception):
    """A rule that was not met. Its message is a whole sentence, for the person who asked."""

    status = 400
    retry_after_s: int | None = None

    @property
    def sentence(self) -> str:
        return str(self)


class Invalid(DomainError):
    """What was sent cannot be accepted as it is."""

    status = 422


class Forbidden(DomainError):
    """The person may see this but not do it."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, as far as this person may know."""

    status = 404


class Conflict(DomainError):
    """Not in this state, or somebody else was faster."""

    status = 409


class TooOften(DomainError):
    """The person may do this, but not again at once."""

    status = 429


class Unavailable(DomainError):
    """Something that this needs does not answer at the moment."""

    status = 503


class Busy(Unavailable):
    """There is more to do at the moment than time to do it in."""

    retry_after_s = 60


def init_app(app: Flask) -> None:
    """Maps every error to a page, or to a fragment where htmx asked."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)


def _domain(error: DomainError) -> Response:
    response = _answer(error.status, error.sentence)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    sentence = (
        _(_SENTENCES[status])
        if status in _SENTENCES
        else error.description or InternalServerError.description
    )
    response = _answer(status, sentence)
    response.headers.update(
        (k, v) for k, v in error.get_headers() if k not in ("Content-Type", "Content-Length")
    )
    return response


def _answer(status: int, sentence: str) -> Response:
    if is_htmx():
        response = make_response(render_template("_error.html", status=status, sentence=sentence), status)
        response.headers["HX-Retarget"] = "#flash"
        response.headers["HX-Reswap"] = "innerHTML"
    elif not request.accept_mimetypes.accept_html:
        response = make_response(f"{sentence}\n", status, {"Content-Type": "text/plain; charset=utf-8"})
    else:
        names: list[str | Template] = [f"errors/{status}.html", "errors/other.html"]
        response = make_response(render_template(names, status=status, sentence=sentence), status)
    return response


_SENTENCES = {
    404: marked("There is nothing at this address."),
    405: marked("This address does not answer that kind of request."),
    413: marked("That is too large."),
    429: marked("Too many attempts. Wait a minute, then try again."),
    500: marked("Something went wrong here. It has been written down, and it is not your doing."),
}
