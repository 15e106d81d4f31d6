import json
import logging
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from webapp import logs


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def test_event_is_one_line_of_json_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    try:
        raise RuntimeError("no disk")
    except RuntimeError:
        logging.getLogger("webapp.recordings").exception("Recording %d stopped", 7, extra={"space": "abc"})
    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert event["event"] == "Recording 7 stopped"
    assert (event["level"], event["logger"], event["space"]) == ("error", "webapp.recordings", "abc")
    assert "RuntimeError: no disk" in event["exception"]
    assert event["timestamp"].endswith("Z")


def test_web_server_writes_addresses_without_keys(caplog: pytest.LogCaptureFixture) -> None:
    config = Config()
    log = logs.GunicornLogger(config).error_log
    log.error("Error handling request %s %s", "GET", "/recordings/x/files/mix?key=abc.def-g&v=1")
    assert caplog.messages[-1] == "Error handling request GET /recordings/x/files/mix?key=…&v=1"
    log.error("Error handling request %s", "/sign-in/new-password/WzEsMTc.a_b-c?x=1")
    assert caplog.messages[-1] == "Error handling request /sign-in/new-password/…?x=1"
