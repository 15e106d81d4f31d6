"""A PostgreSQL of one's own for as long as the tests run, where it is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WHERE = Path("/usr/lib/postgresql")


def programs() -> Path | None:
    """Returns where initdb and pg_ctl are; None where there is no server to start."""
    newest = sorted(WHERE.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = newest[-1] if newest else shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def running(bin_dir: Path) -> Iterator[str]:
    """Starts a cluster that listens on a socket in its own directory; yields an address for SQLAlchemy."""
    root = os.geteuid() == 0
    owner = {"user": "nobody"} if root else {}  # it refuses to be run by root
    with tempfile.TemporaryDirectory(prefix="pg-") as directory:
        if root:
            shutil.chown(directory, "nobody")
        data = Path(directory) / "data"

        def run(program: str, *arguments: str) -> None:
            command = [bin_dir / program, "-D", data, *arguments]
            subprocess.run(command, check=True, capture_output=True, cwd=directory, **owner)

        run("initdb", "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={directory} -c fsync=off"
        run("pg_ctl", "-w", "-l", f"{directory}/log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://parley@/postgres?host={directory}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
