"""What people do in a space besides talking: how often they reacted, what was pinned, what each remembers."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Model
from webapp.moments.kinds import ADDRESS_MAX, LINK_TITLE_MAX, NOTE_MAX, Kind, PinKind
from webapp.spaces.models import Space

PINS_AT_ONCE = 5


def _one_of(words: type[StrEnum]) -> Enum:
    return Enum(
        words, native_enum=False, length=9, values_callable=lambda kind: [word.value for word in kind]
    )


class Reaction(Model):
    """How often people reacted in one way in a space. Who did is not kept."""

    __tablename__ = "reactions"

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[Kind] = mapped_column(_one_of(Kind), primary_key=True)
    count: Mapped[int]


class Pin(Model):
    """Something that whoever leads a space showed to everybody. What is pinned now has a place, 0 to 4.

    ``at_ms`` is where the recording was; None where nothing was recorded.
    """

    __tablename__ = "pins"
    __table_args__ = (
        UniqueConstraint("space_id", "place"),
        CheckConstraint(f"place BETWEEN 0 AND {PINS_AT_ONCE - 1}", "place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    kind: Mapped[PinKind] = mapped_column(_one_of(PinKind), default=PinKind.LINK)
    address: Mapped[str] = mapped_column(String(ADDRESS_MAX))
    title: Mapped[str] = mapped_column(String(LINK_TITLE_MAX))
    place: Mapped[int | None]
    at_ms: Mapped[int | None]
    pinned_at: Mapped[datetime]
    space: Mapped[Space] = relationship()


class Mark(Model):
    """A moment of a recording that somebody wants to find again. Nobody else sees it."""

    __tablename__ = "marks"
    __table_args__ = (Index(None, "space_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    at_ms: Mapped[int]
    note: Mapped[str] = mapped_column(String(NOTE_MAX))
    created_at: Mapped[datetime]
    space: Mapped[Space] = relationship()
