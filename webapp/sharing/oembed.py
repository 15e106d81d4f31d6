"""What a site that shows one of our links is told (https://oembed.com, version 1.0). Pure."""

from html import escape

from webapp.sharing.drawing import HEIGHT, WIDTH
from webapp.sharing.preview import Offer, Preview
from webapp.sharing.ways import from_second

PLAYER_WIDTH, PLAYER_HEIGHT = 480, 200
MIN_WIDTH, MIN_HEIGHT = 200, 120
"""A player is never smaller: who has less room shows a link."""


def described(
    preview: Preview, site: str, picture: str, most_width: int | None = None, most_height: int | None = None
) -> dict[str, object]:
    """Returns the answer: a player where there is room for one, else a link. ``site`` is our address."""
    author = preview.author
    answer: dict[str, object] = {
        "version": "1.0",
        "type": "link",
        "title": preview.title,
        "provider_name": "Parley",
        "provider_url": site,
        "cache_age": preview.keep_s,
    }
    if author:
        answer |= {"author_name": author.name}
        answer |= {"author_url": f"{site}/@{author.handle}"} if author.has_profile else {}
    if _fits(WIDTH, most_width) and _fits(HEIGHT, most_height):
        answer |= {"thumbnail_url": picture, "thumbnail_width": WIDTH, "thumbnail_height": HEIGHT}
    width, height = _within(PLAYER_WIDTH, most_width), _within(PLAYER_HEIGHT, most_height)
    if preview.offer == Offer.PLAYER and width >= MIN_WIDTH and height >= MIN_HEIGHT:
        frame = iframe(preview, site, width, height)
        answer |= {"type": "rich", "html": frame, "width": width, "height": height}
    return answer


def iframe(
    preview: Preview, site: str, width: int = PLAYER_WIDTH, height: int = PLAYER_HEIGHT, second: int = 0
) -> str:
    """Returns the HTML that shows a page's player elsewhere, and begins to play a recording at a second."""
    source = from_second(site + preview.embed, second)
    return (
        f'<iframe src="{escape(source)}" title="{escape(preview.shown_as)}" width="{width}"'
        f' height="{height}" frameborder="0" loading="lazy" allow="autoplay"></iframe>'
    )


def _fits(size: int, most: int | None) -> bool:
    return most is None or size <= most


def _within(size: int, most: int | None) -> int:
    return size if most is None else min(size, most)
