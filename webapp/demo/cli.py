"""`flask demo`: something to hear on the first day, and something to see."""

import logging
import signal
import sys
import time
from pathlib import Path
from threading import Thread

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from webapp.accounts.models import User
from webapp.cli import check_database, explained
from webapp.clock import now
from webapp.config import Settings
from webapp.db import db
from webapp.demo import seed, services, town
from webapp.demo.conversation import Track, tracks
from webapp.demo.play import Show, play
from webapp.demo.script import OTTO, TITLE, TOPICS, WREN, Part
from webapp.demo.speech import NoVoice
from webapp.demo.town import Live, Talk
from webapp.spaces.states import State
from webapp.templating import plural

BOTS_SHOW = Live(Talk("bots", WREN.handle, TITLE, TOPICS, OTTO.handle), record=True)
LOOK_S = 5.0

demo = AppGroup("demo", help="Bots who talk, a recording of theirs, and a site full of people.")


@demo.command("prepare")
def prepare_command() -> None:
    """Make the bots' accounts and one finished space with its recording. Doing it again changes nothing."""
    _prepare()


@demo.command("seed")
@click.option("--yes", is_flag=True, help="Do it although people have accounts here.")
def seed_command(yes: bool) -> None:
    """Fill this site with people, spaces and posts to look at. Doing it again changes nothing."""
    check_database()
    others = seed.real_accounts()
    if others and not yes:
        raise click.ClickException(
            f"{plural(others, 'account')} of this site would find invented people among them."
            " Nothing was changed. To do it all the same: flask demo seed --yes"
        )
    secret = seed.password(_directory())
    with explained():
        seed.fill(_spoken(), secret, _settings().address, now())
    somebody = town.PEOPLE[0]
    click.echo(
        f"Here are now {len(town.PEOPLE)} people, {len(town.talks())} spaces and {len(town.POSTS)} posts."
    )
    click.echo(f"Sign in as {somebody.name}: {somebody.handle}{seed.AT}, password {secret}")
    click.echo("Everybody else has the same password.")
    click.echo(f"{len(town.LIVE)} of the spaces are live, and talked in, while the demo runs (DEMO=1).")


@demo.command("play")
def play_command() -> None:
    """Talk in live spaces for ever; for `python -m webapp`, which starts this beside itself."""
    logging.basicConfig(level=logging.INFO, format="demo: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    cast, spoken = _prepare()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    playing: set[str] = set()
    while True:
        here = {part.handle: user for part, user in cast.items()} | seed.inhabitants()
        for live in (BOTS_SHOW, *town.LIVE):
            if live.talk.title not in playing and live.talk.host in here:
                Thread(
                    target=_play, args=(app, here[live.talk.host].id, _show(live, here), spoken), daemon=True
                ).start()
                playing.add(live.talk.title)
        db.session.rollback()  # the next look sees what others write meanwhile
        time.sleep(LOOK_S)


def _show(live: Live, here: dict[str, User]) -> Show:
    talk = live.talk
    host, guest, *audience = (
        services.token_of(here[handle], _directory(), now())
        for handle in (talk.host, talk.guest, *live.audience)
    )
    return Show(talk.title, talk.topics, live.record, host, guest, talk.guest, audience)


def _play(app: Flask, host_id: int, show: Show, spoken: list[Track]) -> None:
    with app.app_context():
        site = _settings().address

        def standing() -> str | None:
            db.session.rollback()  # what others wrote since the last look
            space = services.latest_space(host_id, show.title, State.LIVE, State.SCHEDULED)
            return site + space.url if space else None

        play(site, show, spoken, standing)


def _prepare() -> tuple[dict[Part, User], list[Track]]:
    check_database()
    spoken = _spoken()
    cast = services.bots(now())
    services.finished_space(cast, spoken, now())
    return cast, spoken


def _spoken() -> list[Track]:
    try:
        return tracks(_directory())
    except NoVoice as error:
        raise click.ClickException(str(error)) from error


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _directory() -> Path:
    return _settings().data_dir / "demo"
