"""Finding spaces: the Spaces tab, in an order that says why, and the search."""

from flask import Flask

from webapp.discovery import views
from webapp.discovery.cli import discovery
from webapp.discovery.watching import Watch


def init_app(app: Flask) -> None:
    """Adds the tab under the name by which the pages of spaces, which know no discovery, lead to it."""
    app.extensions["watch"] = Watch()
    app.add_url_rule("/spaces", "spaces.index", views.index)
    app.register_blueprint(views.bp)
    app.cli.add_command(discovery)
