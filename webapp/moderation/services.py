"""What people report, and what reviewers do with posts and copies."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.languages import gettext as _
from webapp.languages import later
from webapp.moderation.kinds import KINDS, REASON_MAX, Kind, clean_kind, clean_position, clean_words
from webapp.moderation.models import KEPT, OPEN, REMOVED, Removal, Report
from webapp.moderation.queries import duration_ms, somebody_in
from webapp.notifications.services import tell
from webapp.posts import services as posts
from webapp.posts.models import Post
from webapp.posts.queries import NO_POST
from webapp.spaces.models import Space
from webapp.spaces.shown import guest_handle
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
    at: str = ""
    person: str = ""


def report(space: Space, reporter: Visitor, draft: Draft, now: datetime) -> Report:
    """Files a report of a space, of a moment of it, or of a person in it. Invalid, NotFound.

    The same again within a minute is the same report; something else about the same is a Conflict that long.
    """
    person = somebody_in(space, draft.person) if draft.person else None
    new = Report(
        space_id=space.id,
        person_id=int(person.person) if person and not person.guest else None,
        guest=person.handle if person and person.guest else None,
        at_ms=_at_ms(space, draft.at, now),
    )
    return _filed(
        new, f"{space.id} {reporter.number} {person.person if person else ''}", reporter, draft, now
    )


def report_post(post: Post, reporter: Visitor, draft: Draft, now: datetime) -> Report:
    """Files a report of a post, as of a space. Invalid."""
    new = Report(post_id=post.id, person_id=post.author_id)
    return _filed(new, f"post {post.id} {reporter.number}", reporter, draft, now)


def _at_ms(space: Space, text: str, now: datetime) -> int | None:
    """Of a live space it is this moment, whatever was sent."""
    if space.state == State.LIVE and space.started_at is not None:
        return (now - space.started_at) // timedelta(milliseconds=1)
    length_ms = duration_ms(space)
    return clean_position(text, length_ms) if length_ms else None


def _filed(new: Report, about: str, reporter: Visitor, draft: Draft, now: datetime) -> Report:
    new.kind = clean_kind(draft.kind)
    new.words = clean_words(draft.words, new.kind)
    new.reporter_id = reporter.user.id if reporter.user else None
    new.reporter_guest = guest_handle(reporter.guest) if reporter.guest else None
    new.created_at, new.once = now, _once(about, now)
    return _earlier(new, about, now) or _file(new)


def _once(about: str, at: datetime) -> str:
    return f"{about} {int(at.timestamp()) // 60}"


def _earlier(new: Report, about: str, now: datetime) -> Report | None:
    keys = [_once(about, at) for at in (now, now - DOUBLED)]
    earlier = select(Report).where(Report.once.in_(keys), Report.created_at > now - DOUBLED)
    found = db.session.scalar(earlier.order_by(Report.id.desc()).limit(1))
    if found is not None and (found.kind, found.words) != (new.kind, new.words):
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


def remove_post(post: Post, reviewer: User, draft: Draft, now: datetime) -> None:
    """Takes a post from everybody, writes down who did and why, and tells its author and who reported it.

    Invalid; Forbidden of one's own; NotFound when it is gone already.
    """
    kind = clean_kind(draft.kind)
    words = clean_words(draft.words, kind, REASON_MAX)
    _decides(reviewer, post)
    author_id, name = post.author_id, post.public_id
    removal = Removal(post=name, author_id=author_id, text=post.text, kind=kind, words=words, at=now)
    removal.reviewer_id = reviewer.id
    reporters = _closed(post, REMOVED)
    try:
        db.session.add(removal)
        posts.take_down(post)
    except IntegrityError as error:  # by another reviewer, at this moment
        db.session.rollback()
        raise NotFound(_(NO_POST)) from error
    _tell_author(author_id, kind, words, f"removed:{name}", now)
    _tell_reporters(reporters, later("A post that you reported was removed."), now)


def keep_post(post: Post, reviewer: User, now: datetime) -> None:
    """Says of what is reported of a post that it may stay. Doing it again changes nothing. Forbidden."""
    _decides(reviewer, post)
    reporters = _closed(post, KEPT)
    db.session.commit()
    _tell_reporters(
        reporters,
        later("A reviewer looked at a post that you reported. It is within the rules and stays."),
        now,
    )


def _decides(reviewer: User, post: Post) -> None:
    if reviewer.id == post.author_id:
        raise Forbidden(_("Another reviewer decides about what you wrote."))


def _closed(post: Post, state: str) -> dict[str, int]:
    """Closes what is open about a post; returns who reported it with an account, by report."""
    found = db.session.scalars(select(Report).where(Report.post_id == post.id, Report.state == OPEN)).all()
    for each in found:
        each.state = state
    return {each.public_id: each.reporter_id for each in found if each.reporter_id is not None}


def _tell_author(author_id: int, kind: Kind, words: str, key: str, now: datetime) -> None:
    why = later(KINDS[kind])
    sentence = later("A post of yours was removed. The reason: %(reason)s.", reason=why)
    if words:
        sentence = later(
            "A post of yours was removed. The reason: %(reason)s. %(words)s", reason=why, words=words
        )
    tell(author_id, kind="moderation", sentence=sentence, url=None, key=key, now=now)


def _tell_reporters(reporters: dict[str, int], sentence: str, now: datetime) -> None:
    for name, user_id in reporters.items():
        tell(user_id, kind="report", sentence=sentence, url=None, key=f"report:{name}", now=now)


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
