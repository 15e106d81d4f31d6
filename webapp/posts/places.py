"""Places in a timeline, as addresses say them. Pure."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from webapp.errors import NotFound
from webapp.languages import gettext as _

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Place(NamedTuple):
    """Where something is in a timeline: when it came, and which of those that came then."""

    at: datetime
    ref: str

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.ref}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """Reads what an address says. NotFound for what this site never wrote there."""
        microseconds, _dash, ref = text.partition("-")
        try:
            return cls(_EPOCH + max(int(microseconds), 0) * _MICROSECOND, ref[:22])
        except (ValueError, OverflowError) as error:
            raise NotFound(_("There is no such page.")) from error
