"""Text in pictures: the site's own fonts, then what the machine has, then a box for what nothing can draw.

A picture's text is drawn a line at a time, in runs of one font and one direction; HarfBuzz shapes each, if
it is there. Not thread-safe: FreeType is not.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from PIL import ImageFont, features
from PIL.ImageDraw import ImageDraw

from webapp.vendor import NODE_MODULES

Colour = tuple[int, int, int]
ELLIPSIS = "…"
_SCRIPTS = {
    "literata": ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "greek-ext", "vietnamese"),
    "figtree": ("latin", "latin-ext"),
}
_ON_THE_MACHINE = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
)
_BEHIND_AN_EMOJI = re.compile(
    "\u200d[\u2600-\U0010ffff]|(?<=[\U0001f1e6-\U0001f1ff])[\U0001f1e6-\U0001f1ff]"
    "|[\u200c-\u200f\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"
)
"""What makes one picture of several characters, which no font here does: the first stands for all."""
_UNSPACED = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_WORDS = re.compile(rf"\s+|[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_DIRECTIONS = {"L": False, "EN": False, "AN": False, "R": True, "AL": True}
_SHAPES = features.check("raqm") and features.check("fribidi")


@dataclass(frozen=True)
class Run:
    """Characters that one font draws, in one direction; ``font`` is None where none can."""

    font: Path | None
    backwards: bool
    text: str


@dataclass(frozen=True)
class Type:
    """A family at a weight and a size in pixels."""

    family: str
    weight: int
    size: int

    def width(self, text: str) -> float:
        """Returns how wide a line becomes."""
        return sum(self._width(run) for run in runs(self.family, text))

    def draw(self, on: ImageDraw, x: float, baseline: float, text: str, colour: Colour) -> float:
        """Draws a line from ``x`` to the right, and returns where it ends."""
        for run in runs(self.family, text):
            width = self._width(run)
            if run.font is None:
                self._draw_boxes(on, x, baseline, len(run.text), colour)
            else:
                shown = run.text if _SHAPES or not run.backwards else run.text[::-1]
                font = _font(run.font, self.size, self.weight)
                on.text((x, baseline), shown, colour, font, anchor="ls", **_direction(run))
            x += width
        return x

    def wrapped(self, text: str, width: float, n_lines: int) -> list[str] | None:
        """Returns a text on at most so many lines; None when it does not fit. What is too long is broken."""
        lines, line = [], ""
        for word in _words(text):
            for piece in self._pieces(word, width):
                if self.width((line + piece).strip()) <= width:
                    line += piece
                else:
                    lines.append(line.strip())
                    line = piece.lstrip()
        lines.append(line.strip())
        return lines if len(lines) <= n_lines else None

    def cut(self, text: str, width: float) -> str:
        """Returns as much of a line as there is room for."""
        if self.width(text) <= width:
            return text
        while text and self.width(text + ELLIPSIS) > width:
            text = text[:-1].rstrip()
        return text + ELLIPSIS

    def _pieces(self, word: str, width: float) -> Iterator[str]:
        """Yields a word, in parts if it is longer than a line."""
        while self.width(word) > width:
            fits = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or self.width(word[:n]) <= width)
            yield word[:fits]
            word = word[fits:]
        yield word

    def _width(self, run: Run) -> float:
        if run.font is None:
            return 0.72 * self.size * len(run.text)
        return _font(run.font, self.size, self.weight).getlength(run.text, **_direction(run))

    def _draw_boxes(self, on: ImageDraw, x: float, baseline: float, count: int, colour: Colour) -> None:
        step, thick = 0.72 * self.size, max(2, self.size // 20)
        for at in (x + step * number for number in range(count)):
            box = (at + 0.1 * step, baseline - 0.68 * self.size, at + 0.9 * step, baseline)
            on.rounded_rectangle(box, self.size // 8, outline=colour, width=thick)


def is_backwards(text: str) -> bool:
    """Tells whether a text is written from right to left: by its first letter, as UAX #9 rule P2 has it."""
    kinds = (unicodedata.bidirectional(char) for char in text)
    return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)


def runs(family: str, text: str) -> list[Run]:
    """Returns a line in the order in which it is drawn, from left to right."""
    base = is_backwards(text)
    parts = [list(part) for _, part in groupby(_logical(family, text, base), lambda run: run.backwards)]
    in_order = [part[::-1] if part[0].backwards else part for part in parts]
    return [run for part in (in_order[::-1] if base else in_order) for run in part]


def _logical(family: str, text: str, base: bool) -> Iterator[Run]:
    """Yields runs in the order in which they are read."""
    shown = _BEHIND_AN_EMOJI.sub("", text)
    fonts: list[Path | None] = []
    for char in shown:
        fonts.append(fonts[-1] if fonts and unicodedata.combining(char) else _font_with(family, char))
    marked = zip(fonts, _directions(shown, base), shown, strict=True)
    for (font, backwards), chars in groupby(marked, lambda each: each[:2]):
        yield Run(font, backwards, "".join(char for _, _, char in chars))


def _directions(text: str, base: bool) -> list[bool]:
    """Tells of each character whether it goes backwards.

    What has no direction of its own goes with its neighbours if they agree, else with the line (UAX #9, N1
    and N2).
    """
    own = [_DIRECTIONS.get(unicodedata.bidirectional(char)) for char in text]
    before, after = list(_carried(own, base)), list(_carried(own[::-1], base))[::-1]
    return [a if a == b else base for a, b in zip(before, after, strict=True)]


def _carried(own: list[bool | None], base: bool) -> Iterator[bool]:
    latest = base
    for direction in own:
        latest = latest if direction is None else direction
        yield latest


def _words(text: str) -> list[str]:
    """Returns where a line may end: after spaces, and after each character of scripts that write none."""
    return _WORDS.findall(text)


def _direction(run: Run) -> dict[str, Any]:
    return {"direction": "rtl" if run.backwards else "ltr"} if _SHAPES else {}


@lru_cache(4096)
def _font_with(family: str, char: str) -> Path | None:
    return next((path for path in _chain(family) if ord(char) in _characters(path)), None)


@lru_cache(None)
def _chain(family: str) -> list[Path]:
    """Returns the fonts that are asked in turn: the family's, the other's, the machine's."""
    families = [family, *(other for other in _SCRIPTS if other != family)]
    own = [
        NODE_MODULES / f"@fontsource-variable/{each}/files/{each}-{script}-wght-normal.woff2"
        for each in families
        for script in _SCRIPTS[each]
    ]
    return [path for path in (*own, *map(Path, _ON_THE_MACHINE)) if path.exists()]


@lru_cache(None)
def _characters(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(64)
def _font(path: Path, size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, size)
    if path.suffix == ".woff2":
        font.set_variation_by_axes([weight])
    return font
