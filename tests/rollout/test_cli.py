"""Roll-outs on the command line."""

import pytest
from click.testing import Result
from flask import Flask

from tests.conftest import FrozenClock
from webapp.rollout import queries
from webapp.rollout.features import RECORDING


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["rollout", *words])


def test_a_programme_is_run_from_the_command_line(app: Flask, clock: FrozenClock) -> None:
    assert run(app, "show", "recording").output == "Everybody has it.\n"
    assert run(app, "start", "recording").exit_code == 0
    shown = run(app, "show", "recording").output
    assert "* 1  2026-01-05 18:00 UTC     3 %  iOS: A few on iOS" in shown
    assert "  5  2026-02-02 18:00 UTC   100 %  iOS, Android and the web: Everybody" in shown
    assert "Of 0 accounts: 0 on iOS, 0 on Android, 0 on the web." in shown
    assert run(app, "pause", "recording").exit_code == 0
    assert "Paused since 2026-01-05 18:00 UTC." in run(app, "show", "recording").output
    clock.tick(days=1)
    assert run(app, "resume", "recording").exit_code == 0
    assert "  2  2026-01-13 18:00 UTC" in run(app, "show", "recording").output
    assert run(app, "jump", "recording", "3").exit_code == 0
    assert "* 3  2026-01-06 18:00 UTC" in run(app, "show", "recording").output
    assert {event.by for event in queries.events(RECORDING)} == {None}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("show", "teleport"), "There is no feature called teleport."),
        (("start", "teleport"), "There is no feature called teleport."),
        (("pause", "recording"), "nothing to pause"),
        (("resume", "recording"), "not paused"),
        (("jump", "recording", "1"), "no stage 1"),
        (("jump", "recording", "0"), "0 is not in the range"),
        (("jump", "recording", "two"), "not a valid integer"),
    ],
)
def test_what_cannot_be_done_is_a_clear_error(app: Flask, words: tuple[str, ...], complaint: str) -> None:
    result = run(app, *words)
    assert result.exit_code != 0
    assert complaint in result.output
