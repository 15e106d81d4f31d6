"""Autobahn's WebSocket suite against the endpoint of a server whose media core says back what it is told.

The suite is a program for Python 2.7 and is kept outside the tree::

    virtualenv --python python2.7 /somewhere && /somewhere/bin/pip install autobahntestsuite==25.10.1
    AUTOBAHN=/somewhere/bin/python python -m tests.autobahn.run

It takes some minutes, writes docs/autobahn.md and fails when a case does.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from flask_migrate import upgrade

from e2e.server import Server
from webapp.accounts import services as accounts
from webapp.app import create_app
from webapp.bot.websocket import Closed, WebSocket
from webapp.config import Settings
from webapp.db import db
from webapp.media import SUBPROTOCOL
from webapp.spaces import services as spaces

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "echo"
RESULTS = ROOT / "docs" / "autobahn.md"

TOPICS = {
    1: "Framing",
    2: "Pings and pongs",
    3: "Reserved bits",
    4: "Opcodes",
    5: "Fragmentation",
    6: "UTF-8",
    7: "Closing",
    9: "Limits and performance",
    10: "Fragmenting by itself",
    12: "Compression (permessage-deflate)",
    13: "Compression, other parameters",
}
NEVER_AGREED_TO = {12, 13}
"""Cases of an extension that is never negotiated: each must end as not implemented."""
TOO_LONG = [
    f"9.{i}.{j}"
    for i, numbers in {
        1: "23456",
        2: "23456",
        3: "123456789",
        4: "123456789",
        5: "123456",
        6: "123456",
    }.items()
    for j in numbers
]
"""Cases with messages of more than 65,536 bytes, the echo's limit. A shipped core's are 1,024 and 8,192."""
PASSED = {"OK", "INFORMATIONAL"}
"""Informational: the suite only looks."""
NOT_AGREED = "UNIMPLEMENTED"


class EchoServer(Server):
    """``python -m webapp`` that finds the echoing core first."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._environment["PYTHONPATH"] = str(BUILD)
        find_ours = f"import sys; sys.path.insert(1, {str(ROOT)!r})"
        self._program = ["-P", "-c", f"{find_ours}; from webapp.__main__ import main; main()"]


def main() -> int:
    """Builds, runs the suite, writes what came out; 0 when nothing failed."""
    python = os.environ.get("AUTOBAHN")
    if not python:
        print(f"Nothing was run: AUTOBAHN does not name a Python with the suite.\n\n{__doc__}")
        return 1
    build()
    with tempfile.TemporaryDirectory() as directory:
        results = run(Path(directory), python)
    wrong = {case: how for case, how in results.items() if not is_right(case, how)}
    RESULTS.write_text(table(results, wrong))
    print(f"{len(results)} cases, {len(wrong)} failed: {RESULTS.relative_to(ROOT)}")
    return bool(wrong)


def build() -> None:
    """Makes a package ``mediacore`` beside the shipped one, with an echo."""
    shutil.rmtree(BUILD, ignore_errors=True)
    command = [
        "setup.py",
        "--quiet",
        "build_ext",
        "--force",
        f"--build-lib={BUILD}",
        f"--build-temp={BUILD}/temp",
    ]
    environment = {**os.environ, "CFLAGS": "-DMC_ECHO=1"}
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)
    shutil.copy(ROOT / "mediacore" / "__init__.py", BUILD / "mediacore")


def run(directory: Path, python: str) -> dict[str, dict[str, str]]:
    """What became of each case, by its number."""
    server = EchoServer(directory)
    server.data_dir.mkdir()
    path, token = open_space(server.data_dir)
    server.start()
    host = Host(server.address, path, token)
    try:
        return fuzz(directory, python, server.address, path)
    finally:
        host.leave()
        server.stop()


def open_space(data_dir: Path) -> tuple[str, str]:
    """A live space's address, and its host's token."""
    app = create_app(Settings(_env_file=None, data_dir=data_dir, demo=False))  # type: ignore[call-arg]
    with app.app_context():
        upgrade()
        now = datetime.now(UTC)
        host = accounts.add_account("ada@example.com", "x", "ada", "Ada", now)
        token = accounts.create_token(host, "suite", now)
        space = spaces.create_space(host, "Echo", "", False, now)
        spaces.start_space(space, host, now)
        path = space.url
        db.session.remove()
        db.engine.dispose()
    return path, token


class Host:
    """Is there, or the space would end, and answers pings. What they say comes back."""

    def __init__(self, address: str, path: str, token: str) -> None:
        headers = {"Origin": address, "Authorization": f"Bearer {token}"}
        self._socket = WebSocket.connect(
            f"{address.replace('http', 'ws')}{path}/socket", SUBPROTOCOL, headers
        )
        self._socket.send(b"Is this the echo?")
        if self._socket.receive(5.0) != b"Is this the echo?":
            raise SystemExit("The server's media core is not the one that was built here.")
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._stay)
        self._thread.start()

    def _stay(self) -> None:
        with suppress(Closed):
            while not self._leaving.is_set():
                self._socket.receive(1.0)

    def leave(self) -> None:
        """Closes the socket."""
        self._leaving.set()
        self._thread.join()
        self._socket.close()


def fuzz(directory: Path, python: str, address: str, path: str) -> dict[str, dict[str, str]]:
    """Runs the suite's fuzzing client and reads its report."""
    spec = {
        "outdir": str(directory / "reports"),
        "servers": [
            {
                "agent": "Parley",
                "url": socket_of(address, path),
                "origin": address,
                "protocols": [SUBPROTOCOL],
                "options": {"version": 18},
            }
        ],
        "cases": ["*"],
        "exclude-cases": TOO_LONG,
        "exclude-agent-cases": {},
    }
    file = directory / "spec.json"
    file.write_text(json.dumps(spec))
    command = [python, "-m", "autobahntestsuite.wstest", "-m", "fuzzingclient", "-s", str(file)]
    subprocess.run(command, check=True, cwd=directory, stdout=subprocess.DEVNULL)
    report: dict[str, dict[str, str]] = json.loads((directory / "reports" / "index.json").read_text())[
        "Parley"
    ]
    return dict(sorted(report.items(), key=lambda item: [int(part) for part in item[0].split(".")]))


def socket_of(address: str, path: str) -> str:
    """Where the socket of a space is opened."""
    return f"{address.replace('http', 'ws')}{path}/socket"


def topic(case: str) -> int:
    """The number of the group that a case belongs to."""
    return int(case.split(".", maxsplit=1)[0])


def is_right(case: str, how: dict[str, str]) -> bool:
    """Whether a case ended as it should: passed, or of an extension that was not agreed to."""
    if topic(case) in NEVER_AGREED_TO:
        return how["behavior"] == NOT_AGREED
    return how["behavior"] in PASSED and how["behaviorClose"] in PASSED


def table(results: dict[str, dict[str, str]], wrong: dict[str, dict[str, str]]) -> str:
    """The page that says what came out."""
    rows = []
    for number, name in TOPICS.items():
        behaviors = Counter(how["behavior"].lower() for case, how in results.items() if topic(case) == number)
        said = ", ".join(f"{n} {behavior}" for behavior, n in sorted(behaviors.items()))
        n_wrong = sum(topic(case) == number for case in wrong)
        rows.append(f"| {number} | {name} | {behaviors.total()} | {said} | {n_wrong or 'none'} |")
    others = [
        f"| {case} | {how['behavior'].lower()} | {how['behaviorClose'].lower()} |"
        for case, how in results.items()
        if how["behavior"] not in {"OK", NOT_AGREED} or case in wrong
    ]
    return PAGE.format(
        n=len(results), rows="\n".join(rows), others="\n".join(others), n_long=len(TOO_LONG), wrong=len(wrong)
    )


PAGE = """\
# The WebSocket suite

[Autobahn's suite](https://github.com/crossbario/autobahn-testsuite) (25.10.1, its fuzzing client) against
`/spaces/<id>/socket` of a running server: Flask's checks and handshake, the hand-over, the media core's loop
and frame reader. Written by `tests/autobahn/run.py`, which says how to run it again.

The suite wants an echo, which no shipped core has: a build with `-DMC_ECHO=1` says back what it is told,
sends nothing by itself and takes messages of up to 65,536 bytes (others take 1,024 of text and 8,192 of
binary). The {n_long} cases of group 9 with longer messages are left out. Groups 12 and 13 are about
compression, which is never agreed to: that each of them ends as not implemented is what is asserted.

{n} cases were run; {wrong} failed.

| group | about | cases | ended | failed |
| --- | --- | --- | --- | --- |
{rows}

What ended otherwise than *ok* or *unimplemented*. *Informational*: the suite only looks.

| case | ended | closed |
| --- | --- | --- |
{others}
"""


if __name__ == "__main__":
    sys.exit(main())
