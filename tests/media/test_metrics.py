"""What Prometheus is told of the core: read by its own parser, after a talk on the stepped clock."""

import socket
import time
from array import array
from collections.abc import Callable, Iterator
from math import inf

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from mediacore import Core, Role
from webapp import media_metrics
from webapp.accounts.models import User
from webapp.bot import audio, wire

ROOM, ANNA, CARA = 7, 11, 13
SECOND = 50
PATIENCE_S = 5
BOUNDS = ["0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "+Inf"]
PING, PONG = bytes([0x89, 0x80]) + bytes(4), bytes([0x8A, 0])


@pytest.fixture
def core(app: Flask) -> Iterator[Core]:
    media = app.extensions["media"]
    media.start(Core(stepped=True, complexity=0, large_room=0))
    yield media.core
    media.stop()


@pytest.fixture
def look(operator: User, sign_in: Callable[[User], FlaskClient]) -> Callable[[], dict[str, Metric]]:
    """Returns what is told now, by name."""
    browser = sign_in(operator)

    def families() -> dict[str, Metric]:
        answer = browser.get("/metrics")
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return {family.name: family for family in text_string_to_metric_families(answer.text)}

    return families


def test_nothing_is_told_of_a_core_that_does_not_run(look: Callable[[], dict[str, Metric]]) -> None:
    assert not [name for name in look() if name.startswith("parley_media")]


def test_every_counter_is_told_once(core: Core) -> None:
    told = [each.counter for each in (*media_metrics.GAUGES, *media_metrics.TOTALS)]
    for reasons in media_metrics.REASONS:
        told += reasons.counters.values()
    of_the_histogram = {"ticks_late", "tick_late_sum_us"}
    assert sorted(told) == sorted(core.counters().keys() - of_the_histogram)


def test_every_metric_says_what_it_is(core: Core, look: Callable[[], dict[str, Metric]]) -> None:
    told = [family for name, family in look().items() if name.startswith("parley_media")]
    assert len(told) == len(media_metrics.GAUGES + media_metrics.TOTALS + media_metrics.REASONS) + 1
    assert all(family.documentation for family in told)
    assert {family.type for family in told} == {"gauge", "counter", "histogram"}


def test_a_talk_moves_the_numbers(core: Core, look: Callable[[], dict[str, Metric]]) -> None:
    core.open_room(ROOM)
    core.set_member(ROOM, ANNA, role=Role.HOST)
    with join(core, ANNA) as anna, join(core, CARA) as cara:
        send(cara, wire.listen())
        settle(cara)
        before = look()
        for n, packet in enumerate([*audio.encode(hum()), b""]):
            send(anna, wire.talk(n, n * wire.TICK_SAMPLES, [packet]))
            until(lambda n=n: core.counters()["packets_in"] > n)
            core.step()
        settle(cara)
        after = look()

    def moved(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert moved("parley_media_packets_received_total") == SECOND + 1
    assert moved("parley_media_ticks_total") == SECOND + 1
    assert moved("parley_media_decodes_total") > SECOND / 2
    assert moved("parley_media_encodes_total") > SECOND / 2
    assert moved("parley_media_frames_sent_total") == SECOND + 1
    assert moved("parley_media_bytes_sent_total") > SECOND * 8
    assert moved("parley_media_packets_dropped_total", reason="not_opus") == 1
    assert moved("parley_media_packets_dropped_total", reason="late") == 0
    assert value(after, "parley_media_rooms") == 1
    assert value(after, "parley_media_connections") == 2
    assert value(after, "parley_media_listeners") == 1
    assert value(after, "parley_media_overload") == 0
    assert value(after, "parley_media_outbox_bytes") == 0
    assert value(after, "parley_media_record_lag_seconds") == 0


def test_lateness_is_a_histogram(
    core: Core, look: Callable[[], dict[str, Metric]], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_bound = dict(zip((1, 2, 5, 10, 20, 50, 100, inf), (9, 4, 0, 0, 0, 2, 0, 1), strict=True))
    lateness = media_metrics.Lateness(by_bound, 250_000)
    monkeypatch.setattr(core, "lateness", lambda: lateness)
    family = look()["parley_media_tick_lateness_seconds"]
    assert family.type == "histogram"
    buckets = [sample for sample in family.samples if sample.name.endswith("_bucket")]
    assert [sample.labels["le"] for sample in buckets] == BOUNDS
    assert [sample.value for sample in buckets] == [9, 13, 13, 13, 13, 15, 15, 16]
    rest = {sample.name: sample.value for sample in family.samples if sample not in buckets}
    assert rest == {
        "parley_media_tick_lateness_seconds_sum": 0.25,
        "parley_media_tick_lateness_seconds_count": 16,
    }


def value(families: dict[str, Metric], name: str, **labels: str) -> float:
    family = families[name.removesuffix("_total")]
    (found,) = (each.value for each in family.samples if each.name == name and each.labels == labels)
    return found


def join(core: Core, person: int) -> socket.socket:
    theirs, ours = socket.socketpair()
    ours.settimeout(PATIENCE_S)
    core.adopt(ROOM, person, theirs.detach())
    return ours


def send(sock: socket.socket, message: bytes) -> None:
    """Sends a binary frame, masked with a key of zeros."""
    size = len(message)
    length = bytes([0x80 | size]) if size < 126 else bytes([0xFE, *size.to_bytes(2)])
    sock.sendall(bytes([0x82]) + length + bytes(4) + message)


def until(it_is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not it_is_so():
        assert time.monotonic() < end_s


def settle(sock: socket.socket) -> None:
    """Waits until what was sent is read and counted: that is so when a round is over, hence twice."""
    for _ in range(2):
        sock.sendall(PING)
        received = b""
        while not received.endswith(PONG):
            received += sock.recv(65_536) or pytest.fail("the socket ended")


def hum() -> audio.Pcm:
    """A second of a voice, as far as the core can tell."""
    return array("h", (8000 if n % 160 < 80 else -8000 for n in range(SECOND * wire.TICK_SAMPLES)))
