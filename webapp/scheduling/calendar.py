"""A planned space as calendars take it (RFC 5545). Pure."""

from datetime import timedelta

from icalendar import Calendar, Event

from webapp.languages import gettext as _
from webapp.spaces.models import Space
from webapp.spaces.states import State

LASTS = timedelta(hours=1)
"""How long a space is entered for; nobody knows how long it will be."""


def calendar_of(space: Space, address: str) -> bytes:
    """Returns a calendar with this one event; ``address`` is the site's. ValueError without a time.

    The event is the same one (``UID``) whatever is changed, each time with a higher ``SEQUENCE``.
    """
    if space.scheduled_for is None:
        raise ValueError("This space has no time.")
    changed_at = space.cancelled_at or space.edited_at or space.created_at
    url = f"{address}{space.url}"
    event = Event.new(
        uid=f"space-{space.public_id}@parley",
        start=space.scheduled_for,
        end=space.scheduled_for + LASTS,
        summary=space.title,
        description=_(
            "A live conversation with %(name)s. Listen here: %(url)s", name=space.host.display_name, url=url
        ),
        location=url,
        url=url,
        sequence=space.sequence,
        status="CANCELLED" if space.state == State.CANCELLED else "CONFIRMED",  # type: ignore[arg-type]
        stamp=changed_at,
        created=space.created_at,
        last_modified=changed_at,
    )
    ical: bytes = Calendar.new(prodid="-//Parley//EN", method="PUBLISH", subcomponents=[event]).to_ical()
    return ical
