"""The benchmarks' programs in C."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from support.child import Child

BENCH = Path(__file__).parents[1]
CORE = BENCH.parent / "mediacore"
BUILD = BENCH.parent / "build" / "bench"
FLAGS = f"-std=c11 -D_GNU_SOURCE -O3 -Wall -Wextra -I{CORE}/include -I{CORE}/src".split()
LIBRARIES = "-lopus -logg -lm -lpthread".split()


@cache
def program(name: str, core_sources: str = "", *libraries: str) -> Path:
    """Compiles ``bench/<name>.c`` with those of the media core's sources that match the pattern."""
    BUILD.mkdir(parents=True, exist_ok=True)
    sources = [BENCH / f"{name}.c", *((CORE / "src").glob(core_sources) if core_sources else ())]
    command = ["gcc", *FLAGS, "-o", BUILD / name, *sources, *LIBRARIES, *libraries]
    subprocess.run(command, check=True)
    return BUILD / name


@contextmanager
def running(command: list[str]) -> Iterator[Child]:
    """Runs a program until the block ends; the number it prints is what it says."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Child(process.pid, int(next(process.stdout or iter(()))))
        finally:
            process.kill()
