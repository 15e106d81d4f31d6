"""Moderation: what people report, and what reviewers look at."""

from flask import Flask

from webapp.accounts.rights import register
from webapp.moderation import reviewers, rights, views
from webapp.security import limit_posts, redirects


def init_app(app: Flask) -> None:
    """Adds the page on which anybody reports, the reviewers' pages and the operator's page of reviewers."""
    app.register_blueprint(views.reports)
    app.register_blueprint(views.review)
    app.register_blueprint(reviewers.bp)
    register(app, rights.KEEPER)
    limit_posts(app, "reports.send", "10/hour", redirects)
