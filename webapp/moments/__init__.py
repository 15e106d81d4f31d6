"""Moments: reactions, pinned links, and what each listener wants to find again."""

from flask import Flask

from webapp.accounts.rights import register
from webapp.moments import events, rights, views
from webapp.moments.kinds import LINK_TITLE_MAX, NAMES, NOTE_MAX
from webapp.moments.models import PINS_AT_ONCE
from webapp.moments.pulse import Pulse
from webapp.moments.queries import moments_of, pinned_now
from webapp.spaces.extras import Extra, add

EXTRA = Extra(
    "moments",
    live=lambda space: pinned_now(space.id),
    replay=lambda space, visitor, _now: moments_of(space, visitor),
    title="moments/_links.html",
    dock="moments/_react.html",
    sheets="moments/_sheets.html",
    beside="moments/_beside.html",
    style="css/moments.css",
)


def init_app(app: Flask) -> None:
    """Adds the addresses of moments and their part in the pages of spaces, and listens to the media core."""
    app.extensions["pulse"] = Pulse()
    app.register_blueprint(views.bp)
    app.jinja_env.globals.update(
        reaction_names=NAMES,
        moments_limits={"links": PINS_AT_ONCE, "title": LINK_TITLE_MAX, "note": NOTE_MAX},
    )
    add(app, EXTRA)
    register(app, rights.KEEPER)
    events.listen(app.extensions["media"])
