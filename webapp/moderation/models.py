"""What people reported."""

from datetime import datetime

from sqlalchemy import Enum, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.db import Model, public_id
from webapp.languages import gettext as _
from webapp.moderation.kinds import KINDS, WORDS_MAX, Kind
from webapp.spaces.models import Space

OPEN = "open"


class Report(Model):
    """Somebody says that something is wrong: in a space, at a moment of it, or with a person in it.

    A person is an account or a guest, by their handle in the space. So is the reporter, whom no page names.
    ``once`` is the same for reports that are one: of the same reporter, space, person and minute.
    """

    __tablename__ = "reports"
    __table_args__ = (Index(None, "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=public_id)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    guest: Mapped[str | None] = mapped_column(String(22))
    at_ms: Mapped[int | None]
    kind: Mapped[Kind] = mapped_column(
        Enum(Kind, native_enum=False, length=10, values_callable=lambda kinds: [kind.value for kind in kinds])
    )
    words: Mapped[str] = mapped_column(String(WORDS_MAX))
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    reporter_guest: Mapped[str | None] = mapped_column(String(22))
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(9), default=OPEN)
    once: Mapped[str] = mapped_column(String(80), unique=True)
    space: Mapped[Space] = relationship(lazy="joined", innerjoin=True)
    person: Mapped[User | None] = relationship(foreign_keys=[person_id], lazy="joined")

    @property
    def what(self) -> str:
        """What is wrong, in words."""
        return _(KINDS[self.kind])
