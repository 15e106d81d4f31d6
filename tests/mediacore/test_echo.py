"""The echo that a WebSocket suite is run against is in a build of its own, not in the shipped one."""

import re
import socket
from pathlib import Path

from mediacore import Core
from mediacore.build import HERE

ROOM, CARA = 7, 13
STATE, TEXT, BINARY, CLOSE = bytes([0x82, 8, 0x04]), 0x81, 0x82, 0x88


def masked(first: int, payload: bytes) -> bytes:
    return bytes([first, 0x80 | len(payload), 0, 0, 0, 0]) + payload


def test_a_shipped_core_says_nothing_back() -> None:
    core = Core(stepped=True)
    core.open_room(ROOM)
    theirs, cara = socket.socketpair()
    core.adopt(ROOM, CARA, theirs.detach())
    with cara:
        cara.settimeout(5)
        cara.sendall(masked(TEXT, b"say it") + masked(BINARY, b"again") + masked(CLOSE, b"\x03\xe8"))
        said = b"".join(iter(lambda: cara.recv(4096), b""))
    core.close()
    assert said.startswith(STATE)
    assert said[10:] == bytes([CLOSE, 2]) + b"\x03\xe8"


def test_the_build_that_is_shipped_does_not_ask_for_it() -> None:
    build_files = [HERE / "build.py", Path("setup.py"), Path("Makefile")]
    assert not any("MC_ECHO" in file.read_text() for file in build_files)
    assert re.search(r"#ifndef MC_ECHO\n#define MC_ECHO 0\n", (HERE / "src" / "echo.h").read_text())
