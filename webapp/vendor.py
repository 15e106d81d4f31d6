"""Serves the few files of other people's that pages use, straight from where npm put them."""

from pathlib import Path

from flask import Flask, Response, abort, send_from_directory

NODE_MODULES = Path(__file__).parents[1] / "node_modules"
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "idiomorph-ext.min.js": "idiomorph/dist/idiomorph-ext.min.js",
    "opus-decoder.min.js": "opus-decoder/dist/opus-decoder.min.js",
    **{
        f"fonts/{family}-{script}-wght-normal.woff2": (
            f"@fontsource-variable/{family}/files/{family}-{script}-wght-normal.woff2"
        )
        for family in ("figtree", "literata")
        for script in ("latin", "latin-ext")
    },
}


def init_app(app: Flask) -> None:
    """Adds ``/static/vendor/<name>``; a name that is not in FILES is not there."""
    app.add_url_rule("/static/vendor/<path:name>", "vendor", _serve)


def _serve(name: str) -> Response:
    if name not in FILES:
        abort(404)
    return send_from_directory(NODE_MODULES, FILES[name], max_age=86_400)
