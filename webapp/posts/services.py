"""What people do with posts."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.accounts.relations import apart_from
from webapp.db import db, public_id
from webapp.errors import Forbidden, Invalid
from webapp.languages import gettext as _
from webapp.languages import later
from webapp.notifications.bell import bell
from webapp.notifications.push.services import send_soon
from webapp.notifications.services import leave_word
from webapp.posts.models import Like, Post, Repost, Topic
from webapp.posts.queries import post_for
from webapp.posts.text import (
    MENTIONS_MAX,
    ONCE,
    SpaceLink,
    clean_text,
    mentions,
    space_links,
    topics,
)
from webapp.spaces.models import Space
from webapp.spaces.visitor import Visitor


def write_post(
    author: User,
    text: str,
    now: datetime,
    *,
    once: str = "",
    reply_to: str = "",
    quote_of: str = "",
    hosts: frozenset[str] = frozenset(),
) -> Post:
    """Publishes a post, and tells those it answers, quotes and mentions. Invalid; NotFound across a block.

    The same author's same ``once`` is the same post, however often it is sent. ``hosts`` are the names that
    this site goes by: a link to a space of it is what the post's card is made from.
    """
    if once and not ONCE.fullmatch(once):
        raise Invalid(_("This form was not one of ours. Load the page again and try once more."))
    earlier = _sent_before(author, once)
    if earlier is not None:
        return earlier
    if reply_to and quote_of:
        raise Invalid(_("A post answers another or quotes one, not both."))
    cleaned = clean_text(text)
    parent = post_for(Visitor(author), reply_to) if reply_to else None
    quoted = post_for(Visitor(author), quote_of) if quote_of else None
    space, start_ms = _space_in(cleaned, hosts)
    post = Post(
        author_id=author.id,
        text=cleaned,
        created_at=now,
        once=once or public_id(),
        is_reply=parent is not None,
        reply_to_id=parent.id if parent else None,
        is_quote=quoted is not None,
        quote_of_id=quoted.id if quoted else None,
        space_id=space.id if space else None,
        start_ms=start_ms,
    )
    return _publish(post, author, parent, quoted, now)


def _sent_before(author: User, once: str) -> Post | None:
    same = select(Post).where(Post.author_id == author.id, Post.once == once)
    return db.session.scalar(same) if once else None


def _space_in(text: str, hosts: frozenset[str]) -> tuple[Space | None, int | None]:
    """Returns the first space that a text links to and that there is, and where in its recording."""
    found = space_links(text, hosts)
    called = select(Space).where(Space.public_id.in_([link.public_id for link in found]))
    spaces = {space.public_id: space for space in db.session.scalars(called)} if found else {}
    first: SpaceLink | None = next((link for link in found if link.public_id in spaces), None)
    return (spaces[first.public_id], first.start_ms) if first else (None, None)


def _publish(post: Post, author: User, parent: Post | None, quoted: Post | None, now: datetime) -> Post:
    try:
        db.session.add(post)
        db.session.flush()
    except IntegrityError:  # the same form, sent twice at once
        db.session.rollback()
        return db.session.scalars(
            select(Post).where(Post.author_id == author.id, Post.once == post.once)
        ).one()
    db.session.add_all(Topic(topic=topic, post_id=post.id) for topic in topics(post.text))
    told = _leave_words(post, author, parent, quoted, now)
    db.session.commit()
    send_soon()
    for user_id, sentence in told.items():
        bell.ring(user_id, sentence)
    return post


def _leave_words(
    post: Post, author: User, parent: Post | None, quoted: Post | None, now: datetime
) -> dict[int, str]:
    """Tells each of them once, for the strongest reason; returns what they were told."""
    apart = set(db.session.scalars(apart_from(author.id))) | {author.id}
    told: dict[int, str] = {}
    name = author.display_name
    for kind, sentence, user_ids in (
        ("reply", later("%(name)s replied to your post.", name=name), [parent.author_id] if parent else []),
        ("mention", later("%(name)s quoted your post.", name=name), [quoted.author_id] if quoted else []),
        ("mention", later("%(name)s mentioned you in a post.", name=name), _mentioned(post.text)),
    ):
        news = [user_id for user_id in user_ids if user_id not in apart and user_id not in told]
        key = f"post:{post.public_id}"
        shown = leave_word(news, kind=kind, sentence=sentence, url=post.url, key=key, now=now)
        told |= dict.fromkeys(shown, sentence)
    return told


def _mentioned(text: str) -> list[int]:
    handles = mentions(text)[:MENTIONS_MAX]
    called = select(User.id).where(User.handle.in_(handles), User.active)
    return list(db.session.scalars(called)) if handles else []


def delete_post(post: Post, actor: User) -> None:
    """Takes one's own post from everybody. Forbidden to others, but for those who run the site."""
    if actor.id != post.author_id and not actor.is_operator:
        raise Forbidden(_("Only its author can delete a post."))
    take_down(post)


def take_down(post: Post) -> None:
    """Takes a post from everybody, for those who may."""
    db.session.delete(post)
    db.session.commit()


def like(post: Post, actor: User, now: datetime) -> None:
    """Says that one likes a post. Doing it again changes nothing."""
    _add(Like(post_id=post.id, user_id=actor.id, at=now))


def unlike(post: Post, actor: User) -> None:
    """Takes that back. Doing it again changes nothing."""
    db.session.execute(delete(Like).where(Like.post_id == post.id, Like.user_id == actor.id))
    db.session.commit()


def repost(post: Post, actor: User, now: datetime) -> None:
    """Shows a post to those who follow one. Doing it again changes nothing. Invalid of one's own."""
    if post.author_id == actor.id:
        raise Invalid(_("Those who follow you see your posts already."))
    _add(Repost(post_id=post.id, user_id=actor.id, at=now))


def unrepost(post: Post, actor: User) -> None:
    """Takes that back. Doing it again changes nothing."""
    db.session.execute(delete(Repost).where(Repost.post_id == post.id, Repost.user_id == actor.id))
    db.session.commit()


def _add(row: Any) -> None:
    try:
        db.session.add(row)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()


def forget_person(user: User, _now: datetime) -> None:
    """Destroys a person's posts and what they did with others'. Part of the caller's transaction."""
    theirs = select(Post.id).where(Post.author_id == user.id)
    for table in (Like, Repost):
        db.session.execute(delete(table).where(or_(table.user_id == user.id, table.post_id.in_(theirs))))
    db.session.execute(delete(Post).where(Post.author_id == user.id))
