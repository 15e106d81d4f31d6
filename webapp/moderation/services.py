"""What people report, and what reviewers do with copies."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Invalid
from webapp.languages import gettext as _
from webapp.moderation.kinds import Kind, clean_kind, clean_position, clean_words
from webapp.moderation.models import Report
from webapp.moderation.queries import duration_ms, somebody_in
from webapp.spaces.models import Space
from webapp.spaces.shown import Person, guest_handle
from webapp.spaces.states import State
from webapp.spaces.visitor import Visitor
from webapp.vault import queries as vault_queries
from webapp.vault import services as vault
from webapp.vault.models import Access, Copy, Hold

DOUBLED = timedelta(minutes=1)


@dataclass(frozen=True)
class Draft:
    """What somebody filled in: a kind, words, a position in the recording and the handle of a person."""

    kind: str
    words: str
    at: str
    person: str


def report(space: Space, reporter: Visitor, draft: Draft, now: datetime) -> Report:
    """Files a report of a space, of a moment of it, or of a person in it. Invalid, NotFound.

    The same again within a minute is the same report; something else about the same is a Conflict that long.
    """
    kind = clean_kind(draft.kind)
    words = clean_words(draft.words, kind)
    person = somebody_in(space, draft.person) if draft.person else None
    found = Report(
        space_id=space.id,
        person_id=int(person.person) if person and not person.guest else None,
        guest=person.handle if person and person.guest else None,
        at_ms=_at_ms(space, draft.at, now),
        kind=kind,
        words=words,
        reporter_id=reporter.user.id if reporter.user else None,
        reporter_guest=guest_handle(reporter.guest) if reporter.guest else None,
        created_at=now,
        once=_once(space, reporter, person, now),
    )
    return _earlier(space, reporter, person, kind, words, now) or _file(found)


def _at_ms(space: Space, text: str, now: datetime) -> int | None:
    """Of a live space it is this moment, whatever was sent."""
    if space.state == State.LIVE and space.started_at is not None:
        return (now - space.started_at) // timedelta(milliseconds=1)
    length_ms = duration_ms(space)
    return clean_position(text, length_ms) if length_ms else None


def _once(space: Space, reporter: Visitor, person: Person | None, at: datetime) -> str:
    return f"{space.id} {reporter.number} {person.person if person else ''} {int(at.timestamp()) // 60}"


def _earlier(
    space: Space, reporter: Visitor, person: Person | None, kind: Kind, words: str, now: datetime
) -> Report | None:
    keys = [_once(space, reporter, person, at) for at in (now, now - DOUBLED)]
    earlier = select(Report).where(Report.once.in_(keys), Report.created_at > now - DOUBLED)
    found = db.session.scalar(earlier.order_by(Report.id.desc()).limit(1))
    if found is not None and (found.kind, found.words) != (kind, words):
        raise Conflict(_("You reported this a moment ago. Wait a minute before you add something."))
    return found


def _file(new: Report) -> Report:
    try:
        db.session.add(new)
        db.session.commit()
    except IntegrityError:  # the same form, sent twice at once
        db.session.rollback()
        return db.session.scalars(select(Report).where(Report.once == new.once)).one()
    return new


def open_copy(copy: Copy, reviewer: User, reason: str, now: datetime) -> Access:
    """Opens a copy for an hour. Sent twice, it is opened once. Invalid; Conflict before it is sealed."""
    if copy.sealed_at is None:
        raise Conflict(_("This copy is not sealed yet. Try again in a minute."))
    for access in vault_queries.accesses_of(copy):
        same = access.reviewer_id == reviewer.id and access.reason == " ".join(reason.split())
        if same and now - access.opened_at < DOUBLED:
            return access
    return vault.open_copy(copy, reviewer, reason, now)


def place_hold(copy: Copy, reviewer: User, reason: str, day: str, now: datetime) -> Hold:
    """Keeps a copy until a day begins, in UTC. Sent twice, it is held once. Invalid, NotFound."""
    try:
        until = datetime.combine(date.fromisoformat(day), time(tzinfo=UTC))
    except ValueError as error:
        raise Invalid(_("Say until which day, such as 2026-12-24.")) from error
    for hold in copy.holds:
        same = hold.reviewer_id == reviewer.id and hold.reason == " ".join(reason.split())
        if same and hold.until == until and hold.released_at is None:
            return hold
    return vault.place_hold(copy, reviewer, reason, until, now)
