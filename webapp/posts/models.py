"""Posts, and what people do with each other's."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.db import Model, public_id
from webapp.posts.text import TEXT_MAX, TOPIC_MAX
from webapp.spaces.models import Space


class Post(Model):
    """Something that somebody wrote: by itself, as a reply to another post, or with another post below it.

    ``is_reply`` and ``is_quote`` stay when that other post goes. ``space`` is the first space of this site
    that the text links to, and ``start_ms`` where in its recording; what became of it is asked when it is
    shown. ``once`` is what its form was sent with: the same form makes one post.
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("author_id", "once"),
        Index(None, "author_id", "created_at"),
        Index(None, "reply_to_id", "created_at"),
        Index(None, "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=public_id)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(TEXT_MAX))
    created_at: Mapped[datetime]
    once: Mapped[str] = mapped_column(String(22))
    is_reply: Mapped[bool] = mapped_column(default=False)
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    is_quote: Mapped[bool] = mapped_column(default=False)
    quote_of_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"), index=True)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id", ondelete="SET NULL"), index=True)
    start_ms: Mapped[int | None]
    author: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    space: Mapped[Space | None] = relationship()

    @property
    def url(self) -> str:
        return f"/posts/{self.public_id}"


class Topic(Model):
    """A post is about something."""

    __tablename__ = "post_topics"

    topic: Mapped[str] = mapped_column(String(TOPIC_MAX), primary_key=True)
    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Like(Model):
    """Somebody likes a post."""

    __tablename__ = "likes"

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    at: Mapped[datetime]
    post: Mapped[Post] = relationship()


class Repost(Model):
    """Somebody shows a post to those who follow them."""

    __tablename__ = "reposts"
    __table_args__ = (Index(None, "user_id", "at"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    post: Mapped[Post] = relationship()
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
