"""What makes a phone take the site home: a manifest, a service worker, and a page for want of a network."""

import json
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, current_app, render_template, url_for

from webapp import assets
from webapp.languages import gettext as _
from webapp.templating import theme

WORKER = Path(__file__).parent / "static" / "js" / "service_worker.js"
PAPER = {"light": "#fbf6f0", "dark": "#171017"}
"""``--paper`` of tokens.css, for what understands neither ``oklch()`` nor ``light-dark()``."""

_OFFLINE_FILES = ("css/tokens.css", "css/base.css", "js/offline.js", "img/favicon.svg")
_OFFLINE_FONTS = ("fonts/figtree-latin-wght-normal.woff2", "fonts/literata-latin-wght-normal.woff2")


def init_app(app: Flask) -> None:
    """Adds ``/manifest.webmanifest``, ``/sw.js`` and ``/offline``."""
    app.extensions["worker_scripts"] = []
    app.add_url_rule("/manifest.webmanifest", "manifest", _manifest)
    app.add_url_rule("/sw.js", "service_worker", _service_worker)
    app.add_url_rule("/offline", "offline", _offline)
    app.jinja_env.globals.update(theme_colours=_theme_colours)


def add_worker_script(app: Flask, filename: str) -> None:
    """Has the service worker import a static file: a classic script that listens for events of its own."""
    app.extensions["worker_scripts"].append(filename)


def _manifest() -> Response:
    return Response(json.dumps(_described()), mimetype="application/manifest+json")


def _described() -> dict[str, object]:
    return {
        "id": "/",
        "name": _("Parley: live audio you host yourself"),
        "short_name": "Parley",
        "description": _("Open a space, talk in it, listen to it, and keep it if you like."),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER["dark"],
        "theme_color": PAPER["dark"],
        "icons": [
            _icon("icon-192.png", "192x192"),
            _icon("icon-512.png", "512x512"),
            _icon("icon-maskable-512.png", "512x512", purpose="maskable"),
        ],
        "shortcuts": [
            {
                "name": _("Start a space"),
                "url": url_for("spaces.new"),
                "icons": [_icon("icon-192.png", "192x192")],
            }
        ],
    }


def _icon(name: str, sizes: str, **more: str) -> dict[str, str]:
    address = url_for("static", filename=f"img/{name}")
    return {"src": address, "sizes": sizes, "type": "image/png", **more}


def _service_worker() -> Response:
    known = {
        "version": assets.version(),
        "offline": url_for("offline"),
        "needs": [url_for("static", filename=name) for name in _OFFLINE_FILES]
        + [url_for("vendor", name=name) for name in _OFFLINE_FONTS],
        "scripts": [url_for("static", filename=name) for name in _scripts()],
    }
    script = f"self.PARLEY = {json.dumps(known)};\n{WORKER.read_text()}"
    return Response(script, mimetype="text/javascript")


def _scripts() -> list[str]:
    scripts: list[str] = current_app.extensions["worker_scripts"]
    return scripts


def _offline() -> str:
    return render_template("offline.html")


def _theme_colours() -> Iterator[tuple[str, str, str]]:
    """Yields each scheme with its colour and the medium in which it holds: as was chosen, if a theme was."""
    chosen = theme()
    for scheme, colour in PAPER.items():
        by_choice = "all" if scheme == chosen else "not all"
        yield scheme, colour, by_choice if chosen else f"(prefers-color-scheme: {scheme})"
