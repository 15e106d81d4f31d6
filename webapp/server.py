"""The process that serves: gunicorn with one worker, in which the media core and the sweeps run."""

import gc
import logging
import os
import resource
import subprocess
import sys
from typing import Any

import click
from flask import Flask
from flask_migrate import upgrade
from gunicorn.app.base import BaseApplication

from webapp import logs
from webapp.app import create_app
from webapp.clock import Clock
from webapp.config import Settings
from webapp.db import db
from webapp.worker import PatientWorker

THREADS = 64
NICE = 10
"""How far pages and files stand back behind sound when they want the same processor."""
GRACE_S = 4


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, set up in code."""

    def __init__(self, settings: Settings, clock: Clock | None) -> None:
        self._settings = settings
        self._clock = clock
        self._app: Flask | None = None
        self._demo: subprocess.Popen[bytes] | None = None
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"{self._settings.host}:{self._settings.port}",
            "worker_class": PatientWorker,
            "workers": 1,
            "threads": THREADS,
            "worker_connections": 4_000,
            "keepalive": 15,
            "graceful_timeout": GRACE_S,
            "control_socket_disable": True,
            "logger_class": logs.GunicornLogger,
            "when_ready": self._ready,
            "post_worker_init": self._worker_ready,
            "worker_exit": self._worker_exit,
            "on_exit": self._exit,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Builds the application in the worker, and starts what runs beside its requests."""
        self._app = create_app(self._settings, self._clock)
        self._app.extensions["media"].start()
        self._app.extensions["media"].listen()
        os.nice(NICE)  # this thread, and those it starts from here on
        self._app.extensions["scheduler"].start()
        keep_what_is_loaded()
        return self._app

    def _ready(self, _arbiter: Any) -> None:
        click.echo(f"Parley is at {self._settings.address}")
        if self._settings.demo:
            self._demo = _start_demo()

    def _worker_ready(self, worker: PatientWorker) -> None:
        if self._app is not None:
            worker.at_stop = self._app.extensions["media"].stop

    def _worker_exit(self, _arbiter: Any, _worker: Any) -> None:
        if self._app is not None:
            self._app.extensions["scheduler"].stop()
            self._app.extensions["media"].stop()

    def _exit(self, _arbiter: Any) -> None:
        if self._demo is not None:
            self._demo.terminate()


def serve(settings: Settings, clock: Clock | None = None) -> None:
    """Brings the database up to date and serves until told to stop, by the machine's clock or another."""
    logs.configure()
    _allow_many_sockets()
    app = create_app(settings, clock)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    try:
        Server(settings, clock).run()
    except SystemExit as end:
        _vanish(end.code)


def keep_what_is_loaded() -> None:
    """Spares the collector the modules and tables that stay for good.

    Going through all of them again and again held up every page, and whatever else waits for Python, for a
    tenth of a second.
    """
    gc.collect()
    gc.freeze()


def _vanish(code: object) -> None:
    """Ends this process, gunicorn's or its worker's, at once: tidying up memory would take a second.

    What has to be ended in order has been by now; who still reads an answer is not waited for.
    """
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 1 if code else 0)


def _start_demo() -> subprocess.Popen[bytes]:
    """Starts the bots of the demo space. ``setpriv`` ends them with this process, however it ends."""
    bots = [sys.executable, "-m", "flask", "demo", "play"]
    return subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *bots])  # noqa: S603, S607


def _allow_many_sockets() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
