"""The pictures that other sites show of a page: a room at dusk, with its title and the faces on the stage.

Nothing here is looked up: what is drawn is a ``Preview``. One picture at a time (``pictures``).
"""

import io
from functools import lru_cache

from PIL import Image
from PIL.ImageDraw import Draw, ImageDraw

from webapp.languages import ngettext
from webapp.sharing.colours import Colour, angle, mixed, oklch
from webapp.sharing.fonts import Type, is_backwards
from webapp.sharing.preview import Preview, Scene
from webapp.spaces.shown import Person

WIDTH, HEIGHT = 1200, 630
COVER = 1400
DESIGN = "1"
"""Changes with what pictures look like: those that others keep are then drawn anew."""
FACES = 7
MARGIN = 72
HORIZON = 438
TITLE_LINES = 3
_FINE = 4

_INK = oklch(0.94, 0.014, 75)
_SOFT = oklch(0.77, 0.022, 60)
_LAMP = oklch(0.82, 0.14, 76)
_ON_LAMP = oklch(0.25, 0.05, 50)
_REC = oklch(0.72, 0.17, 24)
_ON_REC = oklch(0.17, 0.05, 20)
_LINE = oklch(0.42, 0.03, 325)
_SKY = {
    Scene.LIVE: (oklch(0.235, 0.045, 300), oklch(0.4, 0.085, 350), oklch(0.6, 0.135, 56)),
    Scene.RECORDED: (oklch(0.225, 0.04, 300), oklch(0.345, 0.062, 345), oklch(0.52, 0.115, 48)),
    Scene.PLANNED: (oklch(0.245, 0.045, 285), oklch(0.35, 0.055, 325), oklch(0.5, 0.09, 62)),
    Scene.OVER: (oklch(0.25, 0.012, 320), oklch(0.3, 0.016, 320), oklch(0.36, 0.016, 330)),
    Scene.WRITTEN: (oklch(0.235, 0.03, 310), oklch(0.31, 0.04, 335), oklch(0.44, 0.075, 40)),
}
_FLOOR = oklch(0.2, 0.026, 318)


def drawn(preview: Preview) -> bytes:
    """Returns a page's picture, 1200 × 630, as PNG."""
    picture = _room(preview.scene).copy()
    on = Draw(picture)
    _draw_state(on, preview)
    _draw_title(on, preview.shown_as)
    _draw_people(picture, on, preview)
    return _png(picture)


def cover(person: Person, words: str) -> bytes:
    """Returns the square picture of what somebody hosts, 1400 × 1400, as PNG."""
    picture = _sky(COVER, COVER, 1000, (COVER // 2, 1000), 560, Scene.LIVE)
    on = Draw(picture)
    _draw_face(picture, person, (COVER // 2, 640), 250, rings=1)
    name = Type("literata", 550, 110)
    _centred(on, name, person.name, 1150, _INK)
    _centred(on, Type("figtree", 500, 54), words, 1240, _SOFT)
    _draw_mark(on, COVER // 2 - 118, 1290, 64)
    Type("literata", 550, 56).draw(on, COVER // 2 - 36, 1340, "Parley", _INK)
    return _png(picture)


# The room


@lru_cache(len(Scene))
def _room(scene: Scene) -> Image.Image:
    picture = _sky(WIDTH, HEIGHT, HORIZON, (980, HORIZON), 230, scene)
    on = Draw(picture)
    _draw_mark(on, WIDTH - MARGIN - 186, 60, 52)
    Type("literata", 550, 44).draw(on, WIDTH - MARGIN - 122, 101, "Parley", _INK)
    return picture


def _sky(
    width: int, height: int, horizon: int, sun: tuple[int, int], radius: int, scene: Scene
) -> Image.Image:
    """Returns an evening: the sky, a sun that has half set with rings around it, and the floor."""
    high, low, glow = _SKY[scene]
    picture = Image.new("RGB", (width, height), _FLOOR)
    on = Draw(picture)
    for y in range(horizon):
        on.line((0, y, width, y), mixed(high, low, (y / horizon) ** 1.4))
    for number, share in ((4, 0.10), (3, 0.16), (2, 0.24), (1, 0.36)):
        _disc(picture, sun, radius * (1 + 0.42 * number), glow, share * 0.55, horizon)
    _disc(picture, sun, radius, glow, 0.75, horizon)
    on.line((0, horizon, width, horizon), mixed(glow, _INK, 0.35), 3)
    return picture


def _disc(
    picture: Image.Image, centre: tuple[int, int], radius: float, colour: Colour, share: float, horizon: int
) -> None:
    """Lays a disc over the sky; what is below the horizon is not seen."""
    x, y = centre
    mask = Image.new("L", (picture.width, horizon))
    left, top = round(x - radius), round(y - radius)
    disc = _circle(round(2 * radius)).point(lambda value: round(value * share))
    mask.paste(disc, (left, top))
    picture.paste(colour, (0, 0), mask)


# What is said


def _draw_state(on: ImageDraw, preview: Preview) -> None:
    """Draws the pills at the top: live, recorded, planned or over, and what more there is to say."""
    x: float = MARGIN
    live = preview.scene == Scene.LIVE
    x = _pill(on, x, preview.label, _LAMP if live else None, _ON_LAMP if live else _INK)
    if preview.rec:
        x = _pill(on, x, "REC", _REC, _ON_REC, dot=True)
    if preview.details:
        words = Type("figtree", 500, 30)
        words.draw(on, x + 4, 96, words.cut(preview.details, WIDTH - MARGIN - 220 - x), _SOFT)


def _pill(
    on: ImageDraw, x: float, text: str, fill: Colour | None, colour: Colour, dot: bool = False
) -> float:
    """Draws a word in a pill, and returns where the next thing may begin."""
    words = Type("figtree", 650, 28)
    width = words.width(text) + 48 + (30 if dot else 0)
    on.rounded_rectangle((x, 60, x + width, 112), 26, fill, None if fill else _LINE, 0 if fill else 2)
    at = x + 24
    if dot:
        on.ellipse((at, 78, at + 16, 94), colour)
        at += 30
    words.draw(on, at, 96, text, colour)
    return x + width + 16


def _draw_title(on: ImageDraw, title: str) -> None:
    width = WIDTH - 2 * MARGIN
    for size in (92, 80, 68, 58, 50):
        words = Type("literata", 520, size)
        lines = words.wrapped(title, width, 2 if size > 80 else TITLE_LINES)
        if lines is not None:
            break
    else:
        lines = [*(words.wrapped(title, width, 99) or [])[: TITLE_LINES - 1], ""]
        lines[-1] = words.cut(title[len("".join(lines)) :].strip(), width)
    step = round(words.size * 1.16)
    baseline = 128 + (HORIZON - 128 - 30 - step * len(lines)) // 2 + round(words.size * 0.95)
    for number, line in enumerate(lines):
        x = WIDTH - MARGIN - words.width(line) if is_backwards(title) else MARGIN
        words.draw(on, x, baseline + number * step, line, _INK)


def _draw_people(picture: Image.Image, on: ImageDraw, preview: Preview) -> None:
    """Draws the faces in a row on the floor, the host's first and larger, and who they are."""
    if not preview.people:
        return
    shown, y = preview.people[:FACES], 534
    live = preview.scene == Scene.LIVE
    x = MARGIN + 56
    _draw_face(picture, shown[0], (x, y), 54, rings=2 if live else 1)
    for person in shown[1:]:
        x += 100 if person is shown[1] else 84
        _draw_face(picture, person, (x, y), 36, rings=1)
    x += 84 if len(shown) == 1 else 62
    room = WIDTH - MARGIN - x
    Type("figtree", 600, 34).draw(on, x, y - 4, _cut(shown[0].name, 600, 34, room), _INK)
    Type("figtree", 450, 28).draw(on, x, y + 36, _cut(_who(preview), 450, 28, room), _SOFT)


def _who(preview: Preview) -> str:
    """Says what the first face is, or how many are not shown."""
    others = len(preview.people) - 1
    handle = f"@{preview.people[0].handle}"
    if not others:
        return handle
    return ngettext("%(handle)s with %(num)s other", "%(handle)s with %(num)s others", others, handle=handle)


def _cut(text: str, weight: int, size: int, width: float) -> str:
    return Type("figtree", weight, size).cut(text, width)


def _centred(on: ImageDraw, words: Type, text: str, baseline: int, colour: Colour) -> None:
    line = words.cut(text, COVER - 2 * MARGIN)
    words.draw(on, (COVER - words.width(line)) / 2, baseline, line, colour)


# Faces


def _draw_face(
    picture: Image.Image, person: Person, centre: tuple[int, int], radius: int, rings: int
) -> None:
    """Draws a face as the site does: initials on the person's colour, in rings of their voice."""
    hue = angle(person.hue)
    voice = oklch(0.77, 0.115, hue)
    x, y = centre
    gap, thick = max(4, radius // 9), max(3, radius // 12)
    for number in range(rings, 0, -1):
        outer = radius + number * (gap + thick)
        floor = mixed(_FLOOR, voice, 1.0 if number == 1 else 0.55 / number)
        _paste(picture, _ring(outer, thick), centre, floor)
    low, high = oklch(0.7, 0.1, hue + 25), oklch(0.78, 0.105, hue)
    shade = Image.linear_gradient("L").resize((2 * radius, 2 * radius))
    face = Image.composite(Image.new("RGB", shade.size, low), Image.new("RGB", shade.size, high), shade)
    picture.paste(face, (x - radius, y - radius), _circle(2 * radius))
    words = Type("figtree", 650, round(radius * 0.78))
    width = words.width(person.initials)
    words.draw(Draw(picture), x - width / 2, y + radius * 0.28, person.initials, oklch(0.24, 0.05, hue + 12))


def _paste(picture: Image.Image, mask: Image.Image, centre: tuple[int, int], colour: Colour) -> None:
    x, y = centre
    picture.paste(colour, (x - mask.width // 2, y - mask.height // 2), mask)


@lru_cache(64)
def _circle(size: int) -> Image.Image:
    """Returns the mask of a disc with smooth edges."""
    fine = _FINE if size < 400 else 2
    large = Image.new("L", (size * fine, size * fine))
    Draw(large).ellipse((0, 0, size * fine - 1, size * fine - 1), 255)
    return large.resize((size, size), Image.Resampling.BOX)


@lru_cache(64)
def _ring(radius: int, thick: int) -> Image.Image:
    size = 2 * radius * _FINE
    large = Image.new("L", (size, size))
    Draw(large).ellipse((0, 0, size - 1, size - 1), None, 255, thick * _FINE)
    return large.resize((2 * radius, 2 * radius), Image.Resampling.BOX)


def _draw_mark(on: ImageDraw, x: float, y: float, size: float) -> None:
    """Draws the site's mark: a sun on the horizon, and an arc of sky."""
    unit = size / 32
    thick = max(2, round(2.1 * unit))

    def box(radius: float) -> tuple[float, float, float, float]:
        left, top = x + (16 - radius) * unit, y + (22.5 - radius) * unit
        return left, top, left + 2 * radius * unit, top + 2 * radius * unit

    on.arc(box(11.5), 180, 360, oklch(0.66, 0.08, 335), thick)
    on.pieslice(box(6.5), 180, 360, _LAMP)
    on.line((x + 2 * unit, y + 26.75 * unit, x + 30 * unit, y + 26.75 * unit), _INK, thick)


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=2)
    return buffer.getvalue()
