"""What spaces are about, to be counted. Triggers keep it (``schema``): nothing here is written by hand."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Model
from webapp.spaces.states import TOPIC_MAX


class SpaceTopic(Model):
    """A space is about something: ``topic`` in lower case, ``label`` as its host wrote it."""

    __tablename__ = "space_topics"

    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(TOPIC_MAX), primary_key=True, index=True)
    label: Mapped[str] = mapped_column(String(TOPIC_MAX))
