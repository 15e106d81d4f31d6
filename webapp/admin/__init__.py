"""Pages for whoever runs the site."""

from flask import Flask

from webapp.admin import views


def init_app(app: Flask) -> None:
    """Adds the pages."""
    app.register_blueprint(views.bp)
