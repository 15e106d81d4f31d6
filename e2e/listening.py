"""Guests without a browser: what a space sounds like while a test does something else."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

import numpy as np
import opuslib

from e2e.hearing import RATE_HZ, TICK_SAMPLES, Chirp, Voice, chirp, decode, find
from webapp.bot.client import Talker, Visitor, hear, without_gaps
from webapp.bot.websocket import Closed


@dataclass
class Guest:
    """Somebody who listens. `packets`, by tick of the room, are there once they have left."""

    packets: dict[int, bytes] = field(default_factory=dict)

    def chirps(self, voice: Voice) -> list[Chirp]:
        return find(decode(without_gaps(self.packets)), voice)


@contextmanager
def guest_hears(address: str, seconds: float) -> Iterator[Guest]:
    """Somebody listens meanwhile, for at least so long."""
    guest = Guest()
    socket = Visitor(address).enter()
    thread = Thread(target=lambda: guest.packets.update(hear(socket, seconds)))
    thread.start()
    try:
        yield guest
    finally:
        thread.join()
        socket.close()


@contextmanager
def talking(visitor: Visitor, packets: Iterable[bytes]) -> Iterator[None]:
    """A bot talks meanwhile, until its space ends."""

    def talk() -> None:
        try:
            talker.talk(packets)
        except Closed as closed:
            codes.append(closed.code)

    codes: list[int] = []
    socket = visitor.enter()
    talker = Talker(socket, visitor.take_the_mic)
    thread = Thread(target=talk)
    thread.start()
    try:
        yield
    finally:
        visitor.post("end")
        thread.join()
    assert codes == [1000]


def a_second_of(voice: Voice) -> list[bytes]:
    """A voice's packets for one second, fit to be repeated."""
    second = np.zeros(RATE_HZ, dtype=np.float32)
    second[: len(chirp(voice))] = chirp(voice) / 2
    frames = (np.tile(second, 2) * 32767).astype("<i2").reshape(-1, TICK_SAMPLES)
    encoder = opuslib.Encoder(RATE_HZ, 1, opuslib.APPLICATION_VOIP)
    return [encoder.encode(frame.tobytes(), TICK_SAMPLES) for frame in frames][50:]
