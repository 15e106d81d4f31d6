"""Which pages other sites can show, and who knows what may be told of them.

A feature registers its page in its ``init_app``: then it has tags, a picture and an oEmbed answer.
"""

from collections.abc import Callable
from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, current_app, g
from werkzeug.exceptions import HTTPException

from webapp.clock import now
from webapp.security import site_address
from webapp.sharing.preview import Preview

Source = Callable[..., Preview | None]
"""Called with the present instant and, by name, what a page's address holds. None: nobody may know of it."""


def register(app: Flask, endpoint: str, source: Source) -> None:
    """Has a page shown elsewhere; its template includes ``sharing/_tags.html``."""
    app.extensions.setdefault("previews", {})[endpoint] = source


def seen(path: str) -> Preview | None:
    """Returns what may be told of the page at a path, for a template: looked up once a request."""
    previews: dict[str, Preview | None] = g.setdefault("previews", {})
    if path not in previews:
        previews[path] = at(path, now())
    return previews[path]


def at(path: str, moment: datetime) -> Preview | None:
    """Returns what may be told of the page at a path of this site; None if there is nothing to tell."""
    try:
        endpoint, values = current_app.url_map.bind("").match(path)
    except HTTPException:
        return None
    source = cast(dict[str, Source], current_app.extensions["previews"]).get(endpoint)
    return source(moment, **values) if source else None


def at_address(address: str, moment: datetime) -> Preview | None:
    """Returns the same for a whole address. Whatever is not of this site is nothing; nothing is fetched."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return at(parts.path, moment) if f"{parts.scheme}://{parts.netloc}" == site_address() else None
