"""Which posts there are for whom, and how they are shown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import selectinload

from webapp.accounts.models import User
from webapp.accounts.relations import apart_from
from webapp.db import db
from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.posts.cards import Card, Ref, cards_of
from webapp.posts.markup import rendered
from webapp.posts.models import Like, Post, Repost
from webapp.posts.places import Place
from webapp.posts.shown import Page, PostView
from webapp.spaces.models import Space
from webapp.spaces.shown import Person
from webapp.spaces.visitor import Visitor

PAGE = 30
NO_POST = marked("This post is not, or no longer, here.")
WITH_SPACE = (selectinload(Post.space).selectinload(Space.stage),)


def seen_by(visitor: Visitor) -> ColumnElement[bool]:
    """Selects of posts, joined with their authors, those that a visitor may see: not across a block."""
    here = User.active.is_(True)
    return here if visitor.user is None else here & Post.author_id.not_in(apart_from(visitor.user.id))


def post_for(visitor: Visitor, public_id: str) -> Post:
    """Returns a post that a visitor may see. NotFound."""
    found = select(Post).join(Post.author).where(Post.public_id == public_id, seen_by(visitor))
    post = db.session.scalar(found)
    if post is None:
        raise NotFound(_(NO_POST))
    return post


def post_called(public_id: str) -> Post:
    """Returns a post, whoever blocked whom, for those who review. NotFound."""
    post = db.session.scalar(select(Post).where(Post.public_id == public_id))
    if post is None:
        raise NotFound(_(NO_POST))
    return post


def replies_to(post: Post, visitor: Visitor, now: datetime, after: Place | None = None) -> Page:
    """Returns a page of the replies to a post, the oldest first; ``older`` is after which more are."""
    place = tuple_(Post.created_at, Post.public_id)
    replies = select(Post).join(Post.author).where(Post.reply_to_id == post.id, seen_by(visitor))
    if after:
        replies = replies.where(place > after)
    in_order = replies.order_by(Post.created_at, Post.public_id).limit(PAGE + 1)
    found = db.session.scalars(in_order.options(*WITH_SPACE)).all()
    last = Place(found[PAGE - 1].created_at, found[PAGE - 1].public_id) if len(found) > PAGE else None
    return Page(post_views(found[:PAGE], visitor, now), newest="", older=str(last or ""))


def parent_of(post: Post, visitor: Visitor, now: datetime) -> PostView | None:
    """Returns what a post replies to, if the visitor may see it."""
    found = _seen([post.reply_to_id], visitor)
    return post_views(list(found.values()), visitor, now)[0] if found else None


def post_view(post: Post, visitor: Visitor, now: datetime) -> PostView:
    """Returns a post as a visitor sees it."""
    return post_views([post], visitor, now)[0]


def post_views(posts: Sequence[Post], visitor: Visitor, now: datetime) -> list[PostView]:
    """Returns posts as a visitor sees them, with as many queries as for one."""
    quoted = _seen([post.quote_of_id for post in posts], visitor)
    answered = _seen([post.reply_to_id for post in posts], visitor)
    refs = [_ref(post) for post in (*posts, *quoted.values())]
    cards = cards_of([ref for ref in refs if ref], visitor, now)
    doings = _Doings([post.id for post in posts], visitor)
    views = []
    for post in posts:
        below = quoted.get(post.quote_of_id or 0)
        to = answered.get(post.reply_to_id or 0)
        inner = _view(below, visitor, cards) if below else None
        views.append(_view(post, visitor, cards, doings, quoted=inner, to=to))
    return views


def _seen(post_ids: Iterable[int | None], visitor: Visitor) -> dict[int, Post]:
    wanted = {number for number in post_ids if number}
    if not wanted:
        return {}
    found = select(Post).join(Post.author).where(Post.id.in_(wanted), seen_by(visitor))
    return {post.id: post for post in db.session.scalars(found.options(*WITH_SPACE))}


def _ref(post: Post) -> Ref | None:
    return Ref(post.space, post.start_ms or 0) if post.space else None


def _view(
    post: Post,
    visitor: Visitor,
    cards: dict[Ref, Card],
    doings: "_Doings | None" = None,
    quoted: PostView | None = None,
    to: Post | None = None,
) -> PostView:
    ref = _ref(post)
    return PostView(
        public_id=post.public_id,
        url=post.url,
        author=Person.of(post.author),
        html=rendered(post.text),
        created_at=post.created_at,
        is_reply=post.is_reply,
        answers=Person.of(to.author) if to else None,
        is_quote=post.is_quote,
        quoted=quoted,
        card=cards[ref] if ref else None,
        own=visitor.user is not None and visitor.user.id == post.author_id,
        **(doings.of(post.id) if doings else {}),
    )


class _Doings:
    """What people did with some posts, asked for once."""

    def __init__(self, post_ids: list[int], visitor: Visitor) -> None:
        self._likes = _counted(Like.post_id, post_ids)
        self._replies = _counted(Post.reply_to_id, post_ids)
        self._reposts = _counted(Repost.post_id, post_ids) + _counted(Post.quote_of_id, post_ids)
        who = visitor.user.id if visitor.user else 0
        self._liked = _done(Like.post_id, Like.user_id == who, post_ids) if who else set()
        self._reposted = _done(Repost.post_id, Repost.user_id == who, post_ids) if who else set()

    def of(self, post_id: int) -> dict[str, Any]:
        return {
            "likes": self._likes[post_id],
            "reposts": self._reposts[post_id],
            "replies": self._replies[post_id],
            "liked": post_id in self._liked,
            "reposted": post_id in self._reposted,
        }


def _counted(column: Any, post_ids: list[int]) -> Counter[int]:
    counted = select(column, func.count()).where(column.in_(post_ids)).group_by(column)
    return Counter(dict(db.session.execute(counted).all()))


def _done(column: Any, such: ColumnElement[bool], post_ids: list[int]) -> set[int]:
    return set(db.session.scalars(select(column).where(column.in_(post_ids), such)))
