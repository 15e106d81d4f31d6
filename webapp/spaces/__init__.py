"""Spaces: who talks with whom, live."""

from flask import Flask

from webapp.spaces import badge, events, sockets, views
from webapp.spaces.live import Live


def init_app(app: Flask) -> None:
    """Adds the pages and the sockets of spaces, and listens to the media core and to notifications."""
    app.extensions["live"] = Live()
    app.register_blueprint(views.bp)
    app.register_blueprint(sockets.bp)
    events.listen(app.extensions["media"])
    app.extensions["notifications"].on_change(badge.show_unread)
