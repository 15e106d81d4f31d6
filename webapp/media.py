"""The way to the media core. Nothing else imports it.

A process that serves people has one core (``Media.start``) and one thread that listens to what happens in it
and tells whoever asked (``Media.on``). In every other process commands are taken and do nothing: the database
decides, and what it says is live is opened by the process that serves.
"""

import atexit
import logging
import os
import socket
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any, cast

from flask import Flask, current_app
from simple_websocket import Server
from werkzeug.local import LocalProxy

import mediacore
from mediacore import Audience, Core, Event, EventKind, Lateness, MediaCoreError, Role
from webapp.config import Settings

__all__ = [
    "Core",
    "Event",
    "EventKind",
    "Lateness",
    "Media",
    "MediaCoreError",
    "hand_over",
    "hand_over_plain",
    "media",
    "recover",
]

SUBPROTOCOL = "parley.v1"
ENDED = 1000
REMOVED = 4001
TICK_MS = 20
NO_NEW_ROOM = 3  # of the core's levels of overload
ROLES = {"host": Role.HOST, "cohost": Role.HOST, "speaker": Role.SPEAKER, "listener": Role.LISTENER}
AUDIENCES = {"host": Audience.HOSTS, "speaker": Audience.SPEAKERS, "listener": Audience.LISTENERS}

_TURN_MS = 50
_STALLED_AFTER_S = 5.0

log = logging.getLogger(__name__)


class NoCore:
    """Stands where no core runs: takes every command and does nothing."""

    def __getattr__(self, _command: str) -> Callable[..., None]:
        return lambda *_args, **_kwargs: None

    def adopt(self, _room: int, _person: int, fd: int) -> None:
        """Whoever was let in while the core ended is told to come back."""
        mediacore.turn_away(fd)

    def adopt_plain(self, _room: int, _person: int, fd: int, **_options: int) -> None:
        """A player finds its stream at its end."""
        os.close(fd)


class Media:
    """The media core of this process, and those who listen to it."""

    def __init__(self, app: Flask, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.core = cast(mediacore.Core, NoCore())
        self.running = False
        self._app = app
        self._monotonic = monotonic
        self._at_start: list[Callable[[], object]] = []
        self._handlers: dict[int, list[Callable[[Event], None]]] = defaultdict(list)
        self._each_turn: list[Callable[[float], None]] = []
        self._turned_at = 0.0
        self.rooms_refused = 0
        self._thread: Thread | None = None

    def at_start(self, call: Callable[[], object]) -> None:
        """Registers what is done once the core runs, before anything else is."""
        self._at_start.append(call)

    def on(self, kind: EventKind, handler: Callable[[Event], None]) -> None:
        """Registers who is told of an event, in an application context of its own."""
        self._handlers[kind].append(handler)

    def each_turn(self, call: Callable[[float], None]) -> None:
        """Registers what is done some twenty times a second; it is given monotonic seconds."""
        self._each_turn.append(call)

    def start(self, core: mediacore.Core | None = None) -> None:
        """Starts a core, or takes the one given, and opens in it what should be open."""
        self.core = core or mediacore.Core(**_encoding(self._app.extensions["settings"]))
        self.running = True
        for call in self._at_start:
            self._guard(call)

    def listen(self) -> None:
        """Turns in a thread of its own until the process exits; then sockets are told to come back (1012)."""
        self._turned_at = self._monotonic()
        self._thread = Thread(target=self._listen, name="media", daemon=True)
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Ends the thread, then the core. It may be called twice."""
        self.running = False
        if self._thread is not None:
            self._thread.join()
        core, self.core = self.core, cast(mediacore.Core, NoCore())
        core.close()

    def alive(self) -> bool:
        """Tells whether the core goes round and its events are heard."""
        heard = self._monotonic() - self._turned_at < _STALLED_AFTER_S
        return self.running and heard and self.core.alive()

    def has_time(self) -> bool:
        """Tells whether another room can be carried; whoever is told that it cannot is counted."""
        if not self.running or self.core.overload() < NO_NEW_ROOM:
            return True
        self.rooms_refused += 1
        return False

    def turn(self, timeout_ms: int = 0) -> bool:
        """Waits for one event and tells of it, then does what is done each turn. False without an event."""
        self._turned_at = self._monotonic()
        event = self.core.poll(timeout_ms)
        if event is not None:
            for handler in self._handlers[event.kind]:
                self._guard(handler, event)
        for call in self._each_turn:
            self._guard(call, self._monotonic())
        return event is not None

    def _listen(self) -> None:
        while self.running:
            self.turn(_TURN_MS)

    def _guard(self, call: Callable[..., object], *args: Any) -> None:
        with self._app.app_context():
            try:
                call(*args)
            except Exception:  # the thread's top: one space's fault is not the others'
                log.exception("%s failed with %s", getattr(call, "__qualname__", call), args)


media = cast(Media, LocalProxy(lambda: current_app.extensions["media"]))


def init_app(app: Flask) -> None:
    """Prepares the way; the core itself is started by the process that serves."""
    app.extensions["media"] = Media(app)
    app.config["SOCK_SERVER_OPTIONS"] = {"subprotocols": [SUBPROTOCOL], "thread_class": _NoReader}


def recover(directory: Path) -> int:
    """Makes the files of an interrupted recording whole; returns the tick at which it goes on."""
    return mediacore.recover_recording(directory)


def hand_over(connection: Server, room: int, person: int) -> None:
    """Gives an upgraded WebSocket to the core. Raises nothing: that would be written into the stream.

    The web server goes on to shut its descriptor down and to close it, and a shutdown reaches every copy of a
    socket. So it is left with a dead socket under the same number.
    """
    try:
        media.core.adopt(room, person, _take_socket(connection))
    except (OSError, MediaCoreError):
        log.exception("A socket of space %d was not handed over", room)


def hand_over_plain(sock: socket.socket, room: int, person: int, head: bytes, fill_bytes: int) -> None:
    """Answers a request with the head of a response, and has the core send a plain stream behind it.

    Packets of 20 ms are padded to so many bytes. Raises nothing, as :func:`hand_over`.
    """
    try:
        sock.sendall(head)
        descriptor = _take_descriptor(sock.fileno())
        media.core.adopt_plain(room, person, descriptor, fill_bytes=fill_bytes)
    except (OSError, MediaCoreError):
        log.exception("A plain stream of space %d was not handed over", room)


def _take_socket(connection: Server) -> int:
    connection.connected = False
    return _take_descriptor(connection.sock.fileno())


def _take_descriptor(theirs: int) -> int:
    left, right = socket.socketpair()
    with left, right:
        ours = os.dup(theirs)
        os.dup2(left.fileno(), theirs, inheritable=False)
    return ours


class _NoReader:
    """A thread that never starts: simple_websocket's would read the first frame away from the core."""

    name = ""

    def __init__(self, **_kwargs: object) -> None:
        pass

    def start(self) -> None:
        pass


def _encoding(settings: Settings) -> dict[str, Any]:
    return {
        "loops": settings.media_loops,
        "mixers": settings.media_mixers,
        "large_room": settings.large_room,
        "real_time": settings.real_time,
        "application": settings.encoder_application,
        "bitrate": settings.encoder_bitrate,
        "complexity": settings.encoder_complexity,
    }
