"""What is left of a space: as bytes for whoever listens, and as a list for its host."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from webapp.accounts.current import current_account, require_account
from webapp.clock import now
from webapp.errors import Invalid, NotFound
from webapp.htmx import go_to, is_htmx
from webapp.languages import gettext as _
from webapp.recordings import downloads, files, queries, services
from webapp.recordings.library import LAST_PAGE, download_of, own_recording, page_of
from webapp.recordings.models import Recording
from webapp.recordings.ranges import PIECE_BYTES
from webapp.recordings.serving import File, asked_anew, send
from webapp.spaces.views import numbered_visitor, visitor

bp = Blueprint("recordings", __name__)
LIBRARY = "/recordings"

log = logging.getLogger(__name__)


@bp.get("/recordings/<public_id>/audio")
def audio(public_id: str) -> ResponseReturnValue:
    """The mix, whole or in ranges."""
    who = visitor()
    recording = queries.heard_by(who, public_id, now())
    with _missed(recording):
        stat, rid = files.stat(recording, files.MIX), recording.id
    account_id = who.user.id if who.user else None
    go_on = asked_anew(lambda: queries.may_be_heard(rid, account_id, now()))
    stream = partial(files.stream, recording, files.MIX, may_go_on=go_on)
    return send(File(stat.size_bytes, stat.etag, stream), PIECE_BYTES)


@bp.get("/recordings/<public_id>/waveform.json")
def waveform(public_id: str) -> ResponseReturnValue:
    """Bars and turns, for whoever draws them again."""
    recording = queries.heard_by(visitor(), public_id, now())
    queries.picture_of(recording)  # whoever asks for it alone is told that the store does not answer
    replay = queries.replay_view(recording, now())
    return {
        "duration_ms": replay.duration_ms,
        "bars": replay.bars,
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


@bp.post("/recordings/<public_id>/position")
def position(public_id: str) -> ResponseReturnValue:
    """How far somebody has listened."""
    recording = queries.heard_by(visitor(), public_id, now())
    services.note_position(recording, numbered_visitor(), _milliseconds(), now())
    return "", 204


def _milliseconds() -> int:
    try:
        return int(request.form.get("position_ms", ""))
    except ValueError as error:
        raise Invalid(_("A position is a whole number of milliseconds.")) from error


@bp.get(LIBRARY)
def library() -> ResponseReturnValue:
    """A host's own recordings."""
    user = current_account()
    if user is None:
        return redirect(f"/sign-in?next={LIBRARY}")
    number = request.args.get("page", 1, type=int)
    page = page_of(user, min(max(number, 1), LAST_PAGE), now())
    return render_template("recordings/library.html", page=page)


@bp.post("/recordings/<public_id>/rename")
def rename(public_id: str) -> ResponseReturnValue:
    """The host gives it another title."""
    recording = _own(public_id)
    services.rename_recording(recording, request.form.get("title", ""))
    return _shown_again(recording)


@bp.post("/recordings/<public_id>/guests")
def guests(public_id: str) -> ResponseReturnValue:
    """The host says whether people without an account may listen."""
    recording = _own(public_id)
    services.allow_guests(recording, request.form.get("allowed") == "1")
    return _shown_again(recording)


@bp.post("/recordings/<public_id>/delete")
def delete(public_id: str) -> ResponseReturnValue:
    """The host takes it from everybody."""
    recording = _own(public_id)
    title = recording.space.title
    services.delete_recording(recording, now())
    flash(_("“%(title)s” is deleted. Nobody can listen to it any more.", title=title))
    return go_to(LIBRARY)


@bp.get("/recordings/<public_id>/download/<name>")
def download(public_id: str, name: str) -> ResponseReturnValue:
    """Sends the host on to a link that a download manager, without their cookies, can follow."""
    recording = _own(public_id)
    link = downloads.link(recording, download_of(recording, name))
    response = redirect(link, code=303)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/recordings/<public_id>/files/<name>")
def file(public_id: str, name: str) -> ResponseReturnValue:
    """A file with its tags, for whoever has a link to it that its host asked for a moment ago."""
    host_id = downloads.host_in(request.args.get("key", ""), public_id, name)
    recording = queries.recording_hosted_by(host_id, public_id, now())
    chosen, rid = download_of(recording, name), recording.id
    go_on = asked_anew(lambda: queries.may_be_heard(rid, host_id, now()))
    with _missed(recording):
        response = send(downloads.tagged_file(recording, chosen, go_on), None)
    response.headers["Content-Disposition"] = downloads.disposition(recording, chosen)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@contextmanager
def _missed(recording: Recording) -> Iterator[None]:
    """What was erased this moment is gone; so is, for who asks, what a disk has lost."""
    try:
        yield
    except FileNotFoundError as error:
        log.exception("%s misses a file", recording.public_id)
        raise NotFound(queries.GONE) from error


def _own(public_id: str) -> Recording:
    return queries.recording_of_host(require_account(), public_id, now())


def _shown_again(recording: Recording) -> ResponseReturnValue:
    if not is_htmx():
        return go_to(f"{LIBRARY}#recording-{recording.public_id}")
    return render_template("recordings/_recording.html", own=own_recording(recording, now()))
