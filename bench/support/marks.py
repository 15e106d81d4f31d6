"""Frames that say which they are and when they were sent, for servers that pass on what they are given.

``bench/marked.c`` looks for them in whatever protocol wraps them.
"""

import itertools
import struct
import time
from collections.abc import Callable

from support import machine

MARK = b"\xf0Parley\x0f"
FRAME_BYTES = 85  # as a packet of speech at 32 kbit/s
FRAME_S = 0.02


def frame(number: int) -> bytes:
    """A frame that is sent now."""
    head = MARK + struct.pack("=Iq", number, time.monotonic_ns() // 1000)
    return head.ljust(FRAME_BYTES, b"\0")


def say(send: Callable[[bytes], object]) -> None:
    """Sends a frame each 20 ms, without end, before anybody else who wants the processor."""
    begun = time.monotonic()
    with machine.risen():
        for number in itertools.count():
            time.sleep(max(0, begun + number * FRAME_S - time.monotonic()))
            send(frame(number))
