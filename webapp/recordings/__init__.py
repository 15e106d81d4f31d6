"""Recordings: what a space leaves behind, and who may hear it until when."""

from flask import Flask

from webapp.accounts.rights import register
from webapp.recordings import events, rights, services, views
from webapp.recordings.archive import Recordings


def init_app(app: Flask) -> None:
    """Adds the addresses of recordings, keeps what spaces record, and listens to the media core."""
    app.extensions["archive"] = Recordings()
    app.register_blueprint(views.bp)
    register(app, rights.KEEPER)
    events.listen(app.extensions["media"])
    app.extensions["scheduler"].add("publish", services.publish_unfinished, seconds=60)
