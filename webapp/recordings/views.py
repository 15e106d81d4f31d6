"""What is left of a space, as bytes."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from webapp.clock import now
from webapp.recordings import files, queries, ranges
from webapp.recordings.models import Recording
from webapp.storage import Stat

bp = Blueprint("recordings", __name__)
OGG_OPUS = "audio/ogg; codecs=opus"


@bp.get("/recordings/<public_id>/audio")
def audio(public_id: str) -> ResponseReturnValue:
    """The mix, whole or in ranges (RFC 9110 section 14)."""
    recording = queries.heard_by_anybody(public_id, now())
    stat = files.stat(recording, files.MIX)
    response = _respond(recording, stat, _wanted(stat))
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = stat.etag
    return response.make_conditional(request)


def _wanted(stat: Stat) -> ranges.ByteRange | None:
    if "If-Range" in request.headers and request.headers["If-Range"] != stat.etag:
        return None
    try:
        return ranges.wanted(request.headers.get("Range"), stat.size_bytes)
    except ranges.Unsatisfiable as error:
        raise RequestedRangeNotSatisfiable(stat.size_bytes) from error


def _respond(recording: Recording, stat: Stat, part: ranges.ByteRange | None) -> Response:
    start, end = (part.start, part.end) if part else (0, stat.size_bytes)
    pieces = files.stream(recording, files.MIX, start, end)
    response = Response(pieces, 206 if part else 200, content_type=OGG_OPUS)
    response.content_length = end - start
    if part:
        response.headers["Content-Range"] = part.header(stat.size_bytes)
    return response


@bp.get("/recordings/<public_id>/waveform.json")
def waveform(public_id: str) -> ResponseReturnValue:
    """Bars and turns, for whoever draws them again."""
    recording = queries.heard_by_anybody(public_id, now())
    replay = queries.replay_view(recording, now())
    return {
        "duration_ms": replay.duration_ms,
        "bars": [[bar.height, bar.hue] for bar in replay.bars],
        "turns": [
            {
                "person": turn.person.person,
                "name": turn.person.name,
                "hue": turn.person.hue,
                "start_ms": turn.start_ms,
                "end_ms": turn.end_ms,
            }
            for turn in replay.turns
        ],
    }
