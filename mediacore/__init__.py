"""Live audio rooms over WebSockets that somebody else accepted.

A :class:`Core` owns the threads that read, mix, encode, send and record; the caller says who may do what and
polls for what happened. Contracts and units are those of ``include/mediacore.h``; the bytes on the wire in
``docs/protocol.md``. Every method but :meth:`Core.poll` may be called from any thread, and none holds the
interpreter's lock while it works.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from math import inf
from pathlib import Path
from typing import Any

from mediacore._mediacore import ffi, lib

__all__ = [
    "Audience",
    "Core",
    "Event",
    "EventKind",
    "Lateness",
    "MediaCoreError",
    "Role",
    "recover_recording",
]

APPLICATIONS = {"voip": lib.MC_VOIP, "audio": lib.MC_AUDIO, "low_delay": lib.MC_LOW_DELAY}


COUNTERS = [name for name, field in ffi.typeof("mc_counters").fields if field.type.kind == "primitive"]


class Role(IntEnum):
    """Where someone stands; who is a listener is not on the stage."""

    LISTENER = lib.MC_LISTENER
    SPEAKER = lib.MC_SPEAKER
    HOST = lib.MC_HOST


class Audience(IntFlag):
    """Whom a text is for, by role."""

    LISTENERS = lib.MC_TO_LISTENERS
    SPEAKERS = lib.MC_TO_SPEAKERS
    HOSTS = lib.MC_TO_HOSTS
    ALL = lib.MC_TO_ALL


class EventKind(IntEnum):
    """What an :class:`Event` tells."""

    OPENED = lib.MC_EV_OPENED
    CLOSED = lib.MC_EV_CLOSED
    TALKING = lib.MC_EV_TALKING
    RECORD_INTERRUPTED = lib.MC_EV_RECORD_INTERRUPTED
    RECORD_RESUMED = lib.MC_EV_RECORD_RESUMED
    RECORD_CLOSED = lib.MC_EV_RECORD_CLOSED
    ROOM_CLOSED = lib.MC_EV_ROOM_CLOSED


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a room; ``mc_event_kind`` says what ``code`` and ``value`` are."""

    kind: EventKind
    room: int
    person: int
    conn: int
    code: int
    value: int
    reason: str


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late ticks began.

    ``ticks``: how many, by the ms that they were late at most (the last is ``inf``) and not as little as the
    bound before. ``sum_us``: of all of them.
    """

    ticks: dict[float, int]
    sum_us: int


class MediaCoreError(Exception):
    """The core refused. ``status`` is one of the header's ``MC_E_*``; the message is a sentence."""

    def __init__(self, status: int) -> None:
        super().__init__(ffi.string(lib.mc_status_text(status)).decode())
        self.status = status


def check(status: int) -> int:
    """Passes a count on, raises :class:`MediaCoreError` for an error."""
    if status < 0:
        raise MediaCoreError(status)
    return status


class Core:
    """Runs rooms until :meth:`close`. Keyword arguments are the fields of ``mc_core_config``."""

    def __init__(
        self,
        *,
        loops: int = 1,
        mixers: int = 1,
        stepped: bool = False,
        application: str = "audio",
        **limits: int,
    ) -> None:
        config = ffi.new("mc_core_config *")
        lib.mc_core_config_default(config)
        config.n_loops, config.n_mixers = loops, mixers
        config.clock = lib.MC_CLOCK_STEPPED if stepped else lib.MC_CLOCK_REAL
        config.application = APPLICATIONS[application]
        for name, value in limits.items():
            setattr(config, name, value)
        handle = ffi.new("mc_core **")
        check(lib.mc_core_new(config, handle))
        self._core = handle[0]
        self._commanding = threading.Lock()
        self._polling = threading.Lock()

    @contextmanager
    def _open(self) -> Iterator[Any]:
        """The core, which is not freed meanwhile; ``MC_E_STATE`` once it is closed."""
        with self._commanding:
            if self._core == ffi.NULL:
                raise MediaCoreError(lib.MC_E_STATE)
            yield self._core

    def close(self) -> None:
        """Ends every socket (1012), recording and thread. Closing twice is allowed."""
        with self._polling, self._commanding:
            core, self._core = self._core, ffi.NULL
            lib.mc_core_free(core)

    def step(self, ticks: int = 1, *, late_mixer: int = 0, late_us: int = 0) -> None:
        """Lets 20 ms pass so many times, in a core that was made ``stepped``.

        It goes on as if one mixer had begun each of these ticks so late.
        """
        with self._open() as core:
            check(lib.mc_core_step_late(core, ticks, late_mixer, late_us))

    def alive(self) -> bool:
        """Whether every thread has gone round within the last second."""
        with self._commanding:
            return bool(self._core != ffi.NULL and lib.mc_core_alive(self._core) == 0)

    def overload(self) -> int:
        """What is given up for want of time, 0 to 3: ``mc_core_overload`` says what each means."""
        with self._open() as core:
            return int(lib.mc_core_overload(core))

    def counters(self) -> dict[str, int]:
        """The totals of ``mc_counters`` by name; but for those of :meth:`lateness`."""
        counters = ffi.new("mc_counters *")
        with self._open() as core:
            lib.mc_core_counters(core, counters)
        return {name: getattr(counters, name) for name in COUNTERS}

    def lateness(self) -> Lateness:
        """How late the ticks began so far, all mixers together."""
        counters = ffi.new("mc_counters *")
        with self._open() as core:
            lib.mc_core_counters(core, counters)
        bounds = (lib.mc_late_bound_ms(bucket) or inf for bucket in range(lib.MC_LATE_BUCKETS))
        return Lateness(dict(zip(bounds, counters.tick_late, strict=True)), counters.tick_late_sum_us)

    def poll(self, timeout_ms: int = 0) -> Event | None:
        """The next event, waiting for it up to ``timeout_ms``; None without one, or when closed."""
        raw = ffi.new("mc_event *")
        with self._polling:
            if self._core == ffi.NULL or not lib.mc_core_poll_event(self._core, raw, timeout_ms):
                return None
        return to_event(raw)

    def open_room(self, room: int, *, first_tick: int = 0) -> None:
        """Opens a room; ``first_tick`` is where its recording goes on (:func:`recover_recording`)."""
        with self._open() as core:
            check(lib.mc_room_open(core, room, first_tick))

    def close_room(self, room: int, *, code: int = 1000) -> None:
        """Ends the recording, then every socket with this close code once its waiting text is sent."""
        with self._open() as core:
            check(lib.mc_room_close(core, room, code))

    def record(self, room: int, directory: Path) -> None:
        """Writes mix and tracks into an existing directory; continues the files that are there."""
        with self._open() as core:
            check(lib.mc_room_record(core, room, os.fsencode(directory)))

    def stop_recording(self, room: int) -> None:
        """Ends the recording, not the room."""
        with self._open() as core:
            check(lib.mc_room_record_stop(core, room))

    def set_member(
        self, room: int, person: int, *, role: Role, seat: int = 0, muted: bool = False, track: str = ""
    ) -> None:
        """Says where someone stands. ``track``: the file their voice is written to; empty, it never is."""
        member = {"person": person, "role": role, "seat": seat, "muted": muted, "track": track.encode()}
        with self._open() as core:
            check(lib.mc_room_member(core, room, ffi.new("mc_member *", member)))

    def kick(self, room: int, person: int, *, code: int = 4001) -> None:
        """Ends all of a person's sockets; none of theirs is adopted again while the room is open."""
        with self._open() as core:
            check(lib.mc_room_kick(core, room, person, code))

    def send_text(self, room: int, html: str, *, audience: Audience = Audience.ALL, person: int = 0) -> None:
        """Sends one text message to an audience or, when ``person`` is given, to that person alone."""
        data = html.encode()
        with self._open() as core:
            check(lib.mc_room_text(core, room, audience, person, data, len(data)))

    def adopt(self, room: int, person: int, fd: int) -> int:
        """Takes over a connected socket behind its handshake, and owns ``fd`` even when this fails.

        Returns the number by which events call the socket. A core that is closed tells it to come back.
        """
        return self._adopt(lib.mc_room_adopt, turn_away, room, person, fd)

    def adopt_plain(self, room: int, person: int, fd: int, *, fill_bytes: int = 0) -> int:
        """Takes over a connected socket behind a response's head, for Ogg Opus; the rest as :meth:`adopt`.

        Packets are padded to ``fill_bytes``.
        """
        return self._adopt(lib.mc_room_adopt_plain, os.close, room, person, fd, fill_bytes)

    def _adopt(
        self, take: Any, refuse: Callable[[int], None], room: int, person: int, fd: int, *options: int
    ) -> int:
        conn = ffi.new("uint64_t *")
        with self._commanding:
            if self._core == ffi.NULL:
                refuse(fd)
                raise MediaCoreError(lib.MC_E_STATE)
            check(take(self._core, room, person, fd, *options, conn))
        return int(conn[0])


def turn_away(fd: int) -> None:
    """Ends a WebSocket that no core is left for as a core ends its own: 1012 (RFC 6455 section 5.5.1)."""
    with suppress(OSError):
        os.write(fd, b"\x88\x0c\x03\xf4restarting")
    os.close(fd)


def to_event(raw: Any) -> Event:
    """An ``mc_event`` as Python sees it."""
    return Event(
        kind=EventKind(raw.kind),
        room=raw.room,
        person=raw.person,
        conn=raw.conn,
        code=raw.code,
        value=raw.value,
        reason=ffi.string(raw.reason).decode(errors="replace"),
    )


def recover_recording(directory: Path) -> int:
    """Makes a broken-off recording's files whole; the tick on which the room goes on, 0 without any."""
    tick = ffi.new("uint32_t *")
    check(lib.mc_recording_recover(os.fsencode(directory), tick))
    return int(tick[0])
