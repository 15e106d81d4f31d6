"""What the media core tells of the sockets of a space."""

import math

from webapp.clock import now
from webapp.media import Event, EventKind, Media
from webapp.spaces import services, succession
from webapp.spaces.live import live
from webapp.spaces.presence import GUEST
from webapp.spaces.stage.services import note_spoken

SETTLE_EVERY_S = 1.0


def listen(media: Media) -> None:
    """Has the media core's events heard, and the pages told, by the media thread."""
    media.at_start(lambda: services.resume_live_spaces(now()))
    media.on(EventKind.OPENED, _opened)
    media.on(EventKind.CLOSED, _closed)
    media.on(EventKind.TALKING, _talking)
    media.on(EventKind.ROOM_CLOSED, lambda event: live.forget(event.room))
    media.each_turn(_Settling())
    media.each_turn(_tell)


class _Settling:
    """Looks once a second who leads where; everything that concerns it is settled within that."""

    def __init__(self) -> None:
        self._settled_s = -math.inf

    def __call__(self, now_s: float) -> None:
        if now_s - self._settled_s >= SETTLE_EVERY_S:
            self._settled_s = now_s
            succession.settle_all(now())


def _tell(now_s: float) -> None:
    live.tell(now_s)


def _talking(event: Event) -> None:
    if event.value:
        live.talkers.began(event.room, event.person, now())
    elif spoken_ms := live.talkers.ceased(event.room, event.person, now()):
        note_spoken(event.room, event.person, spoken_ms)


def _opened(event: Event) -> None:
    if live.presence.opened(event.room, event.person, event.conn):
        note = services.note_arrival if event.person < GUEST else services.note_guest
        note(event.room, event.person, now())
        succession.settle(event.room, now())
    live.changed(event.room, event.person)


def _closed(event: Event) -> None:
    if not live.presence.closed(event.room, event.person, event.conn):
        return
    if event.person < GUEST:
        services.note_departure(event.room, event.person, now())
        succession.settle(event.room, now())
    live.changed(event.room)
