"""Notifications: what somebody should hear of, kept until they have read it."""

from flask import Flask

from webapp.accounts.rights import register
from webapp.notifications import push, rights, services, views
from webapp.notifications.bell import Bell
from webapp.notifications.cli import notifications

DAY_S = 24 * 3600


def init_app(app: Flask) -> None:
    """Adds the page of notifications, and the count that other pages show, asked for when it is shown."""
    app.extensions["notifications"] = Bell()
    app.register_blueprint(views.bp)
    app.register_blueprint(views.settings)
    app.cli.add_command(notifications)
    push.init_app(app)
    register(app, rights.KEEPER)
    app.jinja_env.globals.update(unread_notifications=views.unread)
    app.extensions["scheduler"].add("notifications", services.prune, seconds=DAY_S)
