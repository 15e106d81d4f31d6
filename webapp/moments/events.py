"""Tells the pages of live spaces how people reacted: in one message, however many they were."""

import logging
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from webapp.db import db
from webapp.media import Media, MediaCoreError, media
from webapp.moments import services
from webapp.moments.kinds import Kind
from webapp.moments.pulse import pulse
from webapp.spaces.live import render

log = logging.getLogger(__name__)


def listen(media: Media) -> None:
    """Has the media thread tell."""
    media.each_turn(tell)


def tell(now_s: float) -> None:
    """Tells and counts what is due. The media thread alone calls this."""
    for space_id, counts in pulse.tally.due(now_s).items():
        _show(space_id, counts)
        try:
            services.count_reactions(space_id, counts)
        except SQLAlchemyError:
            db.session.rollback()
            log.exception("Reactions in space %d are missing from its total", space_id)


def _show(space_id: int, counts: Mapping[Kind, int]) -> None:
    try:
        media.core.send_text(space_id, render("moments/_reaction_counts.html", counts=counts))
    except MediaCoreError:
        log.info("Reactions in space %d came when it had ended", space_id)
