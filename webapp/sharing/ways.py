"""How people pass a link on: to other networks, as a code for a phone, in the HTML of another site. Pure."""

import io
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

import qrcode
from qrcode.image.svg import SvgPathFillImage

_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6})", re.ASCII)


@dataclass(frozen=True)
class Way:
    """A place where a link can be passed on, and the address that begins to do so."""

    name: str
    address: str


def ways(link: str, title: str) -> list[Way]:
    """Returns where a link can be passed on. None of them learns of it before somebody follows one.

    Mastodon's own page asks the reader for their server; what is behind ``#`` stays in the browser.
    """
    url, text, both = quote(link, safe=""), quote(title, safe=""), quote(f"{title} {link}", safe="")
    return [
        Way("Mastodon", f"https://share.joinmastodon.org/#text={both}"),
        Way("Bluesky", f"https://bsky.app/intent/compose?text={both}"),
        Way("X", f"https://x.com/intent/post?text={text}&url={url}"),
        Way("WhatsApp", f"https://wa.me/?text={both}"),
        Way("Telegram", f"https://t.me/share/url?url={url}&text={text}"),
        Way("E-mail", f"mailto:?subject={text}&body={url}"),
    ]


def second_in(text: str) -> int:
    """Reads a place in a recording: ``90``, ``1:30``, ``1:02:03``; 0 for anything else."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return 0
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return 3600 * hours + 60 * minutes + seconds


def from_second(link: str, second: int) -> str:
    """Returns a link that begins to play at a second."""
    return f"{link}?t={second}" if second else link


@lru_cache(256)
def code_of(link: str) -> bytes:
    """Returns a link as a QR code, in SVG."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=3, box_size=10)
    code.add_data(link)
    buffer = io.BytesIO()
    code.make_image(SvgPathFillImage).save(buffer)
    return buffer.getvalue()
