"""Recordings: what a space leaves behind, and who may hear it until when."""

from flask import Flask

from webapp.recordings import events, notices, services, views
from webapp.recordings.archive import Recordings


def init_app(app: Flask) -> None:
    """Adds the addresses of recordings, keeps what spaces record, and listens to the media core."""
    app.extensions["archive"] = Recordings()
    app.register_blueprint(views.bp)
    events.listen(app.extensions["media"])
    app.extensions["scheduler"].add("publish", services.publish_unfinished, seconds=60)
    app.extensions["scheduler"].add("notices", notices.tell_hosts, seconds=600)
