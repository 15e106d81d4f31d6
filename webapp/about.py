"""Pages about the site itself."""

from flask import Flask, render_template


def init_app(app: Flask) -> None:
    """Adds ``/about/privacy``."""
    app.add_url_rule("/about/privacy", "privacy", _privacy)


def _privacy() -> str:
    return render_template("about/privacy.html")
