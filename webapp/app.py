"""Builds the application. This module alone knows every feature."""

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import errors, security, templating
from webapp.accounts import login
from webapp.clock import Clock, SystemClock
from webapp.config import Settings
from webapp.db import db


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """Builds an application; it starts neither the media core nor any job."""
    settings = settings or Settings()
    app = Flask(__name__, template_folder="../templates")
    app.config.update(_flask_config(settings))
    app.extensions.update(settings=settings, clock=clock or SystemClock())
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, *[settings.proxies] * 4)  # type: ignore[method-assign]
    db.init_app(app)
    errors.init_app(app)
    security.init_app(app, settings)
    templating.init_templating(app)
    _add_features(app, settings)
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return {
        "SECRET_KEY": settings.signing_key(),
        "SQLALCHEMY_DATABASE_URI": settings.sqlalchemy_url,
        "SESSION_COOKIE_NAME": "parley",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.cookie_secure,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=30),
        "MAX_CONTENT_LENGTH": 1 << 20,
        "TEMPLATES_AUTO_RELOAD": False,
    }


def _add_features(app: Flask, settings: Settings) -> None:
    login.init_app(app, settings)
