"""The real server, as ``make run`` starts it but on one of the machine's cores, and people who go there."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from flask_migrate import upgrade

from support import machine
from webapp.app import create_app
from webapp.config import Settings
from webapp.db import db

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30
LOOK_S = 0.05


class Answer(NamedTuple):
    """What a request came back with, read to its end."""

    status: int
    body: bytes


class Browser:
    """Somebody's connection, kept open as a browser does; a guest's, without a token."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._connection = HTTPConnection("localhost", port, timeout=PATIENCE_S)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, headers)

    def post(self, path: str) -> Answer:
        return self._ask("POST", path, {"Content-Length": "0"})

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> Answer:
        self._connection.request(method, path, headers=self._headers | headers)
        response = self._connection.getresponse()
        return Answer(response.status, response.read())


class Site:
    """A data directory, and the server over it when it runs; with the demo's bots, if they shall talk."""

    def __init__(self, directory: Path, demo: bool = False) -> None:
        self.settings = Settings(_env_file=None, data_dir=directory / "data", demo=demo, port=_free_port())
        self._log = directory / "server.log"

    @contextmanager
    def app(self) -> Iterator[Flask]:
        """An application in this process, over the same database: it serves nobody."""
        app = create_app(self.settings)
        with app.app_context():
            upgrade()
            yield app
            db.session.remove()
            db.engine.dispose()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serves until the block ends, then dies as in a power cut."""
        core, _ = machine.cores()
        own = {
            "PORT": str(self.settings.port),
            "DEMO": str(int(self.settings.demo)),
            "PARLEY_DATA_DIR": str(self.settings.data_dir),
        }
        command = machine.pinned(core, "setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "webapp")
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | own, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._wait_for(process)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def browser(self, token: str | None = None) -> Browser:
        return Browser(self.settings.port, token)

    def address(self, path: str) -> str:
        return f"{self.settings.address}{path}"

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while not self._answers():
            if process.poll() is not None or time.monotonic() > end_s:
                raise SystemExit(f"The server did not start:\n{self._log.read_text()[-4000:]}")
            time.sleep(LOOK_S)

    def _answers(self) -> bool:
        try:
            return self.browser().get("/healthz").status == 200
        except OSError:
            return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
