"""People: their profiles, and following and blocking them."""

from flask import Flask

from webapp.people import upcoming, views


def init_app(app: Flask) -> None:
    """Adds the pages of people."""
    upcoming.init_app(app)
    app.register_blueprint(views.bp)
