"""Whoever breaks a rule is told which, and nobody else notices. Real sockets, against the real server."""

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, cycle
from threading import Thread

import opuslib
import pytest

from e2e.accounts import live_space, token_of
from e2e.hearing import Voice, in_time
from e2e.listening import a_second_of, guest_hears, talking, wait_for_sound, write_voice
from e2e.raw import BINARY, CLOSE, PING, PONG, TEXT, RawSocket, dial, frame, status_of, upgrade
from e2e.server import Server
from e2e.waiting import until
from webapp.bot import wire
from webapp.bot.client import Talker, Visitor
from webapp.bot.websocket import Closed, WebSocket

RESET_ON_CLOSE = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def packet_of(length_ms: int) -> bytes:
    """An Opus packet that lasts so many ms."""
    n_samples = 48 * length_ms
    encoder = opuslib.Encoder(48_000, 1, opuslib.APPLICATION_VOIP)
    return bytes(encoder.encode(bytes(2 * n_samples), n_samples))


@pytest.fixture(scope="module")
def host(server: Server) -> str:
    return token_of(server, "Ada")


@pytest.fixture(scope="module")
def live(server: Server, host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A space in which a bot talks all the while, from a process of its own."""
    address = live_space(server, host, "Mind the gap")
    speech = tmp_path_factory.mktemp("voice") / "a.wav"
    write_voice(speech, Voice.A)
    with server.runs("bot", "speak", address, str(speech), "--loop", "--token", host) as bot:
        wait_for_sound(address)
        yield address
        Visitor(address, host).post("end")
        assert "The space ended." in bot.communicate(timeout=20)[1]


@pytest.fixture(scope="module")
def silent_since(live: str) -> Iterator[list[float]]:
    """Somebody whose network is gone: their socket stays, nothing comes from it. Says how long it lasted."""

    def wait() -> None:
        began = time.monotonic()
        with RawSocket.open(live) as raw:
            raw.sock.settimeout(60)
            raw.reads_to_the_end()
        lasted.append(time.monotonic() - began)

    lasted: list[float] = []
    thread = Thread(target=wait)
    thread.start()
    yield lasted
    thread.join()


@pytest.fixture
def space(live: str, silent_since: list[float]) -> Iterator[str]:
    """The space, in which a guest listens while the test misbehaves, and misses nothing."""
    with guest_hears(live, 2.5) as guest:
        yield live
    found = guest.chirps(Voice.A)
    assert in_time(found) == len(found) - 1 >= 1, found


@pytest.mark.parametrize("origin", ["", "https://elsewhere.example", "null"])
def test_page_of_another_site_is_refused_before_the_upgrade(live: str, origin: str) -> None:
    assert status_of(live, upgrade(live, Origin=origin)) == 403


@pytest.mark.parametrize("offered", ["", "parley.v0"])
def test_another_version_is_refused_before_the_upgrade(live: str, offered: str) -> None:
    assert status_of(live, upgrade(live, Sec_WebSocket_Protocol=offered)) == 400


@pytest.mark.parametrize("header", [{"Sec_WebSocket_Key": ""}, {"Sec_WebSocket_Version": "8"}])
def test_request_that_is_no_handshake_is_refused(live: str, header: dict[str, str]) -> None:
    assert 400 <= status_of(live, upgrade(live, **header)) < 500


def test_space_that_is_not_there_has_no_socket(server: Server) -> None:
    nowhere = f"{server.address}/spaces/AAAAAAAAAAAAAAAAAAAAAA"
    assert status_of(nowhere, upgrade(nowhere)) == 404


def test_ended_space_has_no_socket(server: Server, host: str) -> None:
    address = live_space(server, host, "Soon over")
    Visitor(address, host).post("end")
    assert status_of(address, upgrade(address)) == 409


def test_compression_is_never_agreed_to(live: str) -> None:
    with RawSocket.open(live, Sec_WebSocket_Extensions="permessage-deflate") as raw:
        assert b"Sec-WebSocket-Extensions" not in raw.head


@pytest.mark.parametrize(
    ("opcode", "payload", "how", "code"),
    [
        (BINARY, wire.talk(0, 0, [packet_of(20)]), {}, 1008),
        (BINARY, bytes(8_193), {}, 1009),
        (TEXT, b"a" * 1_025, {}, 1009),
        (TEXT, b"\xc3\x28", {}, 1007),
        (TEXT, b"hello", {"masked": False}, 1002),
        (TEXT, b"hello", {"first_byte": 0xC1}, 1002),
        (3, b"reserved opcode", {}, 1002),
        (PING, b"x" * 126, {}, 1002),
        (PING, b"in pieces", {"first_byte": 0x09}, 1002),
        (0, b"continues nothing", {}, 1002),
        (CLOSE, b"\x03", {}, 1002),
        (CLOSE, struct.pack(">H", 1005), {}, 1002),
    ],
    ids=["listener talks", "big binary", "big text", "not UTF-8", "unmasked", "RSV1", "reserved opcode",
         "long ping", "fragmented ping", "stray continuation", "short close", "close with 1005"],
)  # fmt: skip
def test_broken_rule_closes_with_its_code(
    live: str, opcode: int, payload: bytes, how: dict[str, int], code: int
) -> None:
    with RawSocket.open(live) as raw:
        raw.send(opcode, payload, **how)
        closed, reason = raw.closes_with()
        assert closed == code
        assert reason


def test_unknown_kinds_and_small_texts_are_skipped(live: str) -> None:
    with RawSocket.open(live) as raw:
        raw.send(BINARY, b"\x7fwhatever")
        raw.send(TEXT, "héllo".encode())
        raw.send(PING, b"still here?")
        while (came := raw.read()).opcode != PONG:
            assert came.opcode != CLOSE
        assert came.payload == b"still here?"


def test_flood_of_control_frames_closes_one_and_disturbs_nobody(space: str) -> None:
    with RawSocket.open(space) as raw:
        raw.sock.sendall(frame(PING, b"") * 200)
        assert raw.closes_with()[0] == 1008


def test_dripping_handshakes_disturb_nobody(space: str) -> None:
    slow = [dial(space) for _ in range(100)]
    for sock in slow:
        sock.sendall(upgrade(space)[:40])
    began = time.monotonic()
    Visitor(space).get()
    assert time.monotonic() - began < 2
    for sock in slow:
        sock.close()


def test_sockets_that_vanish_disturb_nobody(space: str) -> None:
    for _ in range(50):
        with RawSocket.open(space) as raw:
            raw.send(BINARY, wire.listen())
            raw.sock.setsockopt(*RESET_ON_CLOSE)


def test_malformed_talk_closes(server: Server, host: str) -> None:
    address = live_space(server, host, "Malformed")
    with RawSocket.open(address, Authorization=f"Bearer {host}") as raw:
        raw.send(BINARY, b"\x01\x02\x00\x00\x00\x00\x00\x00\x00\x09short")
        assert raw.closes_with() == (1008, "malformed TALK")


@pytest.mark.parametrize(
    "packet", [b"", b"\xff" * 200, packet_of(120), packet_of(10)], ids=["empty", "garbage", "120 ms", "10 ms"]
)
def test_packets_that_are_not_20_ms_are_dropped_and_the_voice_goes_on(
    server: Server, host: str, packet: bytes
) -> None:
    address = live_space(server, host, "Odd packets")
    odd_then_voice = chain([packet] * 25, cycle(a_second_of(Voice.A)))
    with talking(Visitor(address, host), odd_then_voice), guest_hears(address, 3.5) as guest:
        pass
    assert len(guest.chirps(Voice.A)) >= 2


def test_ten_times_the_rate_closes_after_five_seconds_worth(server: Server, host: str) -> None:
    visitor = Visitor(live_space(server, host, "Too fast"), host)
    with closing(visitor.enter()) as client:
        Talker(client, visitor.take_the_mic).wait_for_the_mic()
        with pytest.raises(Closed) as closed:
            flood(client, [packet_of(20)] * 6)
    assert closed.value.code == 1008


def flood(client: WebSocket, packets: list[bytes]) -> None:
    """A minute's packets at once, and then whatever the server says to that."""
    for sequence in range(0, 3_000, len(packets)):
        client.send(wire.talk(sequence, sequence * 960, packets))
    while True:
        client.receive(5)


def test_network_that_is_gone_ends_the_socket_within_30_seconds(silent_since: list[float]) -> None:
    until(lambda: silent_since, 35)
    assert 20 < silent_since[0] < 30
