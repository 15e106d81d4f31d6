"""Recordings: what a space leaves behind, and who may hear it until when."""

from flask import Flask

from webapp.accounts.rights import register
from webapp.recordings import admin, events, keeping, notices, reconcile, rights, services, views
from webapp.recordings.archive import Recordings
from webapp.recordings.retention import RULES
from webapp.rollout.listeners import on_stage_began


def init_app(app: Flask) -> None:
    """Adds the addresses of recordings, keeps what spaces record, and listens to the media core."""
    app.extensions["archive"] = Recordings()
    app.register_blueprint(views.bp)
    app.register_blueprint(admin.bp)
    app.jinja_env.globals.update(retention_rules=RULES)
    register(app, rights.KEEPER)
    events.listen(app.extensions["media"])
    on_stage_began(app, notices.tell_reached)
    sweeps = app.extensions["scheduler"]
    sweeps.add("publish", services.publish_unfinished, seconds=60)
    sweeps.add("seal", keeping.seal_waiting, seconds=60)
    sweeps.add("shelve", keeping.shelve_whole, seconds=60)
    sweeps.add("expire", keeping.erase_gone, seconds=60)
    sweeps.add("reconcile", reconcile.reconcile, seconds=86_400)
    sweeps.add("notices", notices.tell_hosts, seconds=600)
