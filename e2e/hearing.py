"""Ears for the tests: chirps as voices, a matched filter that finds them, and the sound of recordings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from pathlib import Path

import numpy as np
import opuslib
from numpy.typing import NDArray

from webapp.bot import ogg

RATE_HZ = 48_000
TICK_SAMPLES = 960
CHIRP_S = 0.2
LOW_HZ, HIGH_HZ = 400, 3_400
FOUND = 0.5
FLOOR_RMS = 1e-3
TONE_FLOOR = 0.01
Pcm = NDArray[np.float32]


class Voice(Enum):
    """A chirp a second: A's rises at whole seconds of the wall clock, B's falls at half seconds.

    A tone never pauses, and tells to the millisecond when somebody was last heard.
    """

    A = "a"
    B = "b"
    TONE = "tone"


CHIRPS = (Voice.A, Voice.B)


@dataclass(frozen=True)
class Chirp:
    """One that was found: where its first sample lies, in seconds, and how surely (r, up to 1)."""

    second: float
    r: float


def chirp(voice: Voice) -> Pcm:
    """200 ms, Hann-windowed, 400 to 3,400 Hz or back; as microphone.js plays it."""
    t = np.arange(round(CHIRP_S * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * (LOW_HZ * t + (HIGH_HZ - LOW_HZ) * t**2 / (2 * CHIRP_S))
    rising = np.sin(phase) * np.hanning(len(t))
    return (rising if voice is Voice.A else rising[::-1]).astype(np.float32)


def find(pcm: Pcm, voice: Voice) -> list[Chirp]:
    """Every chirp of a voice in samples at 48 kHz, by a normalised matched filter."""
    r = _correlate(pcm, chirp(voice))
    found = []
    while len(r) and (peak := int(np.argmax(r))) >= 0 and r[peak] > FOUND:
        found.append(Chirp(peak / RATE_HZ, float(r[peak])))
        r[max(peak - RATE_HZ // 2, 0) : peak + RATE_HZ // 2] = 0
    return sorted(found, key=lambda each: each.second)


def _correlate(pcm: Pcm, pattern: Pcm) -> NDArray[np.float64]:
    """r at each sample where the pattern fits; 0 where the sound is too faint to be a voice."""
    n_lags = len(pcm) - len(pattern) + 1
    if n_lags < 1:
        return np.zeros(0)
    size = 1 << (len(pcm) + len(pattern)).bit_length()
    spectrum = np.fft.rfft(pcm.astype(np.float64), size) * np.conj(np.fft.rfft(pattern, size))
    product = np.fft.irfft(spectrum, size)[:n_lags]
    sums = np.concatenate([[0], np.cumsum(pcm.astype(np.float64) ** 2)])
    energy = sums[len(pattern) :] - sums[: -len(pattern)]
    loud = energy > len(pattern) * FLOOR_RMS**2
    scale = np.sqrt(np.where(loud, energy, 1) * float(np.sum(pattern**2)))
    return np.where(loud, product / scale, 0)


def last_sound_s(pcm: Pcm) -> float:
    """When the last sample was that is no silence, in seconds."""
    loud = np.flatnonzero(np.abs(pcm) > TONE_FLOOR)
    return float(loud[-1]) / RATE_HZ if len(loud) else 0.0


def gaps_ms(chirps: Sequence[Chirp]) -> list[float]:
    """Time from each chirp to the next."""
    return [1000 * (b.second - a.second) for a, b in pairwise(chirps)]


def in_time(chirps: Sequence[Chirp]) -> int:
    """How many chirps came a second after the one before, within 30 ms."""
    return sum(970 <= gap <= 1030 for gap in gaps_ms(chirps))


def recording(path: Path) -> Pcm:
    """The sound of an Ogg Opus file, decoded by libopus, without its pre-skip."""
    file = ogg.demux(path.read_bytes())
    return decode(file.packets)[file.preskip : file.preskip + file.n_samples]


def decode(packets: Iterable[bytes]) -> Pcm:
    decoder = opuslib.Decoder(RATE_HZ, 1)
    pcm = b"".join(decoder.decode(packet, TICK_SAMPLES) for packet in packets)
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768
