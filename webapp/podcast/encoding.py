"""A recording as podcast players play it: AAC in an M4A file, as loud as other podcasts.

A program of its own, so that an hour of encoding takes nothing from live rooms, and a file that breaks the
decoder breaks nothing else: ``python -m webapp.podcast.encoding SOURCE TARGET``.
"""

import json
import os
import sys
from collections.abc import Iterator
from typing import cast

import av
from av.audio.frame import AudioFrame
from av.filter import Graph
from av.filter.loudnorm import stats

LOUDNESS_LUFS = -16.0
"""What Apple asks of podcasts."""
PEAK_DBTP = -1.5
QUIET_LUFS = -50.0
"""What is quieter than this is silence, and stays it."""
BITRATE = 64_000
NICENESS = 19


def encode(source: str, target: str) -> None:
    """Writes a file that can be played while it is loaded. The same source makes the same file."""
    gain_db = _gain_db(source)
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(source) as read, av.open(target, "w", format="ipod", options=options) as written:
        sound = read.streams.audio[0]
        out = written.add_stream("aac", rate=48_000, layout="mono", bit_rate=BITRATE)
        out.codec_context.options = {"aac_coder": "fast", "flags": "+bitexact"}
        for frame in _louder(read.decode(sound), sound, gain_db):
            written.mux(out.encode(frame))
        written.mux(out.encode(None))


def gain_for(loudness_lufs: float, peak_dbtp: float) -> float:
    """Returns by how many decibels a recording is raised or lowered as a whole: never into its peaks."""
    if loudness_lufs < QUIET_LUFS:
        return 0.0
    return round(min(LOUDNESS_LUFS - loudness_lufs, PEAK_DBTP - peak_dbtp), 2)


def _gain_db(source: str) -> float:
    """Measures a whole recording (EBU R 128)."""
    with av.open(source) as read:
        measured = json.loads(stats(f"i={LOUDNESS_LUFS}:tp={PEAK_DBTP}", read.streams.audio[0]))
    return gain_for(float(measured["input_i"]), float(measured["input_tp"]))


def _louder(frames: Iterator[AudioFrame], sound: av.AudioStream, gain_db: float) -> Iterator[AudioFrame]:
    graph = Graph()
    steps = (
        graph.add_abuffer(template=sound),
        graph.add("volume", f"{gain_db}dB"),
        graph.add("aformat", "sample_fmts=fltp:channel_layouts=mono:sample_rates=48000"),
        graph.add("abuffersink"),
    )
    graph.link_nodes(*steps).configure()
    for frame in _with_end(frames):
        graph.push(frame)
        yield from _ready(graph)


def _with_end(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame | None]:
    yield from frames
    yield None


def _ready(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            yield cast(AudioFrame, graph.pull())
        except (av.BlockingIOError, av.EOFError):
            return


if __name__ == "__main__":
    os.nice(NICENESS)
    encode(*sys.argv[1:3])
