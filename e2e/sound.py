"""A sound card that is not there: Firefox plays nothing without a sound server."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.waiting import until


@contextmanager
def sound_server(directory: Path) -> Iterator[dict[str, str]]:
    """Runs PulseAudio with a sink that swallows all, meanwhile. What a browser has to know of it."""
    socket = directory / "sound"
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(directory), "HOME": str(directory)}
    modules = ["module-null-sink", f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
    daemon = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1",
         "--use-pid-file=no", *(f"--load={module}" for module in modules)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(socket.exists, what="the sound server")
        yield {"PULSE_SERVER": f"unix:{socket}", "XDG_RUNTIME_DIR": str(directory)}
    finally:
        daemon.terminate()
        daemon.wait(10)
