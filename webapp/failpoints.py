"""Places where a process can be made to die, so that tests see what a power cut there leaves behind.

Outside of tests nothing is set and ``reach`` does nothing.
"""

import os
import signal

_NAME = os.environ.get("PARLEY_TEST_DIE_AT")


def reach(name: str) -> None:
    """Dies here, as with ``kill -9``, if the environment's PARLEY_TEST_DIE_AT says so."""
    if _NAME is not None and name == _NAME:
        os.kill(os.getpid(), signal.SIGKILL)
