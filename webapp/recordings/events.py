"""What the media core tells of a recording."""

from collections.abc import Callable
from datetime import timedelta

from webapp.clock import now
from webapp.media import Event, EventKind, Media
from webapp.recordings import services
from webapp.recordings.models import Recording
from webapp.recordings.queries import recording_of


def listen(media: Media) -> None:
    """Has the media core's events heard, and what a dead process left behind published."""
    media.at_start(lambda: services.publish_unfinished(now(), timedelta()))
    media.on(EventKind.RECORD_INTERRUPTED, _of(lambda it, _event: services.note_interruption(it, now())))
    media.on(EventKind.RECORD_RESUMED, _of(lambda it, event: services.note_resumption(it, event.value)))
    media.on(EventKind.RECORD_CLOSED, _of(lambda it, event: services.publish(it, event.value)))


def _of(handle: Callable[[Recording, Event], None]) -> Callable[[Event], None]:
    def handler(event: Event) -> None:
        recording = recording_of(event.room)
        if recording is not None:
            handle(recording, event)

    return handler
