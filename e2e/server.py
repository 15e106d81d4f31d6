"""The real server, as `make run` starts it, in a process group that a test may kill."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path

from e2e.waiting import until

ROOT = Path(__file__).parent.parent
DAY_S = 86_400


class Server:
    """`python -m webapp` with a port and a data directory of its own; it ends when the tests do."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self.data_dir = directory / "data"
        self.log = directory / "server.log"
        self._port = _free_port()
        self.address = f"http://localhost:{self._port}"
        self._environment = {
            **os.environ,
            "PORT": str(self._port),
            "DEMO": "0",
            "PARLEY_DATA_DIR": str(self.data_dir),
            **settings,
        }
        self._program = ["-m", "webapp"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers."""
        self._begin()
        until(self._answers, 30, f"see {self.log}")

    def _begin(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *in_real_time(), sys.executable, *self._program],
                cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def replace(self) -> None:
        """Asks it to end and at once starts the next on the same port, as a new version is brought in."""
        old = self._process
        assert old
        old.terminate()
        self._begin()
        assert old.wait(20) == 0
        until(self._answers, 30, f"see {self.log}")

    def stop(self) -> None:
        """Asks it to end, and waits until it has."""
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def kill(self) -> None:
        """Ends every process of it at once, as a power cut would."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def runs(self, *command: str) -> "subprocess.Popen[str]":
        """A flask command that has begun."""
        return subprocess.Popen(
            [sys.executable, "-m", "flask", *command],
            cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *command: str) -> str:
        """What a flask command prints."""
        with self.runs(*command) as process:
            printed, complaint = process.communicate()
        assert process.returncode == 0, complaint
        return printed.strip()

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.log.read_text()[-4000:]
        try:
            urllib.request.urlopen(f"{self.address}/healthz", timeout=2).close()
            return True
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except OSError:
            return False


class LaterServer(Server):
    """The same, but time passes when a test says so. Commands go by the machine's clock."""

    def __init__(self, directory: Path, **settings: str) -> None:
        super().__init__(directory, **settings)
        self._file = directory / "seconds"
        self._program = ["-m", "e2e.later", str(self._file)]
        self._seconds = 0
        self.seconds_pass(0)

    @property
    def days(self) -> int:
        """How many have passed."""
        return self._seconds // DAY_S

    def days_pass(self, days: int) -> None:
        """It is so many days later, at once, whether it runs or not."""
        self.seconds_pass(days * DAY_S)

    def seconds_pass(self, seconds: int) -> None:
        self._seconds += seconds
        written = self._file.with_suffix(".new")
        written.write_text(str(self._seconds))
        written.replace(self._file)


@cache
def in_real_time() -> tuple[str, ...]:
    """What to put before a command, where that is allowed: beside Chromium, which has the same priority."""
    command = "chrt", "--rr", "1"
    allowed = subprocess.run([*command, "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0
    return command if allowed else ()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
