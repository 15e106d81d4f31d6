"""What posts keep of a person."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.accounts.models import User
from webapp.accounts.rights import Keeper
from webapp.db import db
from webapp.languages import marked
from webapp.posts import services
from webapp.posts.models import Like, Post, Repost


def kept_of(user: User, _now: datetime) -> dict[str, object]:
    """Returns what a person wrote, and which posts they liked and reposted."""
    written = select(Post).where(Post.author_id == user.id).order_by(Post.id)
    written = written.options(selectinload(Post.space))
    liked = select(Like).where(Like.user_id == user.id).order_by(Like.at)
    reposted = select(Repost).where(Repost.user_id == user.id).order_by(Repost.at)
    return {
        "written": [_post(post) for post in db.session.scalars(written)],
        "liked": [_done(like) for like in db.session.scalars(liked)],
        "reposted": [_done(repost) for repost in db.session.scalars(reposted)],
    }


def _post(post: Post) -> dict[str, object]:
    return {
        "address": post.url,
        "text": post.text,
        "created_at": post.created_at,
        "is_reply": post.is_reply,
        "is_quote": post.is_quote,
        "space": post.space.url if post.space else None,
        "start_ms": post.start_ms,
    }


def _done(row: Like | Repost) -> dict[str, object]:
    return {"address": row.post.url, "at": row.at}


KEEPER = Keeper(
    "posts",
    export=kept_of,
    forget=services.forget_person,
    kept=marked("The posts you wrote, and which posts you liked and reposted."),
    consequence=marked("Your posts are gone for everybody. Replies to them stay."),
)
