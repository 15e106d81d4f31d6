"""The site's colours as pictures need them: OKLCH, as in its stylesheet, to sRGB (CSS Color 4). Pure."""

from math import cos, radians, sin

from webapp.templating import HUE_CLASSES

Colour = tuple[int, int, int]
_HUES = (
    50, 58, 66, 75, 83, 91, 99, 108, 116, 124, 132, 140, 149, 157, 165, 173, 182, 190,
    198, 206, 214, 223, 231, 239, 247, 256, 264, 272, 280, 288, 297, 305, 313, 321, 330, 338,
)  # fmt: skip


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """Returns the nearest colour of sRGB, 0 to 255 each."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _encoded(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _encoded(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _encoded(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Returns a colour between two; ``share`` of it, 0 to 1, is the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def angle(hue: int) -> int:
    """Returns the angle at which a person's hue is shown: the stylesheet's ``.hue-…``, never near red."""
    return _HUES[round(hue / 10) % HUE_CLASSES]


def _encoded(linear: float) -> int:
    inside = min(max(linear, 0.0), 1.0)
    value = 12.92 * inside if inside <= 0.0031308 else 1.055 * inside ** (1 / 2.4) - 0.055
    return round(255 * value)
