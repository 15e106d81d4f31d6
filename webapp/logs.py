"""Logging: one line an event, for people on a terminal, as JSON elsewhere."""

import logging
import re
import sys
from typing import Any

import structlog
from gunicorn.glogging import Logger


def configure(level: int = logging.INFO) -> None:
    """Sends everything that is logged, by us or by a library, to standard error in one form."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering()],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)


_KEY = re.compile(r"(?<=[?&]key=)[^\s&'\"]+|(?<=/new-password/)[^\s?'\"]+")


def hide_keys(record: logging.LogRecord) -> bool:
    """Takes out of a line what opens a link to whoever reads it. A filter."""
    record.msg, record.args = _KEY.sub("…", record.getMessage()), ()
    return True


def _rendering() -> list[Any]:
    if sys.stderr.isatty():
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


class GunicornLogger(Logger):  # type: ignore[misc]
    """Gunicorn's logger, without handlers of its own. It alone writes down whole addresses."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)
        self.error_log.addFilter(hide_keys)
