"""People: their profiles, and following and blocking them."""

from flask import Flask

from webapp.people import sections, upcoming, views


def init_app(app: Flask) -> None:
    """Adds the pages of people."""
    sections.init_app(app)
    upcoming.init_app(app)
    app.register_blueprint(views.bp)
