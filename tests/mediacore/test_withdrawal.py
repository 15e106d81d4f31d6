"""Who takes back their yes is in no file from that tick on, and once they agree again, on the same timeline.

The real core on a stepped clock; libopus decodes what it wrote and what it sent.
"""

import json
import time
from array import array
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import opuslib
import pytest

from mediacore import Core, EventKind, Role
from webapp.bot import audio, ogg, wire
from webapp.bot.websocket import WebSocket
from webapp.demo.rehearsal import connected, wait_for

ROOM, ADA, BEN, EAR = 1, 11, 12, 13
HZ = {ADA: 700, BEN: 1900}
LOUD = 6000
FOLLOWS_TONES = {"application": "voip", "bitrate": 32_000, "complexity": 5}
"""An encoder that a tone does not surprise: at complexity 0, which is for speech, one comes up in 200 ms."""
WARM_UP = 10
"""Ticks until the jitter buffers are filled, and until an ear that just came hears something."""
FADED = 20
"""Ticks until a decoder has nothing left of a voice whose packets ended."""


@dataclass(frozen=True)
class Played:
    """What a directory holds afterwards, and which packet was heard live at each tick."""

    directory: Path
    heard: dict[int, bytes]

    def packets(self, name: str) -> list[bytes]:
        """Of a file, one a tick of the mix's timeline, without the closing one."""
        return ogg.demux((self.directory / name).read_bytes()).packets[:-1]

    def turns(self) -> list[tuple[int, int, int]]:
        lines = (self.directory / "turns.ndjson").read_text().splitlines()
        found = [json.loads(line) for line in lines]
        return [(turn["person"], turn["start_ms"] // 20, turn["end_ms"] // 20) for turn in found]


class Stage:
    """A recorded room with Ada and Ben on its stage, who agreed, and an ear in its audience."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.core = Core(stepped=True, **FOLLOWS_TONES)
        stack.callback(self.core.close)
        self.core.open_room(ROOM)
        self.core.record(ROOM, directory)
        for person in HZ:
            self.answer(person, True)
        self._sockets = {person: stack.enter_context(closing(self._adopt(person))) for person in (*HZ, EAR)}
        self._sockets[EAR].send(wire.listen())
        self._n_sent = dict.fromkeys(HZ, 0)
        self.heard: dict[int, bytes] = {}

    def answer(self, person: int, yes: bool) -> None:
        track = f"{person}.opus" if yes else ""
        self.core.set_member(ROOM, person, role=Role.SPEAKER, seat=person, track=track)

    def tick(self, at: int, said: Mapping[int, bytes]) -> None:
        for person, packet in said.items():
            sequence = self._n_sent[person]
            self._sockets[person].send(wire.talk(sequence, at * wire.TICK_SAMPLES, [packet]))
            self._n_sent[person] += 1
        wait_for(self.core, sum(self._n_sent.values()))
        self.core.step()
        self._listen(at)

    def finish(self) -> None:
        self.core.stop_recording(ROOM)
        self.core.step(2)
        while event := self.core.poll(5000):
            if event.kind == EventKind.RECORD_CLOSED:
                return
        raise AssertionError("The recording did not close.")

    def _adopt(self, person: int) -> WebSocket:
        ours, theirs = connected()
        self.core.adopt(ROOM, person, theirs.detach())
        return WebSocket(ours)

    def _listen(self, at: int) -> None:
        """Returns when the ear has heard this tick: it must not fall behind."""
        end = time.monotonic() + (0.02 if at < WARM_UP else 5)
        while at not in self.heard and (left := end - time.monotonic()) > 0:
            message = self._sockets[EAR].receive(left)
            told = wire.parse(message) if isinstance(message, bytes) else None
            if isinstance(told, wire.Hear):
                self.heard.update(enumerate(told.packets, start=told.tick))


def play(directory: Path, talk: Mapping[int, Sequence[range]], ben_says: Mapping[int, bool]) -> Played:
    """Lets people talk in these ticks, and Ben answer anew at those."""
    n_ticks = max(part.stop for parts in talk.values() for part in parts)
    tones = {person: tone(hz, n_ticks) for person, hz in HZ.items()}
    with ExitStack() as stack:
        stage = Stage(directory, stack)
        for at in range(n_ticks):
            if at in ben_says:
                stage.answer(BEN, ben_says[at])
            talks = [person for person, parts in talk.items() if any(at in part for part in parts)]
            stage.tick(at, {person: tones[person][at] for person in talks})
        stage.finish()
        return Played(directory, stage.heard)


def tone(hz: int, n_ticks: int) -> list[bytes]:
    at = np.arange(n_ticks * wire.TICK_SAMPLES) / audio.RATE_HZ
    return list(audio.encode(array("h", (LOUD * np.sin(2 * np.pi * hz * at)).astype("h").tobytes())))


def loudness(packets: Sequence[bytes], person: int) -> list[float]:
    """Of somebody's tone, in each tick of what packets decode to: 1 is as loud as it was said."""
    decoder, at = opuslib.Decoder(audio.RATE_HZ, 1), np.arange(wire.TICK_SAMPLES)
    tuned = np.hanning(len(at)) * np.exp(-2j * np.pi * HZ[person] * at / audio.RATE_HZ)
    pcm = (np.frombuffer(decoder.decode(packet, len(at)), "h") for packet in packets)
    return [float(4 * abs(np.sum(frame * tuned)) / len(at) / LOUD) for frame in pcm]


END, WITHDRAWN, AGREED = 450, 150, 300


@pytest.fixture(scope="module")
def duet(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Both talk all along; Ben takes his yes back and gives it again."""
    all_along = [range(END)]
    directory = tmp_path_factory.mktemp("duet")
    return play(directory, {ADA: all_along, BEN: all_along}, {WITHDRAWN: False, AGREED: True})


def test_the_mix_is_without_who_withdrew_from_that_tick_on(duet: Played) -> None:
    ben = loudness(duet.packets("mix.opus"), BEN)
    assert min(ben[WARM_UP:WITHDRAWN]) > 0.7
    assert max(ben[WITHDRAWN:AGREED]) < 0.05
    assert min(ben[AGREED:END]) > 0.5
    assert max(ben[AGREED : AGREED + FADED]) < 1.2


def test_the_track_has_no_packet_between_and_goes_on_in_its_place(duet: Played) -> None:
    packets = duet.packets(f"{BEN}.opus")
    assert len(packets) == len(duet.packets("mix.opus")) == END
    assert all(len(packet) > 1 for packet in packets[WARM_UP:WITHDRAWN] + packets[AGREED:])
    assert all(len(packet) == 1 for packet in packets[WITHDRAWN:AGREED])
    ben = loudness(packets, BEN)
    assert min(ben[WARM_UP:WITHDRAWN]) > 0.7
    assert max(ben[WITHDRAWN + FADED : AGREED]) < 0.05
    assert min(ben[AGREED:]) > 0.7


def test_the_others_are_written_all_along(duet: Played) -> None:
    assert min(loudness(duet.packets("mix.opus"), ADA)[WARM_UP:]) > 0.5
    own = duet.packets(f"{ADA}.opus")
    assert min(loudness(own, ADA)[WARM_UP:]) > 0.9
    assert max(loudness(own, BEN)[WARM_UP:]) < 0.05


def test_those_who_listen_hear_everybody_all_along(duet: Played) -> None:
    heard = [duet.heard[at] for at in range(WARM_UP, END)]
    for person in HZ:
        assert min(loudness(heard, person)[WARM_UP:]) > 0.7
    assert duet.packets("mix.opus")[WARM_UP:WITHDRAWN] == heard[: WITHDRAWN - WARM_UP]


def test_no_turn_names_who_withholds_their_voice(duet: Played) -> None:
    turns = sorted(duet.turns())
    assert [(person, end) for person, _, end in turns] == [(ADA, END), (BEN, WITHDRAWN), (BEN, END)]
    assert turns[2][1] == AGREED
    assert all(start < WARM_UP for _, start, _ in turns[:2])


def test_who_talks_alone_leaves_silence_at_once_and_the_mix_is_the_shared_one_after_a_pause(
    tmp_path: Path,
) -> None:
    solo = play(tmp_path, {BEN: [range(100), range(180, 230)]}, {50: False, 75: True})
    mix = solo.packets("mix.opus")
    ben = loudness(mix, BEN)
    assert max(ben[51:75]) < 0.05
    assert min(ben[77:100]) > 0.5
    assert min(loudness([solo.heard[at] for at in range(WARM_UP, 100)], BEN)[WARM_UP:]) > 0.7
    assert mix[76:100] != [solo.heard[at] for at in range(76, 100)]
    assert mix[180:] == [solo.heard[at] for at in range(180, 230)]
    assert all(end <= 50 or start >= 75 for _, start, end in solo.turns())
