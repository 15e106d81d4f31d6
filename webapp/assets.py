"""Gives static files an address that changes with what they all contain, under which they are kept for good.

``/static/v-<version>/js/app.js`` is the same file as ``/static/js/app.js``. What one file says of another is
relative, so a page and all that it loads are of one version. An older page finds its files, too.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, make_response
from flask.typing import RouteCallable

from webapp import vendor

STATIC = Path(__file__).with_name("static")
YEAR_S = 31_536_000
_ENDPOINTS = ("static", "vendor")


def init_app(app: Flask) -> None:
    """Adds the versioned addresses, and has ``url_for`` give them. Call it after ``vendor.init_app``."""
    app.add_url_rule("/static/v-<version>/<path:filename>", "static")
    app.add_url_rule("/static/v-<version>/vendor/<path:name>", "vendor")
    for endpoint in _ENDPOINTS:
        app.view_functions[endpoint] = _kept(app.view_functions[endpoint])
    app.url_defaults(_add_version)


@cache
def version() -> str:
    """Returns what stands for the contents of all static files."""
    files = [path for path in sorted(STATIC.rglob("*")) if path.is_file()]
    digest = hashlib.sha256()
    for path in [*files, *(vendor.NODE_MODULES / name for name in vendor.FILES.values())]:
        digest.update(f"{path.name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint in _ENDPOINTS:
        values.setdefault("version", version())


def _kept(view: RouteCallable) -> RouteCallable:
    def serve(**names: str) -> Response:
        asked = names.pop("version", None)
        response = make_response(view(**names))
        if asked == version():
            response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
        return response

    return serve
