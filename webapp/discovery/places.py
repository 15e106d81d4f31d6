"""Where in a list a page begins, as it stands in an address. Pure."""

from datetime import UTC, datetime

from webapp.discovery.ranking import Place

_APART = "~"


def write(*parts: object) -> str:
    """Returns what ``read_moment`` and ``read_place`` read. Times have microseconds: none is rounded."""
    return _APART.join(
        f"{part:%Y%m%dT%H%M%S.%f}" if isinstance(part, datetime) else str(part) for part in parts
    )


def read_moment(text: str) -> tuple[datetime, str] | None:
    """Returns a moment and a public id; None for what is neither."""
    moment, _, public_id = text.partition(_APART)
    try:
        return datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), public_id
    except ValueError:
        return None


def read_place(text: str) -> Place | None:
    """Returns a place among live spaces; None for what is none."""
    score, _, rest = text.partition(_APART)
    started, _, public_id = rest.partition(_APART)
    try:
        return Place(int(score), float(started), public_id)
    except ValueError:
        return None
