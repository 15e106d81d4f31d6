"""A host's recordings as a podcast, where the host offers them as one."""

from flask import Flask

from webapp.accounts.rights import register
from webapp.podcast import rights, services, views
from webapp.podcast.feed import Feeds


def init_app(app: Flask) -> None:
    """Adds the feeds, their files, what a host decides about them, and the sweep that makes the files."""
    app.extensions["feeds"] = Feeds()
    app.register_blueprint(views.bp)
    app.jinja_env.globals.update(own_podcast=views.own_podcast, podcast_of=views.podcast_of)
    register(app, rights.KEEPER)
    app.extensions["scheduler"].add("podcast", services.make_episodes, seconds=60, beside=True)
