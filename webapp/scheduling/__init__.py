"""Planned spaces: changed and cancelled by their hosts, announced in calendars, and reminded of."""

from flask import Flask

from webapp.accounts.rights import register
from webapp.scheduling import reminders, rights, views


def init_app(app: Flask) -> None:
    """Adds the pages of spaces that have not started, and the sweep that reminds people of them."""
    app.register_blueprint(views.bp)
    app.jinja_env.globals.update(reminded_spaces=views.reminded)
    register(app, rights.KEEPER)
    app.extensions["scheduler"].add("reminders", reminders.remind, seconds=30)
