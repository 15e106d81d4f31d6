"""Guests without a browser: what a space sounds like while a test does something else."""

import wave
from array import array
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import numpy as np

from e2e.hearing import RATE_HZ, Chirp, Voice, chirp, decode, find
from e2e.waiting import until
from webapp.bot import audio
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


def wait_for_sound(address: str) -> None:
    """Returns once anything but silence is heard there."""
    with closing(Visitor(address).enter()) as socket:
        until(lambda: any(len(packet) > 1 for packet in hear(socket, 0.1).values()))


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
        socket.close()
    assert codes == [1000]


def a_second_of(voice: Voice) -> list[bytes]:
    """A voice's packets for one second, fit to be repeated."""
    return list(audio.encode(array("h", _second(voice) * 2)))[50:]


def write_voice(path: Path, voice: Voice) -> None:
    """A second of a voice as a WAV file, fit to be repeated."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(_second(voice))


def _second(voice: Voice) -> bytes:
    """Samples of 16 bits."""
    second = np.zeros(RATE_HZ, dtype="<i2")
    second[: len(chirp(voice))] = chirp(voice) * 16_384
    return second.tobytes()
