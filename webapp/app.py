"""Builds the application. This module alone knows every feature."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import (
    about,
    admin,
    assets,
    cli,
    compression,
    discovery,
    errors,
    health,
    installable,
    languages,
    mail,
    media,
    moderation,
    moments,
    notifications,
    people,
    podcast,
    posts,
    recordings,
    rollout,
    scheduler,
    scheduling,
    security,
    sharing,
    spaces,
    storage,
    templating,
    vault,
    vendor,
)
from webapp.accounts import login
from webapp.accounts.cli import accounts, token
from webapp.bot.cli import bot
from webapp.clock import Clock, SystemClock
from webapp.config import MAX_BODY_BYTES, Settings
from webapp.db import db
from webapp.demo.cli import demo
from webapp.people.upcoming import on_profiles
from webapp.spaces.queries import upcoming_cards

ROOT = Path(__file__).parents[1]


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """Builds an application; it starts neither the media core nor the sweeps."""
    settings = settings or Settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__, template_folder=ROOT / "templates")
    app.jinja_environment = templating.Environment
    app.config.update(_flask_config(settings))
    app.extensions.update(settings=settings, clock=clock or SystemClock())
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, *[settings.proxies] * 4)  # type: ignore[method-assign]
    _add_platform(app, settings)
    _add_features(app, settings)
    return app


def _add_platform(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"))
    errors.init_app(app)
    compression.init_app(app)
    security.init_app(app, settings)
    storage.init_app(app, settings)
    scheduler.init_app(app)
    media.init_app(app)
    mail.init_app(app)
    health.init_app(app)
    templating.init_templating(app)
    languages.init_app(app, ROOT / "translations")
    vendor.init_app(app)
    assets.init_app(app)
    installable.init_app(app)
    about.init_app(app)
    cli.init_app(app)


def _add_features(app: Flask, settings: Settings) -> None:
    login.init_app(app, settings)
    vault.init_app(app, settings)
    notifications.init_app(app)
    rollout.init_app(app)
    admin.init_app(app)
    spaces.init_app(app)
    recordings.init_app(app)
    sharing.init_app(app)
    people.init_app(app)
    moments.init_app(app)
    scheduling.init_app(app)
    on_profiles(app, lambda host, visitor, moment: upcoming_cards(visitor, moment, host))
    posts.init_app(app)
    podcast.init_app(app)
    discovery.init_app(app)
    moderation.init_app(app)
    for command in (accounts, token, bot, demo):
        app.cli.add_command(command)


def _flask_config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.signing_key(),
        "SQLALCHEMY_DATABASE_URI": settings.sqlalchemy_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True, "pool_size": 16, "max_overflow": 64},
        "SESSION_COOKIE_NAME": "parley",
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.cookie_secure,
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
    }
