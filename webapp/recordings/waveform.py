"""A recording at a glance: bars and turns, from what the recorder wrote beside it. Pure."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

BARS = 240
QUIET = 16
"""A recording in which nothing passes this peak (of 255) is drawn low; any other fills the height."""
PAUSE_MS = 2_000
SHORTEST_MS = 600
_PEAK_MS = 100


@dataclass(frozen=True)
class Spoken:
    """Somebody, by number, spoke from ``start_ms`` to ``end_ms``."""

    person: int
    start_ms: int
    end_ms: int


def parse_turns(ndjson: bytes) -> list[Spoken]:
    """Returns the turns in the order in which they began, without lines that are broken."""
    turns = (_parse(line) for line in ndjson.splitlines())
    return sorted((turn for turn in turns if turn), key=lambda turn: turn.start_ms)


def _parse(line: bytes) -> Spoken | None:
    try:
        turn = Spoken(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    whole = all(type(value) is int for value in (turn.person, turn.start_ms, turn.end_ms))
    return turn if whole and 0 <= turn.start_ms <= turn.end_ms else None


def joined(turns: list[Spoken]) -> list[Spoken]:
    """Returns turns as one would tell of them: over short pauses, and without a mere "mhm"."""
    found: list[Spoken] = []
    latest: dict[int, int] = {}
    for turn in turns:
        at = latest.get(turn.person)
        if at is not None and turn.start_ms - found[at].end_ms < PAUSE_MS:
            found[at] = replace(found[at], end_ms=max(found[at].end_ms, turn.end_ms))
        else:
            latest[turn.person] = len(found)
            found.append(turn)
    return [turn for turn in found if turn.end_ms - turn.start_ms >= SHORTEST_MS]


def bars(peaks: bytes, turns: list[Spoken], count: int = BARS) -> list[tuple[int, int | None]]:
    """Returns at most ``count`` bars: a height of 0 to 100, and who spoke most in that time, if anybody did.

    ``peaks`` has a byte, 0 to 255, for each 100 ms.
    """
    if not peaks:
        return []
    count = min(count, len(peaks))
    edges = [len(peaks) * bar // count for bar in range(count + 1)]
    means = [sum(peaks[a:b]) / (b - a) for a, b in pairwise(edges)]
    loudest = max([*means, QUIET])
    speakers = _speakers([edge * _PEAK_MS for edge in edges], turns)
    return [(round(100 * mean / loudest), speaker) for mean, speaker in zip(means, speakers, strict=True)]


def _speakers(edges_ms: list[int], turns: list[Spoken]) -> list[int | None]:
    """Returns who spoke most between each two edges."""
    count, total_ms = len(edges_ms) - 1, edges_ms[-1]
    spoken: list[Counter[int]] = [Counter() for _ in range(count)]
    for turn in turns:
        first = max(0, turn.start_ms * count // total_ms - 1)
        for bar in range(first, min(count, turn.end_ms * count // total_ms + 2)):
            shared = min(edges_ms[bar + 1], turn.end_ms) - max(edges_ms[bar], turn.start_ms)
            spoken[bar][turn.person] += max(0, shared)
    return [max(who, key=lambda p: who[p]) if +who else None for who in spoken]
