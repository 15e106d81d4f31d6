"""What is left of a space, as bytes."""

from functools import partial

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webapp.clock import now
from webapp.recordings import files, queries
from webapp.recordings.responses import in_ranges

bp = Blueprint("recordings", __name__)


@bp.get("/recordings/<public_id>/audio")
def audio(public_id: str) -> ResponseReturnValue:
    """The mix, whole or in ranges (RFC 9110 section 14)."""
    recording = queries.heard_by_anybody(public_id, now())
    stat = files.stat(recording, files.MIX)
    mix = partial(files.stream, recording, files.MIX)
    return in_ranges(mix, stat.size_bytes, stat.etag, "private, no-cache")


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
