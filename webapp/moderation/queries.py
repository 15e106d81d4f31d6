"""Who and what can be reported, and what reviewers see of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.moderation.models import OPEN, Report
from webapp.posts.models import Post
from webapp.recordings.files import MIX
from webapp.recordings.models import Recording
from webapp.recordings.queries import recording_of
from webapp.spaces.models import Guest, Membership, Space
from webapp.spaces.shown import Person, guest_handle, guest_number
from webapp.spaces.states import State
from webapp.vault.models import Copy, Hold
from webapp.vault.queries import active_hold

PAGE = 50
OPUS = ".opus"
_SEEN = or_(Membership.seat.is_not(None), Membership.consent.is_not(None), Membership.removed_at.is_not(None))


def somebody_in(space: Space, handle: str) -> Person:
    """Returns who is in a live space, or was seen on a stage: an account, or a guest. NotFound.

    Who was in the audience of a space that has ended is nobody's to find out.
    """
    number = guest_number(handle)
    if number is not None and _was_here(space, number):
        return Person.of_guest(number)
    members = select(User).join(Membership, Membership.user_id == User.id)
    called = members.where(Membership.space_id == space.id, User.handle == handle)
    user = db.session.scalar(called.where(_SEEN) if space.state == State.ENDED else called)
    if user is None:
        raise NotFound(_("There is nobody of that name in this space."))
    return Person.of(user)


def _was_here(space: Space, guest: int) -> bool:
    return db.session.get(Guest, (space.id, guest_handle(guest))) is not None


def duration_ms(space: Space) -> int:
    """Returns how long the recording of an ended space is, whoever may hear it; 0 without one."""
    recording = recording_of(space.id) if space.state == State.ENDED else None
    return recording.duration_ms if recording is not None else 0


@dataclass(frozen=True)
class Case:
    """A report beside the copy that is kept of what it is about, if one is, and what holds that copy."""

    report: Report
    whom: str
    copy: Copy | None
    hold: Hold | None


def open_cases(now: datetime, before: int | None = None) -> list[Case]:
    """Returns a page of what was reported and is open, the newest first, or what follows after one.

    Of a post that its author took back nothing is left to decide.
    """
    waiting = Report.state == OPEN, or_(Report.space_id.is_not(None), Report.post_id.is_not(None))
    newest = select(Report).where(*waiting).order_by(Report.id.desc()).limit(PAGE)
    return _cases(db.session.scalars(newest.where(Report.id < before) if before else newest).all(), now)


def cases_of(copy: Copy, now: datetime) -> list[Case]:
    """Returns every report of what a copy is of, from its beginning to its end."""
    about = select(Report).join(Recording, Recording.space_id == Report.space_id)
    about = about.where(Recording.public_id == copy.ref).order_by(Report.at_ms, Report.id)
    return _cases(db.session.scalars(about).all(), now)


def cases_of_post(post: Post, now: datetime) -> list[Case]:
    """Returns what was reported of a post and is open, the oldest first."""
    about = select(Report).where(Report.post_id == post.id, Report.state == OPEN).order_by(Report.id)
    return _cases(db.session.scalars(about).all(), now)


def _cases(reports: Sequence[Report], now: datetime) -> list[Case]:
    copies = _copies({report.space_id for report in reports if report.space_id}, now)
    holds = {space_id: active_hold(copy, now) for space_id, copy in copies.items()}
    return [
        Case(report, _whom(report), copies.get(report.space_id or 0), holds.get(report.space_id or 0))
        for report in reports
    ]


def _copies(space_ids: Iterable[int], now: datetime) -> dict[int, Copy]:
    """Returns the copies that are kept at this instant, by space."""
    copies = select(Recording.space_id, Copy).join(Copy, Copy.ref == Recording.public_id)
    found = db.session.execute(copies.where(Recording.space_id.in_(space_ids), Copy.purging_at.is_(None)))
    return {space_id: copy for space_id, copy in found.unique() if copy.kept_until > now}


def _whom(report: Report) -> str:
    if report.person is not None:
        return f"{report.person.display_name} (@{report.person.handle})"
    return _("a guest (%(handle)s)", handle=report.guest) if report.guest else ""


@dataclass(frozen=True)
class Sound:
    """A file of a copy that can be listened to, and whose voice it is."""

    name: str
    label: str
    size_bytes: int
    sha256: str


def sounds_of(copy: Copy) -> list[Sound]:
    """Returns what of a copy can be listened to: everybody first, then each voice."""
    recording = db.session.scalar(select(Recording).where(Recording.public_id == copy.ref))
    labels = {track.filename: track.user.display_name for track in recording.tracks} if recording else {}
    labels[MIX] = _("Everybody")
    found = [
        Sound(file.name, labels.get(file.name, file.name), file.size_bytes, file.sha256)
        for file in copy.files
        if file.name.endswith(OPUS)
    ]
    return sorted(found, key=lambda sound: sound.name != MIX)
