"""Speech files into Opus packets, by opuslib; all before anyone talks, never on the live path."""

import math
import shutil
import subprocess
import wave
from array import array
from collections.abc import Iterator
from fractions import Fraction
from operator import mul
from pathlib import Path
from typing import TypeAlias

import opuslib

from webapp.bot.wire import TICK_SAMPLES

RATE_HZ = 48_000
BITRATE = 32_000
SINC_LOBES = 8
Pcm: TypeAlias = "array[int]"


class AudioError(Exception):
    """A file that cannot be read as sound."""


def read(path: Path) -> Pcm:
    """Mono 16-bit samples at 48 kHz of a WAV file, or of anything ffmpeg reads. Raises AudioError."""
    try:
        with wave.open(str(path)) as file:
            if file.getsampwidth() == 2:
                return _read_wave(file)
    except (wave.Error, EOFError):
        pass
    except OSError as error:
        raise AudioError(f"{path} cannot be opened: {error.strerror}.") from error
    return _read_by_ffmpeg(path)


def _read_wave(file: wave.Wave_read) -> Pcm:
    interleaved = array("h", file.readframes(file.getnframes()))
    n_channels = file.getnchannels()
    frames = zip(*[iter(interleaved)] * n_channels, strict=True)
    mono = interleaved if n_channels == 1 else array("h", (sum(frame) // n_channels for frame in frames))
    return resample(mono, file.getframerate())


def _read_by_ffmpeg(path: Path) -> Pcm:
    ffmpeg = shutil.which("ffmpeg")
    if not ffmpeg:
        raise AudioError(f"{path} is no 16-bit WAV file; the others need ffmpeg, which is not installed.")
    wanted = f"-f s16le -ac 1 -ar {RATE_HZ} -".split()
    done = subprocess.run(  # noqa: S603
        [ffmpeg, "-nostdin", "-v", "error", "-i", path, *wanted], capture_output=True, check=False
    )
    if done.returncode:
        raise AudioError(f"{path} cannot be read: {done.stderr.decode(errors='replace').strip()}")
    return array("h", done.stdout)


def resample(pcm: Pcm, rate_hz: int) -> Pcm:
    """Brings samples to 48 kHz by windowed-sinc interpolation."""
    if rate_hz == RATE_HZ:
        return pcm
    ratio = Fraction(RATE_HZ, rate_hz)
    cutoff = min(1.0, float(ratio))
    half = math.ceil(SINC_LOBES / cutoff)
    taps = [_taps(phase / ratio.numerator, cutoff, half) for phase in range(ratio.numerator)]
    padded = [0.0] * half + [float(sample) for sample in pcm] + [0.0] * half
    out = array("h")
    for n in range(int(len(pcm) * ratio)):
        at, phase = divmod(n * ratio.denominator, ratio.numerator)
        value = round(sum(map(mul, taps[phase], padded[at + 1 : at + 1 + 2 * half])))
        out.append(max(-32768, min(32767, value)))
    return out


def _taps(phase: float, cutoff: float, half: int) -> list[float]:
    """Weights of 2 * half samples around a point that lies `phase` samples behind the half-th."""
    distances = [k - (half - 1) - phase for k in range(2 * half)]
    weights = [_sinc(cutoff * t) * (0.5 + 0.5 * math.cos(math.pi * t / half)) for t in distances]
    return [weight / sum(weights) for weight in weights]


def _sinc(x: float) -> float:
    return math.sin(math.pi * x) / (math.pi * x) if x else 1.0


def frames(pcm: Pcm) -> Iterator[bytes]:
    """Cuts samples into frames of 20 ms, the last filled with silence: opuslib reads past a short one."""
    data = pcm.tobytes()
    size = TICK_SAMPLES * pcm.itemsize
    for start in range(0, len(data), size):
        yield data[start : start + size].ljust(size, b"\0")


def encode(pcm: Pcm) -> Iterator[bytes]:
    """Opus packets of 20 ms."""
    encoder = opuslib.Encoder(RATE_HZ, 1, opuslib.APPLICATION_VOIP)
    encoder.bitrate = BITRATE
    for frame in frames(pcm):
        yield encoder.encode(frame, TICK_SAMPLES)
