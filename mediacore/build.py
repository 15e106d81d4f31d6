"""Builds ``mediacore._mediacore`` from the C sources; ``setup.py`` names ``ffibuilder``.

The header is the only truth: what cffi learns is the block between the markers in ``include/mediacore.h``.
"""

from __future__ import annotations

import re
from pathlib import Path

from cffi import FFI

HERE = Path("mediacore")
LIBRARIES = ["opus", "ogg", "m", "pthread"]


def declarations(header: str) -> str:
    """The text between the header's ``cdef-begin`` and ``cdef-end`` markers."""
    block = re.search(r"/\* cdef-begin \*/(.*)/\* cdef-end \*/", header, re.DOTALL)
    if block is None:
        raise ValueError("mediacore.h has lost its cdef markers.")
    return block.group(1)


ffibuilder = FFI()
ffibuilder.cdef(declarations((HERE / "include" / "mediacore.h").read_text()))
ffibuilder.set_source(
    "mediacore._mediacore",
    '#include "mediacore.h"',
    sources=sorted(str(source) for source in (HERE / "src").glob("*.c")),
    include_dirs=[str(HERE / "include"), str(HERE / "src")],
    libraries=LIBRARIES,
    extra_compile_args=["-std=c11", "-D_GNU_SOURCE", "-O3", "-fvisibility=hidden", "-Wall", "-Wextra"],
)
