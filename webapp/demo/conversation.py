"""The conversation as packets: encoded once, kept on disk, said for ever."""

from array import array
from collections.abc import Sequence
from pathlib import Path

from webapp.bot import audio, ogg
from webapp.bot.audio import RATE_HZ, Pcm
from webapp.bot.wire import TICK_SAMPLES
from webapp.demo import speech
from webapp.demo.script import CAST, Part

PAUSE_S = 0.45
Track = Sequence[bytes | None]
"""A packet for each 20 ms, or None where its speaker is silent."""


def tracks(directory: Path) -> list[Track]:
    """One track for each of the cast, equally long; made on the first call and read on the next. NoVoice."""
    paths = [directory / f"{part.handle}.opus" for part in CAST]
    if not all(path.exists() for path in paths):
        directory.mkdir(parents=True, exist_ok=True)
        for path, pcm in zip(paths, arrange(speech.lines()), strict=True):
            _write(path, pcm)
    return [_read(path) for path in paths]


def arrange(lines: Sequence[tuple[Part, Pcm]]) -> list[Pcm]:
    """Lays lines one after the other, each in its speaker's track, with silence in the others."""
    laid: list[Pcm] = [array("h") for _ in CAST]
    pause = array("h", bytes(2 * round(PAUSE_S * RATE_HZ)))
    for part, pcm in lines:
        line = pcm + pause
        line.extend([0] * (-len(line) % TICK_SAMPLES))
        for who, track in zip(CAST, laid, strict=True):
            track.extend(line if who is part else array("h", bytes(2 * len(line))))
    return laid


def _write(path: Path, pcm: Pcm) -> None:
    packets = list(audio.encode(pcm))
    silence = bytes([packets[0][0] & 0xFC])
    spoken = [
        packet if any(frame) else silence for packet, frame in zip(packets, audio.frames(pcm), strict=True)
    ]
    new = path.with_suffix(".new")
    new.write_bytes(b"".join(ogg.mux(spoken)))
    new.replace(path)


def _read(path: Path) -> Track:
    packets = ogg.demux(path.read_bytes()).packets
    return [packet if len(packet) > 1 else None for packet in packets]
