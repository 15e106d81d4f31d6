"""`flask demo`: something to hear on the first day."""

import logging
import signal
import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from webapp.accounts.models import User
from webapp.clock import now
from webapp.config import Settings
from webapp.db import db
from webapp.demo import services
from webapp.demo.conversation import Track, tracks
from webapp.demo.play import play
from webapp.demo.script import CAST, WREN, Part
from webapp.demo.speech import NoVoice

demo = AppGroup("demo", help="Two bots who talk, and a recording of theirs.")


@demo.command("prepare")
def prepare_command() -> None:
    """Make the bots' accounts and one finished space with its recording. Doing it again changes nothing."""
    _prepare()


@demo.command("play")
def play_command() -> None:
    """Talk in a live space for ever; for `python -m webapp`, which starts this beside itself."""
    logging.basicConfig(level=logging.INFO, format="demo: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    cast, spoken = _prepare()
    tokens = [services.token_of(cast[part], _directory(), now()) for part in CAST]
    site = _settings().address

    def live_address() -> str | None:
        db.session.rollback()  # what others wrote since the last look
        space = services.live_space(cast[WREN])
        return site + space.url if space else None

    play(site, tokens, spoken, live_address)


def _prepare() -> tuple[dict[Part, User], list[Track]]:
    try:
        spoken = tracks(_directory())
    except NoVoice as error:
        raise click.ClickException(str(error)) from error
    cast = services.bots(now())
    services.finished_space(cast, spoken, now())
    return cast, spoken


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _directory() -> Path:
    return _settings().data_dir / "demo"
