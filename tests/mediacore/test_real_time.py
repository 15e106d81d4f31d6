"""Sound goes before other programs where the system allows it, and is there where it does not."""

import os
import subprocess
from pathlib import Path

import pytest

from mediacore import Core, MediaCoreError

SOUND = ("mc-loop", "mc-conductor")


def policies() -> dict[str, int]:
    """The scheduling policy of each of the core's threads in this process, by name."""
    tasks = Path("/proc/self/task").iterdir()
    named = {int(task.name): (task / "comm").read_text().strip() for task in tasks}
    return {name: os.sched_getscheduler(thread) for thread, name in named.items() if name.startswith("mc-")}


def with_real_time(wanted: int) -> dict[str, int]:
    core = Core(real_time=wanted)
    while core.counters()["ticks"] == 0:
        pass
    found = policies()
    core.close()
    return found


def test_sound_goes_first_if_it_may_and_nothing_else_does():
    allowed = subprocess.run(["chrt", "--rr", "1", "true"], check=False).returncode == 0
    found = with_real_time(1)
    assert {found.pop(name) for name in SOUND} == {os.SCHED_RR if allowed else os.SCHED_OTHER}
    assert set(found.values()) <= {os.SCHED_OTHER}


def test_sound_that_is_told_to_waits_like_everybody():
    assert set(with_real_time(0).values()) == {os.SCHED_OTHER}


def test_what_is_no_answer_is_refused():
    with pytest.raises(MediaCoreError):
        Core(real_time=2)
