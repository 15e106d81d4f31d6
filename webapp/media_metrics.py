"""The media core's counters, as Prometheus wants them. docs/media.md says which value means what."""

from collections.abc import Iterator
from itertools import accumulate
from math import inf
from typing import NamedTuple

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from webapp.media import Lateness, Media

MS_PER_S, US_PER_S = 1e3, 1e6


class Gauge(NamedTuple):
    """A counter that tells of now; so many of its units make one of the metric's."""

    counter: str
    name: str
    help: str
    units: float = 1


class Total(NamedTuple):
    """A counter that only grows."""

    counter: str
    name: str
    help: str


class Reasons(NamedTuple):
    """Counters of the same thing, by the reason why it happened."""

    name: str
    help: str
    counters: dict[str, str]


GAUGES = (
    Gauge("rooms", "rooms", "Rooms that are open"),
    Gauge("conns", "connections", "Sockets that the core holds"),
    Gauge("listeners", "listeners", "Sockets that sound is sent to, those of people on the stage among them"),
    Gauge("overload", "overload", "What is given up because ticks begin late: 0 nothing, 3 new rooms"),
    Gauge("outbox_bytes", "outbox_bytes", "Bytes that are kept for sockets which take nothing now"),
    Gauge(
        "tick_late_max_us",
        "tick_lateness_max_seconds",
        "How late a tick began at most since the start",
        US_PER_S,
    ),
    Gauge(
        "record_lag_ms",
        "record_lag_seconds",
        "How long ago the recorder last began to write what there was",
        MS_PER_S,
    ),
)
TOTALS = (
    Total("ticks", "ticks", "Ticks of 20 ms that a conductor began"),
    Total("ticks_skipped", "ticks_skipped", "Ticks that were given up after a suspension"),
    Total("rooms_moved", "rooms_moved", "Rooms that went from a mixer that was late to one with time"),
    Total("encodes", "encodes", "Frames of 20 ms that were encoded"),
    Total("decodes", "decodes", "Frames of 20 ms that were decoded"),
    Total("conceals", "conceals", "Frames of a voice that were lost or late, and were made up"),
    Total("packets_in", "packets_received", "Packets that came from microphones"),
    Total("frames_out", "frames_sent", "Frames of 20 ms that were sent, one for each who hears it"),
    Total("messages_out", "messages_sent", "Messages that were sent; several frames can share one"),
    Total("bytes_out", "bytes_sent", "Bytes that the kernel took for sockets"),
    Total("texts_out", "texts_sent", "Fragments of pages that were sent, one for each who is meant"),
    Total("texts_in", "texts_received", "Texts that came from sockets, and were passed over"),
    Total("unknown_in", "unknown_received", "Messages of a kind that this version does not know"),
    Total("conns_adopted", "connections_opened", "Sockets that were taken over"),
    Total(
        "conns_refused",
        "connections_refused",
        "Sockets of who was removed, or of rooms that had closed",
    ),
    Total("events_dropped", "events_dropped", "Events that did not reach the application"),
    Total("record_packets", "record_packets", "Packets that were written to recordings"),
    Total("record_bytes", "record_bytes", "Bytes that were written to recordings"),
    Total("record_errors", "record_errors", "Writes to recordings that failed"),
)
REASONS = (
    Reasons(
        "packets_dropped",
        "Packets of microphones that were not mixed",
        {
            "late": "packets_late",
            "muted": "talk_muted",
            "not_on_stage": "talk_refused",
            "not_opus": "packets_refused",
            "over_rate": "packets_over_rate",
            "overrun": "packets_overrun",
            "wild": "packets_wild",
        },
    ),
    Reasons(
        "frames_dropped",
        "Frames that were not sent, because a listener or one of the core's own threads was slow",
        {"slow_listener": "frames_dropped", "slow_loop": "queue_full", "slow_recorder": "record_overrun"},
    ),
    Reasons(
        "connections_cut",
        "Sockets that the core ended, or that broke",
        {
            "broken": "closed_error",
            "flood": "closed_policy",
            "no_pong": "closed_idle",
            "protocol": "closed_protocol",
            "took_no_text": "closed_stalled",
        },
    ),
)


class MediaCollector(Collector):
    """What the core of this process counted; nothing where none runs."""

    def __init__(self, media: Media) -> None:
        self._media = media

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "parley_spaces_refused", "Spaces not opened for want of processor time", self._media.rooms_refused
        )
        if not self._media.running:
            return
        counters = self._media.core.counters()
        for gauge in GAUGES:
            value = counters[gauge.counter] / gauge.units
            yield GaugeMetricFamily(_full(gauge.name), gauge.help, value)
        for total in TOTALS:
            yield CounterMetricFamily(_full(total.name), total.help, counters[total.counter])
        for reasons in REASONS:
            yield _by_reason(reasons, counters)
        yield _histogram(self._media.core.lateness())


def _full(name: str) -> str:
    return f"parley_media_{name}"


def _by_reason(reasons: Reasons, counters: dict[str, int]) -> Metric:
    family = CounterMetricFamily(_full(reasons.name), reasons.help, labels=["reason"])
    for reason, counter in reasons.counters.items():
        family.add_metric([reason], counters[counter])
    return family


def _histogram(lateness: Lateness) -> Metric:
    """Prometheus counts in a bucket what is in those before as well, and in seconds."""
    bounds = ("+Inf" if bound_ms == inf else str(bound_ms / MS_PER_S) for bound_ms in lateness.ticks)
    return HistogramMetricFamily(
        _full("tick_lateness_seconds"),
        "How late ticks began",
        buckets=list(zip(bounds, accumulate(lateness.ticks.values()), strict=True)),
        sum_value=lateness.sum_us / US_PER_S,
    )
