"""The machine that is measured: who runs where, and what else is going on."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def cores() -> tuple[int, int]:
    """The core for a server and the one for its clients; the same one when there is no other."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def pinned(core: int, *command: object) -> list[str]:
    """A command line that stays on one core."""
    return ["taskset", "--cpu-list", str(core), *map(str, command)]


@contextmanager
def staying(core: int) -> Iterator[None]:
    """Keeps this process on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def risen() -> Iterator[None]:
    """Lets this process run before all others, where that is allowed: when a client is late, no server is."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(os.sched_get_priority_max(os.SCHED_FIFO)))
    yield
    os.sched_setscheduler(0, *before)


def open_many_files() -> None:
    """Allows this process and its children as many descriptors as there may be."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def describe() -> str:
    """What else ran meanwhile: only ratios of one run mean anything."""
    return f"{os.cpu_count()} cores, Linux {os.uname().release}, load average {os.getloadavg()[0]:.1f} before"
