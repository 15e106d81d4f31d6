"""The bot's behaviour on a clock that moves only when it waits."""

from itertools import repeat

import pytest

from webapp.bot import wire
from webapp.bot.client import AddressError, Talker, Visitor, hear, without_gaps
from webapp.bot.websocket import Closed, Refused


def state(seat=3, flags=0):
    return bytes([wire.Kind.STATE, 1, flags, seat]) + bytes(4)


def hears(tick, *packets):
    head = bytes([wire.Kind.HEAR, len(packets), 0, 0]) + tick.to_bytes(4)
    return head + b"".join(len(packet).to_bytes(2) + packet for packet in packets)


AUDIENCE = state(seat=wire.OFF_STAGE)
MUTED = state(flags=wire.StateFlag.MUTED)
ON_STAGE = state()


class Script:
    """A server that says each message at its second; waiting for it is what moves the clock."""

    def __init__(self, *messages):
        self.now = 0.0
        self.sent = []
        self._coming = list(messages)

    def clock(self):
        return self.now

    def send(self, message):
        self.sent.append((round(self.now, 3), message))

    def receive(self, timeout):
        due = self._coming[0][0] if self._coming else None
        if due is not None and (timeout is None or due <= self.now + timeout):
            self.now = max(self.now, due)
            return self._say(self._coming.pop(0)[1])
        if timeout is None:
            raise Closed(1000)
        self.now += timeout
        return None

    def _say(self, message):
        if isinstance(message, Exception):
            raise message
        return message


def talks(script):
    """(second, sequence, tick) of each TALK."""
    said = [(at, m) for at, m in script.sent if m[0] == wire.Kind.TALK]
    return [(at, int.from_bytes(m[2:4]), int.from_bytes(m[4:8]) // 960) for at, m in said]


def talker(script, on_mic=lambda: None):
    return Talker(script, on_mic, clock=script.clock)


def test_speaker_sends_fifty_packets_a_second():
    script = Script((0, ON_STAGE))
    talker(script).talk([b"x"] * 4)
    assert talks(script) == [(0.0, 0, 0), (0.02, 1, 1), (0.04, 2, 2), (0.06, 3, 3)]


def test_listener_waits_for_the_stage_and_asks_for_the_mic_once():
    script = Script((0, AUDIENCE), (2, "<p>text</p>"), (5, MUTED), (5.5, MUTED), (6, ON_STAGE))
    asked_at = []
    talker(script, lambda: asked_at.append(script.now)).talk([b"x"])
    assert asked_at == [5.0]
    assert talks(script) == [(6.0, 0, 300)]


def test_speaker_who_is_brought_back_asks_again():
    script = Script((0, MUTED), (1, AUDIENCE), (2, MUTED), (3, ON_STAGE))
    asked_at = []
    talker(script, lambda: asked_at.append(script.now)).talk([b"x"])
    assert asked_at == [0.0, 2.0]


def test_whoever_is_invited_comes():
    script = Script((0, AUDIENCE), (1, '<form id="invitation">'), (2, ON_STAGE))
    came_at = []
    Talker(script, lambda: None, lambda: came_at.append(script.now), script.clock).talk([b"x"])
    assert came_at == [1]
    assert talks(script) == [(2.0, 0, 100)]


def test_seat_that_is_gone_again_is_no_error(monkeypatch):
    def post(self, path, **form):
        raise Refused(409, f"POST {path}")

    monkeypatch.setattr(Visitor, "post", post)
    Visitor("http://host/spaces/x").accept()


def test_speaker_stands_still_while_muted_and_goes_on_in_time():
    script = Script((0, ON_STAGE), (0.03, MUTED), (10, ON_STAGE))
    talker(script).talk([b"x"] * 4)
    assert talks(script) == [(0.0, 0, 0), (0.02, 1, 1), (10.0, 2, 500), (10.02, 3, 501)]


def test_speaker_says_nothing_elsewhere():
    script = Script((0, state(flags=wire.StateFlag.ELSEWHERE)))
    with pytest.raises(Closed):
        talker(script).talk([b"x"])
    assert talks(script) == []


def test_speaker_held_up_for_long_catches_up_a_little_and_drops_the_rest_of_the_time():
    script = Script((0, ON_STAGE))

    def packets():
        yield b"x"
        script.now += 3
        yield from repeat(b"x", 8)

    talker(script).talk(packets())
    ticks = [tick for _, _, tick in talks(script)]
    assert ticks[:2] == [0, 1]
    assert ticks[2] == 145
    assert [second for second, _, _ in talks(script)][2:8] == [3.0] * 6


def test_end_of_the_space_ends_the_talk():
    script = Script((0, ON_STAGE), (0.05, Closed(1000)))
    with pytest.raises(Closed):
        talker(script).talk(repeat(b"x"))
    assert len(talks(script)) == 3


def test_listener_hears_packets_by_tick():
    script = Script(
        (0, AUDIENCE),
        (1, hears(7, b"a", b"b")),
        (2, "<p>text</p>"),
        (3, hears(10, b"c")),
        (9, hears(11, b"late")),
    )
    assert hear(script, 5, script.clock) == {7: b"a", 8: b"b", 10: b"c"}
    assert script.now == 5
    assert script.sent == [(0.0, wire.listen(pace=3))]


def test_listener_keeps_what_was_heard_before_the_end():
    script = Script((1, hears(0, b"a")), (2, Closed(1000)))
    assert hear(script, 5, script.clock) == {0: b"a"}


def test_gaps_become_dtx_of_the_same_mode():
    assert without_gaps({5: b"\x4bxx", 8: b"\x08yy"}) == [b"\x4bxx", b"\x48", b"\x48", b"\x08yy"]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "spaces/x", "http:///spaces/x", ""])
def test_only_pages_have_visitors(address):
    with pytest.raises(AddressError):
        Visitor(address)
