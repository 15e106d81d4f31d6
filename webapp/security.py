"""Headers every response carries, CSRF, which origins are ours, and how often one may try."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect

from webapp.config import Settings
from webapp.errors import DomainError
from webapp.languages import gettext as _

_PATH = re.compile(r"/(?![/\\])[!-\[\]-~\w]*")
"""An address of this site. Browsers read a backslash as a slash and skip tabs, and // names another site."""
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",  # a browser without an Opus decoder brings ours to life
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "media-src 'self' blob:",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)

FRAMED_POLICY = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *").replace(
    "form-action 'self'", "form-action 'none'"
)
"""For what other sites may put into their pages: nothing in it can be sent."""


class CsrfProtection(CSRFProtect):  # type: ignore[misc]
    """Flask-WTF's, but for programs: they bring a token in a header and no cookies.

    Another site can make a browser send its cookies, but never an ``Authorization`` of that site's choosing.
    """

    def protect(self, **options: Any) -> None:
        if bearer_token() is not None and not request.cookies:
            g.csrf_valid = True
            return
        try:
            super().protect(**options)
        except CSRFError as error:
            raise DomainError(_("This page is too old. Load it again and try once more.")) from error


class Sessions(SecureCookieSessionInterface):
    """Flask's own; but what is ``cookieless`` leaves them as they are, and does not depend on them."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if "cookieless" not in g:
            super().save_session(app, session, response)


def init_app(app: Flask, settings: Settings) -> None:
    """Protects every request and marks every response."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # a page may be open for as long as its space is live
    app.session_interface = Sessions()
    CsrfProtection(app)
    app.jinja_env.globals.update(site_address=site_address, way_back=way_back)
    app.extensions["limits"] = Limiter(
        get_remote_address, app=app, storage_uri="memory://", headers_enabled=True
    )
    app.after_request(_add_headers)
    if settings.cookie_secure:
        app.after_request(_keep_to_https)


def limit_posts(
    app: Flask,
    endpoint: str,
    limits: str,
    counts: Callable[[Response], bool],
    by: Callable[[], str] = get_remote_address,
) -> None:
    """Limits how often something is sent to an endpoint: by address, or by what ``by`` returns.

    ``limits`` are such as ``10/minute;60/hour``. Only what is answered as ``counts`` tells is counted.
    """
    limiter: Limiter = app.extensions["limits"]
    limit = limiter.limit(limits, key_func=by, methods=["POST"], deduct_when=counts)
    app.view_functions[endpoint] = limit(app.view_functions[endpoint])  # type: ignore[assignment]


def shows_form_again(response: Response) -> bool:
    """Tells that something was wrong with what was sent."""
    return response.status_code in (200, 422)


def succeeds(response: Response) -> bool:
    """Tells that what was asked for was given."""
    return response.status_code == 200


def redirects(response: Response) -> bool:
    """Tells that what was sent was taken: the browser, or htmx for it, goes on to another page."""
    return response.status_code in (302, 303) or "HX-Redirect" in response.headers


def answers(response: Response) -> bool:
    """Tells that what was sent was taken, whether a page or a fragment says so."""
    return succeeds(response) or redirects(response)


def cookieless(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Marks what is the same for everybody, which others may keep: no cookie goes with its answer.

    Nor is it answered differently for a cookie that came with the request: the view has to see to that.
    """

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        g.cookieless = True
        return view(*args, **kwargs)

    return answer


def bearer_token() -> str | None:
    """Returns the token this request names in its ``Authorization``, if it does."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else None


def origin_is_ours() -> bool:
    """Tells whether the page that made this request is this site's own. A missing ``Origin`` is not."""
    return request.headers.get("Origin") == site_address()


def site_address() -> str:
    """Returns where this site is, as the browser knows it, without a slash at the end."""
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url or request.host_url.rstrip("/")


def is_own_path(url: str) -> bool:
    """Tells whether an address, from wherever it came, is a path of this site."""
    return _PATH.fullmatch(url) is not None


def way_back() -> str | None:
    """Returns the path of the page that is open, for whoever signs in there to come back to.

    A page of signing in hands on where it leads itself. The front page is where one comes anyway.
    """
    if request.blueprint in ("accounts", "reset"):
        path = request.args.get("next", "")
    else:
        query = request.query_string.decode(errors="replace")
        path = f"{request.path}?{query}" if query else request.path
        path = path if request.method == "GET" else ""
    return path if path != "/" and is_own_path(path) else None


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cache-Control", "private, no-cache")
    headers.setdefault("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
    return response


def _keep_to_https(response: Response) -> Response:
    response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
