"""The bots on a clock that moves only when they wait."""

import pytest

from webapp.bot import wire
from webapp.bot.websocket import Closed
from webapp.demo import play
from webapp.demo.play import Bot, converse

ON_STAGE = bytes([wire.Kind.STATE, 1, 0, 0]) + bytes(4)
MUTED = bytes([wire.Kind.STATE, 1, 1, 0]) + bytes(4)
TRACKS = [[b"w1", b"w2", None], [None, None, b"o1"]]


def listeners(count):
    return f'<p>other things</p><span id="listener-count" hx-swap-oob="true">{count} listeners</span>'


class Room:
    """One clock, and a socket for each bot that is told things at their seconds."""

    def __init__(self):
        self.now = 0.0

    def clock(self):
        return self.now

    def socket(self, *messages):
        return Socket(self, list(messages))


class Socket:
    def __init__(self, room, coming):
        self.room = room
        self.coming = coming
        self.said = []

    def send(self, message):
        self.said.append((round(self.room.now, 2), message[10:].decode()))

    def receive(self, timeout):
        until = self.room.now + timeout
        if not self.coming or self.coming[0][0] > until:
            self.room.now = until
            return None
        second, message = self.coming.pop(0)
        self.room.now = max(second, self.room.now)
        if isinstance(message, Exception):
            raise message
        return message


def talk(*for_wren, otto=((0, ON_STAGE),), seats=0):
    room = Room()
    sockets = room.socket((0, ON_STAGE), *for_wren), room.socket(*otto)
    audience = [room.socket() for _ in range(seats)]
    with pytest.raises(Closed):
        converse(bots(room, sockets), TRACKS, room.clock, bots(room, audience))
    assert not any(socket.said for socket in audience)
    return [socket.said for socket in sockets]


def bots(room, sockets):
    return [Bot(socket, lambda: None, clock=room.clock) for socket in sockets]


def test_bots_are_silent_while_nobody_listens():
    assert talk((0, listeners(0)), (30, Closed(1000))) == [[], []]


def test_first_listener_hears_it_from_the_top():
    wren, otto = talk((0, listeners(0)), (5, listeners("1")), (5.03, listeners(0)), (30, Closed(1000)))
    assert [word for _, word in wren] == ["w1", "w2"]
    assert [word for _, word in otto] == ["o1"]
    first = wren[0][0]
    assert 5 <= first <= 5 + play.IDLE_S
    assert [round(at - first, 2) for at, _ in wren + otto] == [0, 0.02, 0.04]


def test_conversation_goes_on_while_anybody_listens():
    wren, otto = talk((0, listeners("1,024")), (0.14, Closed(1000)))
    assert [word for _, word in wren][:5] == ["w1", "w2", "w1", "w2", "w1"]
    assert len(otto) == 2


def test_muted_bot_says_nothing():
    wren, otto = talk((0, listeners(3)), (0.14, Closed(1000)), otto=[(0, MUTED)])
    assert len(wren) > 3
    assert otto == []


def test_nobody_talks_for_the_demos_own_audience_alone():
    assert talk((0, listeners(2)), (30, Closed(1000)), seats=2) == [[], []]


def test_somebody_beside_that_audience_hears_them():
    wren, _ = talk((0, listeners(2)), (5, listeners(3)), (5.2, Closed(1000)), seats=2)
    assert [word for _, word in wren][:2] == ["w1", "w2"]
