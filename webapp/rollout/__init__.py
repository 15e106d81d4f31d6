"""Staged roll-out: a feature reaches a few people first, then all."""

from flask import Flask

from webapp.rollout import cli, services, views


def init_app(app: Flask) -> None:
    """Adds the operator's pages and commands, and writes down each minute which stages have begun."""
    app.extensions["rollout_listeners"] = []
    app.register_blueprint(views.bp)
    app.cli.add_command(cli.rollout)
    app.extensions["scheduler"].add("rollout", services.note_begun, seconds=60)
