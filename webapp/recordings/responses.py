"""Sound over HTTP: whole or in ranges (RFC 9110 section 14)."""

from collections.abc import Callable, Iterator

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response as BaseResponse

from webapp.recordings import ranges

OGG_OPUS = "audio/ogg; codecs=opus"


def in_ranges(
    stream: Callable[[int, int], Iterator[bytes]], size_bytes: int, etag: str, cache_control: str
) -> BaseResponse:
    """Answers with what the request asks for of a file; ``stream(start, end)`` yields its bytes."""
    part = _wanted(size_bytes, etag)
    start, end = (part.start, part.end) if part else (0, size_bytes)
    response = Response(stream(start, end), 206 if part else 200, content_type=OGG_OPUS)
    response.content_length = end - start
    if part:
        response.headers["Content-Range"] = part.header(size_bytes)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = cache_control
    response.headers["ETag"] = etag
    return response.make_conditional(request)


def _wanted(size_bytes: int, etag: str) -> ranges.ByteRange | None:
    if "If-Range" in request.headers and request.headers["If-Range"] != etag:
        return None
    try:
        return ranges.wanted(request.headers.get("Range"), size_bytes)
    except ranges.Unsatisfiable as error:
        raise RequestedRangeNotSatisfiable(size_bytes) from error
