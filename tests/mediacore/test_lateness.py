"""How late the ticks ran: counted by the core, read by whoever watches it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from math import inf

from mediacore import Core

SUSPENDED_S = 0.6
GIVEN_UP_TICKS = 20  # what lies further back than the 200 ms that are made up for
PATIENCE_S = 10

SUSPENDED = """
import sys
from mediacore import Core

core = Core(complexity=0)
core.open_room(1)
for _ in sys.stdin:
    counters = core.counters()
    print(counters["ticks"], counters["ticks_skipped"], core.lateness().ticks[float("inf")], flush=True)
core.close()
"""


def test_lateness_is_told_by_its_bounds():
    core = Core(stepped=True)
    late = core.lateness()
    assert list(late.ticks) == [1, 2, 5, 10, 20, 50, 100, inf]
    assert set(late.ticks.values()) == {0}
    assert late.sum_us == 0
    assert all(isinstance(value, int) for value in core.counters().values())
    core.close()


def test_every_tick_of_a_real_clock_is_in_its_place():
    core = Core()
    end_s = time.monotonic() + PATIENCE_S
    while core.counters()["ticks"] < 5 and time.monotonic() < end_s:
        pass
    late, ticks = core.lateness(), core.counters()["ticks"]
    core.close()
    assert 5 <= sum(late.ticks.values()) <= ticks + 1
    assert late.sum_us > 0


def test_a_suspended_process_goes_on_without_a_burst():
    command = [sys.executable, "-c", SUSPENDED]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout

        def ask() -> list[int]:
            process.stdin.write("\n")
            process.stdin.flush()
            return [int(number) for number in process.stdout.readline().split()]

        end_s = time.monotonic() + PATIENCE_S
        while (before := ask())[0] == 0 and time.monotonic() < end_s:
            pass
        ticks, skipped, late = before
        begun_s = time.monotonic()
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(SUSPENDED_S)
        os.kill(process.pid, signal.SIGCONT)
        now = ask()
        while now[1] - skipped < GIVEN_UP_TICKS and time.monotonic() < begun_s + PATIENCE_S:
            now = ask()
        took_ticks = (time.monotonic() - begun_s) * 50
        process.stdin.close()
    assert now[1] - skipped >= GIVEN_UP_TICKS, (now, ticks, skipped, late, took_ticks)
    assert now[2] > late
    assert now[0] - ticks + now[1] - skipped <= took_ticks + 2
