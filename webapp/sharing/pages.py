"""Which pages other sites can show, and who knows what may be told of them.

A feature registers its page in its ``init_app``: then it has tags, a picture and an oEmbed answer.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from werkzeug.exceptions import HTTPException

from webapp.clock import now
from webapp.security import site_address
from webapp.sharing.preview import Preview

Source = Callable[..., Preview | None]
"""Called with the present instant and, by name, what a page's address holds. None: nobody may know of it."""


def register(app: Flask, endpoint: str, source: Source) -> None:
    """Has a page shown elsewhere; its template includes ``sharing/_tags.html``."""
    app.extensions.setdefault("previews", {})[endpoint] = source


def of_this_page() -> Preview | None:
    """Returns what may be told of the page that is asked for, looked up once a request."""
    if "preview" not in g:
        g.preview = _of(request.endpoint or "", request.view_args or {}, now())
    return cast(Preview | None, g.preview)


def at(path: str, moment: datetime) -> Preview | None:
    """Returns what may be told of the page at a path of this site; None if there is nothing to tell."""
    try:
        endpoint, values = current_app.url_map.bind("").match(path)
    except HTTPException:
        return None
    return _of(endpoint, values, moment)


def at_address(address: str, moment: datetime) -> Preview | None:
    """Returns the same for a whole address. Whatever is not of this site is nothing; nothing is fetched."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return at(parts.path, moment) if f"{parts.scheme}://{parts.netloc}" == site_address() else None


def _of(endpoint: str, values: Mapping[str, Any], moment: datetime) -> Preview | None:
    source = cast(dict[str, Source], current_app.extensions["previews"]).get(endpoint)
    return source(moment, **values) if source else None
