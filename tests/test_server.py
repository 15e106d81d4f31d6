"""The serving process from outside, with real sockets and signals."""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from webapp.accounts import services as accounts
from webapp.app import create_app
from webapp.config import Settings
from webapp.db import db
from webapp.recordings import services as recordings
from webapp.recordings.disk import directory
from webapp.recordings.queries import recording_of
from webapp.server import NICE, THREADS, keep_what_is_loaded
from webapp.spaces import services as spaces

ROOT = Path(__file__).parents[1]


class Server:
    """``python -m webapp`` on a port of its own."""

    def __init__(self, data_dir: Path) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            self.port = probe.getsockname()[1]
        env = {**os.environ, "PORT": str(self.port), "DEMO": "0", "PARLEY_DATA_DIR": str(data_dir)}
        self.log = data_dir / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "webapp"],
                cwd=ROOT,
                env=env,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout
        self.first_line = self.process.stdout.readline()

    def healthz(self) -> dict[str, str]:
        with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=20) as answer:
            return json.load(answer)

    def worker(self) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return int(children.split()[0])

    def nice_of_sound(self) -> dict[str, int]:
        """How far the media core's threads stand back."""
        tasks = Path(f"/proc/{self.worker()}/task").iterdir()
        names = {int(task.name): (task / "comm").read_text().strip() for task in tasks}
        sound = {task: name for task, name in names.items() if name.startswith("mc-")}
        return {name: os.getpriority(os.PRIO_PROCESS, task) for task, name in sound.items()}

    def nice_of_pages(self) -> int:
        """How far the thread stands back that gathers requests and starts those that answer."""
        return os.getpriority(os.PRIO_PROCESS, self.worker())

    def stop(self) -> int:
        self.process.terminate()
        assert self.process.stdout
        self.process.stdout.close()
        return self.process.wait(20)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    if server.process.poll() is None:
        server.stop()


def test_server_says_where_it_is_and_answers(server: Server, tmp_path: Path) -> None:
    assert server.first_line == f"Parley is at http://localhost:{server.port}\n"
    assert server.healthz() == {"status": "ok"}
    assert (tmp_path / "parley.sqlite3").is_file()


def test_more_dripping_clients_than_threads_hold_nobody_up(server: Server) -> None:
    drips = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(THREADS + 10)]
    for drip in drips:
        drip.send(b"GET / HTTP/1.1\r\nHost: loc")
    assert server.healthz() == {"status": "ok"}
    for drip in drips:
        drip.close()


def test_worker_that_is_killed_is_replaced(server: Server) -> None:
    server.healthz()
    os.kill(server.worker(), signal.SIGKILL)
    assert server.healthz() == {"status": "ok"}


def test_pages_stand_back_behind_sound(server: Server) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    server.healthz()
    assert server.nice_of_sound() == {"mc-loop": own, "mc-conductor": own}
    assert server.nice_of_pages() == min(own + NICE, 19)


def test_server_stops_when_told_to(server: Server) -> None:
    server.healthz()
    assert server.stop() == 0


LENGTH_BYTES = 64 << 20
SLACK_BYTES = 16 << 20  # what the system keeps between the two ends of a connection


def test_who_is_listening_is_cut_off_when_it_is_deleted(server: Server, tmp_path: Path) -> None:
    rid, token = a_recording_in(tmp_path)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        listener.connect(("127.0.0.1", server.port))
        listener.settimeout(20)
        listener.sendall(f"GET /recordings/{rid}/audio HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        beginning = listener.recv(65_536)
        assert beginning.startswith(b"HTTP/1.1 200 OK")
        assert f"Content-Length: {LENGTH_BYTES}".encode() in beginning
        delete(server, rid, token)
        assert len(beginning) + drained(listener) < SLACK_BYTES
    assert server.healthz() == {"status": "ok"}
    assert "ConnectionResetError" not in server.log.read_text()


def a_recording_in(data_dir: Path) -> tuple[str, str]:
    """Puts a long recording beside a running server; returns its id, and a token of its host's."""
    app = create_app(Settings(_env_file=None, data_dir=data_dir, demo=False))
    with app.app_context():
        ago = datetime.now(UTC) - timedelta(hours=1)
        alice = accounts.add_account("alice@example.com", "x", "alice", "Alice", ago)
        token = accounts.create_token(alice, "test", ago)
        space = spaces.create_space(alice, "Tea", "", True, ago)
        spaces.start_space(space, alice, ago)
        recording = recording_of(space.id)
        assert recording is not None
        with (directory(recording) / "mix.opus").open("wb") as file:
            file.truncate(LENGTH_BYTES)
        spaces.end_space(space, alice, ago)
        recordings.publish(recording, 1000)
        rid = recording.public_id
        db.session.remove()
        db.engine.dispose()
    return rid, token


def delete(server: Server, rid: str, token: str) -> None:
    address = f"http://127.0.0.1:{server.port}/recordings/{rid}/delete"
    with urlopen(Request(address, b"", {"Authorization": f"Bearer {token}"}), timeout=20) as answer:
        assert answer.url.endswith("/recordings")


def drained(listener: socket.socket) -> int:
    """Reads to the end; returns how many bytes came."""
    count = 0
    while data := listener.recv(1 << 20):
        count += len(data)
    return count


def test_what_is_loaded_is_not_gone_through_again_and_again() -> None:
    def looked_at() -> bool:
        return any(each is Server for each in gc.get_objects())

    assert looked_at()
    keep_what_is_loaded()
    try:
        assert not looked_at()
    finally:
        gc.unfreeze()
    assert looked_at()
