"""Spaces: who talks with whom, live."""

from flask import Flask

from webapp.accounts.rights import register
from webapp.spaces import badge, events, extras, followers, gates, rights, sockets, views
from webapp.spaces.live import Live
from webapp.spaces.requests import views as requests
from webapp.spaces.stage import views as stage
from webapp.spaces.states import outranks


def init_app(app: Flask) -> None:
    """Adds the pages and the sockets of spaces, and listens to the media core and to notifications."""
    app.extensions["live"] = Live()
    extras.init_app(app)
    gates.init_app(app)
    app.register_blueprint(views.bp)
    for bp in (stage.bp, requests.bp, sockets.bp, sockets.plain):
        app.register_blueprint(bp)
    app.jinja_env.globals.update(outranks=outranks)
    register(app, rights.KEEPER)
    events.listen(app.extensions["media"])
    app.extensions["notifications"].on_change(badge.show_unread)
    app.extensions["scheduler"].add("followers", followers.tell_followers, seconds=15)
