"""What is in somebody's podcast at an instant, for whoever comes without an account."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import selectinload

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.languages import marked, speaking
from webapp.podcast.models import Episode, Podcast
from webapp.recordings.models import Recording
from webapp.recordings.queries import GONE, hearable, hearable_by
from webapp.spaces.gates import refusal
from webapp.spaces.models import Space
from webapp.spaces.queries import ever_agreed_in
from webapp.spaces.shown import Person
from webapp.spaces.states import OpenTo, State
from webapp.spaces.times import PATIENCE
from webapp.spaces.visitor import Visitor
from webapp.vault.models import Copy

ANYBODY = Visitor()
SOON = timedelta(days=1)
ATTEMPTS = 5
MOST = 200
NO_PODCAST = marked("There is no podcast at this address.")


@dataclass(frozen=True)
class Item:
    """An episode. ``people`` are heard in it, the host is first."""

    rid: str
    title: str
    url: str
    started_at: datetime
    duration_ms: int
    size_bytes: int
    topics: tuple[str, ...]
    people: tuple[Person, ...]


@dataclass(frozen=True)
class Live:
    """A space that is live, or begins within a day."""

    public_id: str
    title: str
    url: str
    is_live: bool
    starts_at: datetime
    people: tuple[Person, ...]


@dataclass(frozen=True)
class Content:
    """All that a feed says."""

    host: Person
    guid: str
    about: str
    language: str
    items: tuple[Item, ...]
    live: tuple[Live, ...]

    @property
    def version(self) -> str:
        """Names this content: other content has another name."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:32]


def podcast_of(user_id: int) -> Podcast | None:
    """Returns what somebody offers as a podcast; None if they do not."""
    return db.session.get(Podcast, user_id)


def content_of(user: User, now: datetime) -> Content:
    """Returns what is in somebody's podcast, with as many queries for much as for little. NotFound."""
    podcast = podcast_of(user.id)
    if podcast is None:
        raise NotFound(_(NO_PODCAST))
    host = Person.of(user)
    with speaking(user.language):
        about = user.bio or _("Recordings of spaces that %(name)s hosted on Parley.", name=user.display_name)
    items, live = _items(user, host, now), _live(user, host, now)
    return Content(host, podcast.guid, about, user.language or "en", items, live)


def _items(user: User, host: Person, now: datetime) -> tuple[Item, ...]:
    made = select(Episode).join(Recording).join(Space).where(Episode.made_at.is_not(None))
    theirs = made.where(Space.host_id == user.id, Recording.id.in_(_offered(now)))
    latest = db.session.scalars(theirs.order_by(Recording.ended_at.desc(), Recording.id.desc()).limit(MOST))
    episodes = [each for each in latest if refusal(each.recording.space, ANYBODY) is None]
    voices: dict[int, list[Person]] = defaultdict(list)
    for space_id, somebody in ever_agreed_in([each.recording.space_id for each in episodes]):
        voices[space_id].append(Person.of(somebody))
    return tuple(_item(each, host, voices[each.recording.space_id]) for each in episodes)


def _item(episode: Episode, host: Person, voices: list[Person]) -> Item:
    recording, space = episode.recording, episode.recording.space
    return Item(
        rid=recording.public_id,
        title=space.title,
        url=space.url,
        started_at=recording.started_at,
        duration_ms=recording.duration_ms,
        size_bytes=episode.size_bytes,
        topics=tuple(space.topics),
        people=_host_first(host, voices),
    )


def _live(user: User, host: Person, now: datetime) -> tuple[Live, ...]:
    """Returns what anybody may hear of them now, or within a day."""
    soon = and_(
        Space.state == State.SCHEDULED,
        Space.scheduled_for > now - PATIENCE,
        Space.scheduled_for <= now + SOON,
    )
    theirs = select(Space).where(
        Space.host_id == user.id, Space.open_to == OpenTo.ANYONE, Space.guests_allowed
    )
    found = theirs.where(or_(Space.state == State.LIVE, soon)).options(selectinload(Space.stage))
    spaces = db.session.scalars(found.order_by(Space.scheduled_for, Space.id))
    return tuple(_live_item(space, host, now) for space in spaces if refusal(space, ANYBODY) is None)


def _live_item(space: Space, host: Person, now: datetime) -> Live:
    people = _host_first(host, [Person.of(member.user) for member in space.stage])
    starts_at = space.started_at or space.scheduled_for or now
    return Live(space.public_id, space.title, space.url, space.state == State.LIVE, starts_at, people)


def _host_first(host: Person, people: list[Person]) -> tuple[Person, ...]:
    return host, *(person for person in people if person.person != host.person)


def _offered(now: datetime) -> Select[int]:
    """Selects the recordings that whoever has no account may hear, and find."""
    heard = hearable_by(ANYBODY.signed_in, now).join(Space).where(Space.open_to == OpenTo.ANYONE)
    return heard.with_only_columns(Recording.id)


def episode_at(public_id: str, now: datetime) -> Episode:
    """Returns what a podcast player may load at this instant. NotFound."""
    found = select(Episode).join(Recording).join(Space).join(Podcast, Podcast.user_id == Space.host_id)
    offered = Episode.made_at.is_not(None), Recording.id.in_(_offered(now))
    episode = db.session.scalar(found.where(Recording.public_id == public_id, *offered))
    if episode is None or refusal(episode.recording.space, ANYBODY) is not None:
        raise NotFound(GONE)
    return episode


def may_be_loaded(public_id: str, now: datetime) -> bool:
    """Tells whether that is still so."""
    try:
        episode_at(public_id, now)
    except NotFound:
        return False
    return True


def waiting(now: datetime) -> Select[int]:
    """Selects the recordings of which a file is to be made: once they are sealed, so that it is not."""
    sealed = select(Recording.id).join(Space).join(Podcast, Podcast.user_id == Space.host_id)
    sealed = sealed.join(Copy, Copy.ref == Recording.public_id).where(Copy.sealed_at.is_not(None))
    unmade = sealed.outerjoin(Episode, Episode.recording_id == Recording.id).where(_to_be_made())
    return unmade.where(Recording.id.in_(_offered(now))).order_by(Recording.ended_at.desc())


def _to_be_made() -> ColumnElement[bool]:
    tried_again = and_(Episode.made_at.is_(None), Episode.attempts < ATTEMPTS)
    return or_(Episode.recording_id.is_(None), tried_again)


def unwanted(now: datetime) -> Select[int]:
    """Selects the episodes of what can be heard no more, or is no podcast any more."""
    wanted = hearable(now).join(Space).join(Podcast, Podcast.user_id == Space.host_id)
    return select(Episode.recording_id).where(
        Episode.recording_id.not_in(wanted.with_only_columns(Recording.id))
    )


def waiting_of(user: User, now: datetime) -> int:
    """Counts of how many recordings somebody's podcast still waits."""
    return len(db.session.scalars(waiting(now).where(Space.host_id == user.id)).all())
