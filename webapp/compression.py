"""Sends text in fewer bytes to browsers that take it so: Brotli, or else gzip. Sound is dense already.

Somebody who reads along, and can have a page repeat words of their choice, learns secrets on it from its
length (BREACH). It takes a signed-in person's page each time; cookies are ``SameSite=Lax``, so that no other
site's page gets to fetch one.
"""

import gzip
from collections.abc import Callable
from functools import lru_cache

import brotli
from flask import Flask, Response, request

TEXT = frozenset(
    """
    text/html text/css text/javascript text/plain text/calendar application/json application/json+oembed
    application/manifest+json application/rss+xml application/xml image/svg+xml
    """.split()
)
LEAST_BYTES = 500
"""What is shorter travels in one packet in any case."""
FILES_KEPT = 256

_WAYS: dict[str, Callable[[bytes, bool], bytes]] = {
    "br": lambda body, once: brotli.compress(body, quality=11 if once else 4),
    "gzip": lambda body, once: gzip.compress(body, 9 if once else 5, mtime=0),
}


def init_app(app: Flask) -> None:
    """Has every response of text pass through here."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    is_file = response.direct_passthrough
    streamed = response.is_streamed and not is_file
    if response.status_code != 200 or response.mimetype not in TEXT or streamed or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    way = request.accept_encodings.best_match(_WAYS)
    if way is None or (response.content_length or 0) < LEAST_BYTES:
        return response
    response.direct_passthrough = False
    body = response.get_data()
    response.set_data(_file(body, way) if is_file else _WAYS[way](body, False))
    response.content_encoding = way
    del response.headers["Accept-Ranges"]
    if etag := response.get_etag()[0]:
        response.set_etag(etag, weak=True)  # the same contents, but other bytes
    return response


@lru_cache(maxsize=FILES_KEPT)
def _file(body: bytes, way: str) -> bytes:
    """What does not change is worth the time, once."""
    return _WAYS[way](body, True)
