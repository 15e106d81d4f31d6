"""The page on which anybody reports, and the pages on which reviewers look at it."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.current import require_reviewer
from webapp.accounts.models import User
from webapp.clock import now
from webapp.errors import Conflict, Invalid, NotFound
from webapp.htmx import go_to
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.moderation import queries, services
from webapp.moderation.forms import RemovalForm, ReportForm
from webapp.moderation.kinds import KINDS, WORDS_MAX
from webapp.moderation.services import Draft
from webapp.posts.markup import rendered
from webapp.posts.models import Post
from webapp.posts.queries import post_called, post_for
from webapp.recordings import serving
from webapp.recordings.files import as_long_as
from webapp.recordings.ranges import PIECE_BYTES
from webapp.spaces import queries as spaces
from webapp.spaces.models import Space
from webapp.spaces.views import new_guest, visitor
from webapp.spaces.visitor import Visitor
from webapp.templating import clock_time
from webapp.vault import queries as vault
from webapp.vault import services as vault_services
from webapp.vault.models import REASON_MAX, Copy

reports = Blueprint("reports", __name__)
review = Blueprint("review", __name__)
_CHOICES = {"kinds": KINDS, "words_max": WORDS_MAX}
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
NO_COPY = marked("There is no such copy in the vault, or not any more.")


# Reports


@reports.get("/spaces/<public_id>/report")
def new(public_id: str) -> ResponseReturnValue:
    """The form, with the second and the person that the address names."""
    space = spaces.space_for(visitor(), public_id)
    length_ms = queries.duration_ms(space)
    second = request.args.get("t", 0, type=int)
    at = clock_time(second * 1000) if 0 < second * 1000 <= length_ms else ""
    return _form(space, ReportForm(data={"at": at}, duration_ms=length_ms), request.args.get("person", ""))


@reports.post("/spaces/<public_id>/report")
def send(public_id: str) -> ResponseReturnValue:
    """Somebody reports something."""
    space = spaces.space_for(visitor(), public_id)
    form = ReportForm(request.form, duration_ms=queries.duration_ms(space))
    person = request.form.get("person", "")
    status = _sent(form, lambda who, draft: services.report(space, who, draft, now()), person)
    if status is not None:
        return _form(space, form, person), status
    return go_to(url_for("reports.sent", public_id=public_id))


@reports.get("/spaces/<public_id>/report/sent")
def sent(public_id: str) -> ResponseReturnValue:
    """What happens next."""
    return render_template("moderation/sent.html", space=spaces.space_for(visitor(), public_id))


@reports.get("/posts/<public_id>/report")
def new_of_post(public_id: str) -> ResponseReturnValue:
    """The form about a post."""
    return _post_form(post_for(visitor(), public_id), ReportForm())


@reports.post("/posts/<public_id>/report")
def send_of_post(public_id: str) -> ResponseReturnValue:
    """Somebody reports a post."""
    post, form = post_for(visitor(), public_id), ReportForm(request.form)
    status = _sent(form, lambda who, draft: services.report_post(post, who, draft, now()))
    if status is not None:
        return _post_form(post, form), status
    return go_to(url_for("reports.sent_of_post", public_id=public_id))


@reports.get("/posts/<public_id>/report/sent")
def sent_of_post(public_id: str) -> ResponseReturnValue:
    """What happens next."""
    return render_template("moderation/sent.html", post=post_for(visitor(), public_id))


def _sent(form: ReportForm, report: Callable[[Visitor, Draft], object], person: str = "") -> int | None:
    """Reports what a form says; returns the status of the form once more, where something is wrong."""
    if not form.validate():
        return Invalid.status
    if visitor().number is None:
        session["guest"] = new_guest()
    try:
        report(visitor(), Draft(form.kind.data or "", form.words.data or "", form.at.data or "", person))
    except Conflict as error:
        form.words.errors = [error.sentence]
        return error.status
    return None


def _post_form(post: Post, form: ReportForm) -> str:
    html = rendered(post.text)
    return render_template("moderation/report_post.html", post=post, html=html, form=form, **_CHOICES)


def _form(space: Space, form: ReportForm, handle: str) -> str:
    person = queries.somebody_in(space, handle) if handle else None
    return render_template("moderation/report.html", form=form, space=space, person=person, **_CHOICES)


# Review


@review.after_request
def _keep_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@review.get("/review")
def index() -> ResponseReturnValue:
    """What was reported, and what is in the vault."""
    require_reviewer()
    before = request.args.get("before", "")
    cases = queries.open_cases(now(), int(before) if _NUMBER.fullmatch(before) else None)
    copies = vault.copies_kept(now(), limit=queries.PAGE)
    return render_template("moderation/review.html", cases=cases, copies=copies, now=now(), page=queries.PAGE)


@review.get("/review/copies")
def copies() -> ResponseReturnValue:
    """What else is in the vault: copies that ended before one."""
    require_reviewer()
    last = vault.copy_kept(request.args.get("after", ""), now())
    found = vault.copies_kept(now(), before=last.ended_at, limit=queries.PAGE)
    return render_template("moderation/copies.html", copies=found, now=now(), page=queries.PAGE)


@review.get("/review/copies/<ref>")
def copy(ref: str) -> ResponseReturnValue:
    """A copy: what it is of, what was said of it, and who opened it."""
    require_reviewer()
    return _copy_page(vault.copy_kept(ref, now()))


@review.post("/review/copies/<ref>/open")
def open_copy(ref: str) -> ResponseReturnValue:
    """A reviewer says why, and may listen for an hour."""
    reviewer, found = _reviewed(ref)
    try:
        access = services.open_copy(found, reviewer, request.form.get("reason", ""), now())
    except Invalid as error:
        return _copy_page(found, open_error=error.sentence), error.status
    return redirect(url_for("review.player", public_id=access.public_id), code=303)


@review.post("/review/copies/<ref>/holds")
def place_hold(ref: str) -> ResponseReturnValue:
    """A reviewer keeps it longer."""
    reviewer, found = _reviewed(ref)
    reason, day = (request.form.get(name, "") for name in ("reason", "until"))
    try:
        services.place_hold(found, reviewer, reason, day, now())
    except Invalid as error:
        return _copy_page(found, hold_error=error.sentence), error.status
    return redirect(url_for("review.copy", ref=ref), code=303)


@review.post("/review/copies/<ref>/holds/<int:number>/release")
def release_hold(ref: str, number: int) -> ResponseReturnValue:
    """It need not be kept longer."""
    _reviewer, found = _reviewed(ref)
    hold = next((hold for hold in found.holds if hold.id == number), None)
    if hold is None:
        raise NotFound(_("There is no such hold."))
    vault_services.release_hold(hold, now())
    return redirect(url_for("review.copy", ref=ref), code=303)


@review.get("/review/accesses/<public_id>")
def player(public_id: str) -> ResponseReturnValue:
    """Listening to a copy, for as long as it is open."""
    access = vault.access_open(require_reviewer(), public_id, now())
    sounds = queries.sounds_of(access.copy)
    default = sounds[0] if sounds else None
    chosen = next((sound for sound in sounds if sound.name == request.args.get("file")), default)
    cases = queries.cases_of(access.copy, now())
    return render_template("moderation/player.html", access=access, sounds=sounds, chosen=chosen, cases=cases)


@review.get("/review/accesses/<public_id>/<name>")
def sound(public_id: str, name: str) -> ResponseReturnValue:
    """The sound, opened as it is sent."""
    reviewer = require_reviewer()
    found, reviewer_id = vault.access_open(reviewer, public_id, now()).copy, reviewer.id
    file = next((file for file in queries.sounds_of(found) if file.name == name), None)
    if file is None:
        raise NotFound(_(NO_COPY))
    go_on = serving.asked_anew(lambda: vault.still_open(reviewer_id, public_id, now()))

    def stream(start: int, end: int) -> Iterator[bytes]:
        return as_long_as(go_on, vault_services.read(found, name, start, end), f"{found.ref}/{name}")

    try:
        response = serving.send(serving.File(file.size_bytes, f'"{file.sha256}"', stream), PIECE_BYTES)
    except FileNotFoundError as error:  # its key was destroyed a moment ago
        raise NotFound(_(NO_COPY)) from error
    response.headers["Cache-Control"] = "no-store"
    return response


@review.get("/review/posts/<public_id>")
def post(public_id: str) -> ResponseReturnValue:
    """A post, and what was said of it."""
    require_reviewer()
    return _post_page(post_called(public_id), RemovalForm())


@review.post("/review/posts/<public_id>/remove")
def remove_post(public_id: str) -> ResponseReturnValue:
    """A reviewer says why, and takes a post from everybody."""
    reviewer, found, form = require_reviewer(), post_called(public_id), RemovalForm(request.form)
    if not form.validate():
        return _post_page(found, form), Invalid.status
    services.remove_post(found, reviewer, Draft(form.kind.data or "", form.words.data or ""), now())
    flash(_("The post is removed. Its author and those who reported it are told."))
    return redirect(url_for("review.index"), code=303)


@review.post("/review/posts/<public_id>/keep")
def keep_post(public_id: str) -> ResponseReturnValue:
    """A reviewer finds nothing wrong with it."""
    reviewer = require_reviewer()
    services.keep_post(post_called(public_id), reviewer, now())
    flash(_("The post stays. Those who reported it are told."))
    return redirect(url_for("review.index"), code=303)


def _post_page(found: Post, form: RemovalForm) -> str:
    about = {"cases": queries.cases_of_post(found, now()), "html": rendered(found.text)}
    return render_template("moderation/post.html", post=found, form=form, kinds=KINDS, **about)


def _reviewed(ref: str) -> tuple[User, Copy]:
    return require_reviewer(), vault.copy_kept(ref, now())


def _copy_page(found: Copy, **errors: str) -> str:
    longest = now() + vault_services.HOLD_MAX
    facts: dict[str, Any] = {
        "cases": queries.cases_of(found, now()),
        "accesses": vault.accesses_of(found),
        "hold": vault.active_hold(found, now()),
        "first_day": (found.until + timedelta(days=1)).date(),
        "last_day": longest.date(),
        "reason_max": REASON_MAX,
    }
    return render_template("moderation/copy.html", copy=found, now=now(), **facts, **errors)
