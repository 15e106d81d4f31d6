"""Which posts there are for whom, and how they are shown."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, tuple_, union_all

from webapp.accounts.models import User
from webapp.accounts.relations import apart_from
from webapp.db import db
from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.posts.cards import Card, Ref, cards_of, spaces_numbered
from webapp.posts.markup import rendered
from webapp.posts.models import Like, Post, Repost
from webapp.posts.places import Place
from webapp.posts.shown import Page, PostView
from webapp.spaces.shown import Person
from webapp.spaces.visitor import Visitor

PAGE = 30
NO_POST = marked("This post is not, or no longer, here.")


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
    found = db.session.scalars(in_order).all()
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
    others = _seen([number for post in posts for number in (post.quote_of_id, post.reply_to_id)], visitor)
    quoted = [others[post.quote_of_id] for post in posts if post.quote_of_id in others]
    cards = _cards([*posts, *quoted], visitor, now)
    doings = _Doings([post.id for post in posts], visitor)
    views = []
    for post in posts:
        below, to = others.get(post.quote_of_id or 0), others.get(post.reply_to_id or 0)
        inner = _view(below, visitor, cards) if below else None
        views.append(_view(post, visitor, cards, doings, quoted=inner, to=to))
    return views


def _seen(post_ids: Iterable[int | None], visitor: Visitor) -> dict[int, Post]:
    wanted = {number for number in post_ids if number}
    if not wanted:
        return {}
    found = select(Post).join(Post.author).where(Post.id.in_(wanted), seen_by(visitor))
    return {post.id: post for post in db.session.scalars(found)}


def _cards(posts: Sequence[Post], visitor: Visitor, now: datetime) -> dict[int, Card]:
    """Returns the cards of those posts that have one."""
    spaces = spaces_numbered({post.space_id for post in posts if post.space_id})
    refs = {
        post.id: Ref(spaces[post.space_id], post.start_ms or 0) for post in posts if post.space_id in spaces
    }
    cards = cards_of(refs.values(), visitor, now)
    return {number: cards[ref] for number, ref in refs.items()}


def _view(
    post: Post,
    visitor: Visitor,
    cards: dict[int, Card],
    doings: "_Doings | None" = None,
    quoted: PostView | None = None,
    to: Post | None = None,
) -> PostView:
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
        card=cards.get(post.id),
        own=visitor.user is not None and visitor.user.id == post.author_id,
        **(doings.of(post.id) if doings else {}),
    )


class _Doings:
    """What people did with some posts, asked for once."""

    def __init__(self, post_ids: list[int], visitor: Visitor) -> None:
        who = visitor.user.id if visitor.user else 0
        asked = union_all(
            _counted("likes", Like.post_id, post_ids, Like.user_id == who),
            _counted("reposts", Repost.post_id, post_ids, Repost.user_id == who),
            _counted("quotes", Post.quote_of_id, post_ids),
            _counted("replies", Post.reply_to_id, post_ids),
        )
        found = db.session.execute(asked)
        self._known = {(what, post_id): (count, bool(own)) for what, post_id, count, own in found}

    def of(self, post_id: int) -> dict[str, Any]:
        likes, liked = self._of("likes", post_id)
        reposts, reposted = self._of("reposts", post_id)
        return {
            "likes": likes,
            "reposts": reposts + self._of("quotes", post_id)[0],
            "replies": self._of("replies", post_id)[0],
            "liked": liked,
            "reposted": reposted,
        }

    def _of(self, what: str, post_id: int) -> tuple[int, bool]:
        return self._known.get((what, post_id), (0, False))


def _counted(what: str, column: Any, post_ids: list[int], own: ColumnElement[bool] | None = None) -> Any:
    """Counts rows by post, and tells whether one is the visitor's own."""
    is_own = func.max(case((own, 1), else_=0)) if own is not None else literal(0)
    return select(literal(what), column, func.count(), is_own).where(column.in_(post_ids)).group_by(column)
