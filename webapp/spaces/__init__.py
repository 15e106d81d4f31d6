"""Spaces: who talks with whom, live."""

from flask import Flask

from webapp.accounts.rights import register
from webapp.spaces import badge, events, gates, rights, sockets, views
from webapp.spaces.live import Live


def init_app(app: Flask) -> None:
    """Adds the pages and the sockets of spaces, and listens to the media core and to notifications."""
    app.extensions["live"] = Live()
    gates.init_app(app)
    app.register_blueprint(views.bp)
    app.register_blueprint(sockets.bp)
    register(app, rights.KEEPER)
    events.listen(app.extensions["media"])
    app.extensions["notifications"].on_change(badge.show_unread)
