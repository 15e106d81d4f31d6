"""Human speech in Opus packets: the words that alsa-utils brings, without the pauses between them."""

from array import array
from math import sqrt
from pathlib import Path
from random import Random

from webapp.bot import audio, wire
from webapp.bot.audio import Pcm

WORDS = Path("/usr/share/sounds/alsa")
HUSH = 16  # of 32,768: -66 dB
SETTLED_PACKETS = 200
QUIET = 0.005  # of full scale: the words' own noise


def voice(words: str) -> list[bytes]:
    """Packets of 20 ms of the words whose files match the pattern, one after the other."""
    return list(audio.encode(_voiced(words_of(words))))


def hush() -> list[bytes]:
    """Packets of a microphone that is on while nobody speaks: its own noise, once the encoder knows it."""
    noise = Random(1)
    pcm = array("h", (round(noise.gauss(0, HUSH)) for _ in range(8 * audio.RATE_HZ)))
    return list(audio.encode(pcm))[SETTLED_PACKETS:]


def words_of(words: str) -> Pcm:
    """The words whose files match the pattern, one after the other, with their pauses."""
    spoken = sum((audio.read(path) for path in sorted(WORDS.glob(words))), array("h"))
    if not spoken:
        raise SystemExit(f"There is no {WORDS / words}: alsa-utils is not installed.")
    return spoken


def _voiced(pcm: Pcm) -> Pcm:
    frames = (pcm[at : at + wire.TICK_SAMPLES] for at in range(0, len(pcm), wire.TICK_SAMPLES))
    return sum((frame for frame in frames if _level(frame) > QUIET), array("h"))


def _level(frame: Pcm) -> float:
    return sqrt(sum(sample * sample for sample in frame) / len(frame)) / 32768
