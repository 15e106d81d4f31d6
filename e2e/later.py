"""``python -m e2e.later FILE`` serves Parley by a clock that is as many seconds ahead as the file says."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from webapp.config import Settings
from webapp.server import serve


@dataclass(frozen=True)
class LaterClock:
    """The machine's clock, and what has passed by the word of a test."""

    file: Path

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=int(self.file.read_text()))


if __name__ == "__main__":
    serve(Settings(), LaterClock(Path(sys.argv[1])))
