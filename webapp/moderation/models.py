"""What people reported, and which posts were removed for it."""

from datetime import datetime

from sqlalchemy import Enum, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.db import Model, public_id
from webapp.languages import gettext as _
from webapp.moderation.kinds import KINDS, REASON_MAX, WORDS_MAX, Kind
from webapp.posts.models import Post
from webapp.posts.text import TEXT_MAX
from webapp.spaces.models import Space

_KIND = Enum(Kind, native_enum=False, length=10, values_callable=lambda kinds: [kind.value for kind in kinds])
OPEN, REMOVED, KEPT = "open", "removed", "kept"


class Report(Model):
    """Somebody says that something is wrong: in a space, at a moment of it, with a person, or in a post.

    A person is an account or a guest, by their handle in the space. So is the reporter, whom no page names.
    ``post`` goes when the post does, and with it what there is to decide. ``once`` is the same for reports
    that are one: of the same reporter, space, person (or post) and minute.
    """

    __tablename__ = "reports"
    __table_args__ = (Index(None, "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=public_id)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    guest: Mapped[str | None] = mapped_column(String(22))
    at_ms: Mapped[int | None]
    kind: Mapped[Kind] = mapped_column(_KIND)
    words: Mapped[str] = mapped_column(String(WORDS_MAX))
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    reporter_guest: Mapped[str | None] = mapped_column(String(22))
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(9), default=OPEN)
    once: Mapped[str] = mapped_column(String(80), unique=True)
    space: Mapped[Space | None] = relationship(lazy="joined")
    post: Mapped[Post | None] = relationship(lazy="selectin")
    person: Mapped[User | None] = relationship(foreign_keys=[person_id], lazy="joined")

    @property
    def what(self) -> str:
        """What is wrong, in words."""
        return _(KINDS[self.kind])

    @property
    def address(self) -> str:
        """Where what it is about can be seen; empty of a post that is gone."""
        about = self.space or self.post
        return about.url if about else ""


class Removal(Model):
    """A reviewer took a post from everybody: ``post`` is its public id, and ``text`` what it said."""

    __tablename__ = "removals"

    id: Mapped[int] = mapped_column(primary_key=True)
    post: Mapped[str] = mapped_column(String(22), unique=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    text: Mapped[str] = mapped_column(String(TEXT_MAX))
    kind: Mapped[Kind] = mapped_column(_KIND)
    words: Mapped[str] = mapped_column(String(REASON_MAX))
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime]
