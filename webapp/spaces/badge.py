"""Shows on the pages of live spaces how many notifications somebody has not read yet."""

import logging
from threading import Lock

from webapp.accounts.services import spoken_to
from webapp.languages import speaking
from webapp.media import MediaCoreError, media
from webapp.notifications.queries import unread_count
from webapp.spaces.live import live, render

log = logging.getLogger(__name__)
_in_order = Lock()


def show_unread(person: int, sentence: str) -> None:
    """Sends somebody's count, and what they were just told, wherever they are connected. Any thread."""
    spaces = live.presence.spaces_of(person)
    if not spaces:
        return
    with _in_order, speaking(*spoken_to(person)):  # what is sent last was counted last
        html = render("notifications/_count.html", unread=unread_count(person))
        if sentence:
            html += render("spaces/_announce.html", sentence=sentence)
        for space_id in spaces:
            _send(space_id, html, person)


def _send(space_id: int, html: str, person: int) -> None:
    try:
        media.core.send_text(space_id, html, person=person)
    except MediaCoreError:
        log.exception("A page of space %d does not show a new count", space_id)
