"""Lines made audible: by espeak-ng, or else by the words that alsa-utils brings."""

import shutil
import subprocess
import tempfile
from array import array
from itertools import cycle
from pathlib import Path

from webapp.bot import audio
from webapp.bot.audio import RATE_HZ, Pcm
from webapp.demo.script import LINES, Part

ALSA_WORDS = Path("/usr/share/sounds/alsa")
NOT_A_WORD = "Noise.wav"


class NoVoice(Exception):
    """Nothing on this machine can speak."""


def lines() -> list[tuple[Part, Pcm]]:
    """The whole conversation, line by line, at 48 kHz. Raises NoVoice."""
    if espeak := shutil.which("espeak-ng"):
        return [(part, _say(espeak, part, text)) for part, text in LINES]
    words = sorted(path for path in ALSA_WORDS.glob("*.wav") if path.name != NOT_A_WORD)
    if not words:
        raise NoVoice("The demo needs espeak-ng, or the sounds of alsa-utils; neither is installed.")
    return [(part, _word(path, part)) for (part, _), path in zip(LINES, cycle(words), strict=False)]


def _say(espeak: str, part: Part, text: str) -> Pcm:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run([espeak, "-v", part.voice, "-s", "155", "-w", file.name, text], check=True)  # noqa: S603
        return audio.read(Path(file.name))


def _word(path: Path, part: Part) -> Pcm:
    pcm = array("h", audio.read(path))
    return audio.resample(pcm, round(RATE_HZ * part.pitch))
