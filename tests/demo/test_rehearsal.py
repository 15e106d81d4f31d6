"""The real core, on a stepped clock."""

from array import array

import opuslib

from webapp.bot import audio, ogg
from webapp.demo import rehearsal


def square(n_ticks, period):
    """Something loud; a small period is a high tone."""
    return array("h", ([8000] * period + [-8000] * period) * (n_ticks * 960 // (2 * period)))


def loudness(path):
    """RMS of each half second of a file."""
    decoder = opuslib.Decoder(48_000, 1)
    pcm = array("h", b"".join(decoder.decode(packet, 960) for packet in ogg.demux(path.read_bytes()).packets))
    halves = [pcm[at : at + 24_000] for at in range(0, len(pcm) - 23_999, 24_000)]
    return [(sum(sample * sample for sample in half) / len(half)) ** 0.5 for half in halves]


def test_two_who_take_turns_are_recorded_together_and_apart(tmp_path):
    first, second = (list(audio.encode(square(100, period))) for period in (40, 60))
    silence = [None] * 100
    length_ms = rehearsal.record(
        tmp_path, [(7, "track-7.opus", first + silence), (8, "track-8.opus", silence + second)]
    )
    assert 4_000 <= length_ms <= 4_100
    mix, own = loudness(tmp_path / "mix.opus"), loudness(tmp_path / "track-7.opus")
    assert all(level > 1_000 for level in (mix[1], mix[2], mix[5], mix[6]))
    assert own[1] > 1_000
    assert all(level < 100 for level in own[5:])
    assert (tmp_path / "turns.ndjson").read_text().count("\n") == 2
