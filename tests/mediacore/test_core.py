"""The Python face of the core; its behaviour is tested in C (``tests/c/test_core.c``)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mediacore import Audience, Core, EventKind, MediaCoreError, Role, recover_recording
from mediacore.build import declarations

ROOM, ANNA = 7, 11
PATIENCE_MS = 5000


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core(stepped=True, complexity=0)
    core.open_room(ROOM)
    yield core
    core.close()


def join(core: Core, person: int) -> socket.socket:
    theirs, ours = socket.socketpair()
    ours.settimeout(PATIENCE_MS / 1000)
    core.adopt(ROOM, person, theirs.detach())
    return ours


def await_event(core: Core, kind: EventKind):
    while event := core.poll(PATIENCE_MS):
        if event.kind == kind:
            return event
    raise AssertionError(f"no {kind.name} came")


def read_exactly(sock: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += sock.recv(length - len(data)) or pytest.fail("the socket ended")
    return data


def test_a_socket_is_greeted_and_its_end_is_told(core):
    with join(core, ANNA) as anna:
        assert read_exactly(anna, 10) == bytes([0x82, 8, 0x04, 0, 0, 255, 0, 0, 0, 0])
        opened = await_event(core, EventKind.OPENED)
        assert (opened.room, opened.person) == (ROOM, ANNA)
    closed = await_event(core, EventKind.CLOSED)
    assert (closed.person, closed.conn, closed.code) == (ANNA, opened.conn, 1006)


def test_text_is_utf8_for_those_it_is_meant_for(core):
    core.set_member(ROOM, ANNA, role=Role.HOST, muted=True)
    with join(core, ANNA) as anna:
        read_exactly(anna, 10)
        core.send_text(ROOM, "not hers", audience=Audience.LISTENERS | Audience.SPEAKERS)
        core.send_text(ROOM, "hört", audience=Audience.HOSTS)
        assert read_exactly(anna, 7) == b"\x81\x05h\xc3\xb6rt"


def test_errors_are_sentences(core):
    with pytest.raises(MediaCoreError, match=r"^[A-Z].*\.$"):
        core.open_room(ROOM)
    with pytest.raises(MediaCoreError):
        core.send_text(99, "nobody")
    with pytest.raises(MediaCoreError):
        Core(stepped=True, bitrate=1)


def test_an_unknown_setting_is_refused():
    with pytest.raises(AttributeError):
        Core(stepped=True, bitrat=32000)


def test_counters_have_the_headers_names(core):
    core.step(3)
    counters = core.counters()
    assert counters["ticks"] == 3
    assert counters["rooms"] == 1
    assert counters["conns"] == 0


def test_a_recording_that_broke_off_goes_on_where_it_ended(core, tmp_path: Path):
    core.set_member(ROOM, ANNA, role=Role.HOST, track="anna.opus")
    core.record(ROOM, tmp_path)
    core.step(100)
    core.stop_recording(ROOM)
    core.step(2)
    assert await_event(core, EventKind.RECORD_CLOSED).value == 2000
    whole = (tmp_path / "mix.opus").read_bytes()
    (tmp_path / "mix.opus").write_bytes(whole[:-40])
    assert recover_recording(tmp_path) == 90
    assert whole.startswith((tmp_path / "mix.opus").read_bytes())


def test_nothing_to_recover_is_tick_0(tmp_path: Path):
    assert recover_recording(tmp_path) == 0


def test_a_closed_core_refuses_and_wakes_its_poller():
    core = Core()
    polled = []
    poller = threading.Thread(target=lambda: polled.append(core.poll(200)))
    poller.start()
    core.close()
    poller.join()
    core.close()
    assert polled == [None]
    assert not core.alive()
    with pytest.raises(MediaCoreError):
        core.open_room(ROOM)


def test_a_closed_core_tells_whom_it_is_given_to_come_back():
    core = Core(stepped=True)
    core.close()
    theirs, ours = socket.socketpair()
    with pytest.raises(MediaCoreError):
        core.adopt(ROOM, ANNA, theirs.detach())
    assert ours.recv(100) == b"\x88\x0c" + (1012).to_bytes(2) + b"restarting"
    assert ours.recv(1) == b""
    ours.close()


def test_the_header_is_what_cffi_reads():
    header = Path("mediacore/include/mediacore.h").read_text()
    assert "mc_room_adopt" in declarations(header)
    with pytest.raises(ValueError, match="markers"):
        declarations("int nothing(void);")
