"""Timelines: which posts stand where, for whom. A place in one is kept however much comes in above it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Select, exists, null, select, tuple_, union
from sqlalchemy.orm import aliased

from webapp.accounts.models import User
from webapp.accounts.relations import followed_ids
from webapp.db import db
from webapp.posts.models import Post, Repost, Topic
from webapp.posts.places import Place
from webapp.posts.queries import PAGE, post_views, seen_by
from webapp.posts.shown import Page, PostView
from webapp.posts.text import topic_key
from webapp.spaces.shown import FACE, Person
from webapp.spaces.visitor import Visitor

_AGAIN, _REPOSTER = aliased(Repost), aliased(User)
LOOK_BACK = (timedelta(days=2), timedelta(days=30))


@dataclass(frozen=True)
class Timeline:
    """Which posts, the newest first.

    ``circle`` selects the numbers of those who wrote or reposted them; None is everybody, without reposts.
    ``topic`` is what all of them are about, if that matters.
    """

    circle: Select[int] | CompoundSelect[int] | None = None
    topic: str = ""


EVERYONE = Timeline()


def home_of(user: User) -> Timeline:
    """Returns what those write and repost whom somebody follows, and what they do themself."""
    return Timeline(union(followed_ids(user.id), select(User.id).where(User.id == user.id)))


def by(user: User) -> Timeline:
    """Returns what somebody writes and reposts."""
    return Timeline(select(User.id).where(User.id == user.id))


def about(topic: str) -> Timeline:
    """Returns what is about a topic."""
    return Timeline(topic=topic_key(topic))


class _Entry(NamedTuple):
    at: datetime
    ref: str
    post_id: int
    by_id: int | None


def page_of(
    timeline: Timeline, visitor: Visitor, now: datetime, before: Place | None = None, limit: int = PAGE
) -> Page:
    """Returns a page of a timeline, the newest or those before a place."""
    return _page(_before(timeline, visitor, now, before, limit + 1), visitor, now, limit)


def _before(
    timeline: Timeline, visitor: Visitor, now: datetime, before: Place | None, limit: int
) -> list[_Entry]:
    """Returns the latest entries, or those before a place.

    Of what some people wrote the database orders all before it takes the first. So it is asked for the last
    days, and for more only where that was too little.
    """
    for back in LOOK_BACK if timeline.circle is not None else ():
        since = Place((before.at if before else now) - back, "")
        found = _entries(timeline, visitor, limit, since=since, before=before)
        if len(found) == limit:
            return found
    return _entries(timeline, visitor, limit, before=before)


def news_of(timeline: Timeline, visitor: Visitor, now: datetime, since: Place) -> Page:
    """Returns what came to a timeline after a place, but for the visitor's own.

    With ``older``, that was more than a page holds.
    """
    return _page(_news(timeline, visitor, since), visitor, now, PAGE, since)


def how_many_new(timeline: Timeline, visitor: Visitor, since: Place) -> int:
    """Counts it, up to one more than a page has."""
    return len(_news(timeline, visitor, since))


def _news(timeline: Timeline, visitor: Visitor, since: Place) -> list[_Entry]:
    return _entries(timeline, visitor, PAGE + 1, since=since, own=False)


def _page(
    found: list[_Entry], visitor: Visitor, now: datetime, limit: int, newest: Place | None = None
) -> Page:
    entries = found[:limit]
    places = [Place(entry.at, entry.ref) for entry in entries]
    return Page(
        _entry_views(entries, visitor, now),
        newest=str(places[0] if places else newest or Place(now, "")),
        older=str(places[-1]) if len(found) > limit else "",
    )


def _entries(
    timeline: Timeline,
    visitor: Visitor,
    limit: int,
    *,
    since: Place | None = None,
    before: Place | None = None,
    own: bool = True,
) -> list[_Entry]:
    """Returns where each post stands: where it was written, or was last reposted in the circle."""
    found = []
    for moment, who, selected in _ways(timeline, visitor):
        place = tuple_(moment, Post.public_id)
        bounds = [moment >= since.at, place > since] if since else []
        bounds += [moment <= before.at, place < before] if before else []
        bounds += [who != visitor.user.id] if visitor.user and not own else []
        latest = selected.where(*bounds).order_by(moment.desc(), Post.public_id.desc()).limit(limit)
        found += [_Entry(*row) for row in db.session.execute(latest)]
    return sorted(found, reverse=True)[:limit]


def _ways(timeline: Timeline, visitor: Visitor) -> list[tuple[Any, Any, Select[datetime, str, int, Any]]]:
    """Selects how posts come into a timeline, each with when and through whom: written, or reposted."""
    circle = timeline.circle
    written = select(Post.created_at, Post.public_id, Post.id, null()).join(Post.author)
    written = written.where(~Post.is_reply, seen_by(visitor))
    if timeline.topic:
        written = written.where(Post.id.in_(select(Topic.post_id).where(Topic.topic == timeline.topic)))
    if circle is None:
        return [(Post.created_at, Post.author_id, written)]
    in_circle = _AGAIN.user_id.in_(circle)
    shown_later = exists().where(_AGAIN.post_id == Post.id, in_circle, _AGAIN.at > Post.created_at)
    written = written.where(Post.author_id.in_(circle), ~shown_later)
    reposted_later = exists().where(
        _AGAIN.post_id == Repost.post_id,
        in_circle,
        tuple_(_AGAIN.at, _AGAIN.user_id) > tuple_(Repost.at, Repost.user_id),
    )
    reposted = select(Repost.at, Post.public_id, Post.id, Repost.user_id).join(Repost.post).join(Post.author)
    reposted = reposted.join(_REPOSTER, _REPOSTER.id == Repost.user_id).where(_REPOSTER.active)
    reposted = reposted.where(Repost.user_id.in_(circle), ~reposted_later, seen_by(visitor))
    return [(Post.created_at, Post.author_id, written), (Repost.at, Repost.user_id, reposted)]


def _entry_views(entries: Sequence[_Entry], visitor: Visitor, now: datetime) -> list[PostView]:
    ids = [entry.post_id for entry in entries]
    reposters = {entry.by_id for entry in entries if entry.by_id}
    posts = {post.id: post for post in db.session.scalars(select(Post).where(Post.id.in_(ids)))}
    faces = db.session.execute(select(*FACE).where(User.id.in_(reposters))) if reposters else ()
    people = {face[0]: Person.called(*face) for face in faces}
    views = post_views([posts[number] for number in ids], visitor, now)
    return [
        replace(view, by=people.get(entry.by_id)) if entry.by_id else view
        for view, entry in zip(views, entries, strict=True)
    ]
