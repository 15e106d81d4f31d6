"""Bytes over HTTP: whole or in ranges (RFC 9110 section 14), and no longer than they may be had."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Response, current_app, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response as BaseResponse

from webapp.recordings import ranges, withdrawals

OGG_OPUS = "audio/ogg; codecs=opus"
ASK_EACH_S = 1.0


@dataclass(frozen=True)
class File:
    """Something to send: ``stream`` returns the bytes from its first argument up to its second."""

    size_bytes: int
    etag: str
    stream: Callable[[int, int], Iterator[bytes]]
    content_type: str = OGG_OPUS


def send(file: File, most_bytes: int | None) -> BaseResponse:
    """Answers with what the request asks for, at most ``most_bytes`` for a range without an end."""
    part = _wanted(file, most_bytes)
    start, end = (part.start, part.end) if part else (0, file.size_bytes)
    response = Response(file.stream(start, end), 206 if part else 200, content_type=file.content_type)
    response.content_length = end - start
    if part:
        response.headers["Content-Range"] = part.header(file.size_bytes)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = file.etag
    return response.make_conditional(request)


def asked_anew(
    allowed: Callable[[], bool], monotonic: Callable[[], float] = time.monotonic
) -> Callable[[], bool]:
    """Returns a question that can be asked before each piece while a stream runs, outside its request.

    The database is asked when something was withdrawn in this process since, and once a second: for what
    others withdraw, and what is over. Each time it has a context, and with it a transaction, of its own: one
    that is left open would go on seeing what was deleted.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    seen, asked_s = -1, 0.0

    def ask() -> bool:
        nonlocal seen, asked_s
        latest, now_s = withdrawals.latest(), monotonic()
        if latest == seen and now_s - asked_s < ASK_EACH_S:
            return True
        seen, asked_s = latest, now_s
        with app.app_context():
            return allowed()

    return ask


def _wanted(file: File, most_bytes: int | None) -> ranges.ByteRange | None:
    if "If-Range" in request.headers and request.headers["If-Range"] != file.etag:
        return None
    try:
        return ranges.wanted(request.headers.get("Range"), file.size_bytes, most_bytes)
    except ranges.Unsatisfiable as error:
        raise RequestedRangeNotSatisfiable(file.size_bytes) from error
