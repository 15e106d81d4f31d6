"""What one may react with, pin and remember, and what each looks like. Pure."""

from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from webapp.errors import Invalid
from webapp.languages import gettext as _
from webapp.languages import marked, number
from webapp.spaces.states import one_line

LINK_TITLE_MAX = 70
ADDRESS_MAX = 2_000
NOTE_MAX = 80


class Kind(StrEnum):
    """A reaction. Each has an icon of the same name."""

    HEART = "heart"
    CLAP = "clap"
    LAUGH = "laugh"
    WOW = "wow"
    CHEER = "cheer"
    AGREE = "agree"


NAMES = {
    Kind.HEART: marked("Love it"),
    Kind.CLAP: marked("Applause"),
    Kind.LAUGH: marked("Laughter"),
    Kind.WOW: marked("Wow"),
    Kind.CHEER: marked("Hooray"),
    Kind.AGREE: marked("I agree"),
}


class PinKind(StrEnum):
    """What is pinned."""

    LINK = "link"


def clean_kind(text: str) -> Kind:
    """Returns one of the kinds. Invalid otherwise."""
    try:
        return Kind(text)
    except ValueError as error:
        raise Invalid(_("Choose one of the reactions.")) from error


def clean_note(text: str) -> str:
    """Returns a note on one line, of up to 80 characters; it may be empty. Invalid otherwise."""
    note = one_line(text)
    if len(note) > NOTE_MAX:
        raise Invalid(_("A note has at most %(count)s characters.", count=NOTE_MAX))
    return note


def clean_address(text: str) -> str:
    """Returns the address of a page on the web, its host in ASCII, so that none can pose as another. Invalid.

    Nobody ever fetches it but whoever follows the link, with their own browser.
    """
    address = text.strip()
    if len(address) > ADDRESS_MAX:
        raise Invalid(_("A link has at most %(count)s characters.", count=number(ADDRESS_MAX)))
    if not address.isprintable() or " " in address or "\\" in address:
        raise Invalid(_("A link has no spaces in it. Copy it as it stands in your browser."))
    try:
        parts = urlsplit(address)
        host = _host(parts)
    except ValueError as error:
        raise Invalid(_("That is not a link. Copy it as it stands in your browser.")) from error
    if parts.scheme not in ("http", "https") or not host:
        raise Invalid(_("A link begins with https:// or http://."))
    if "@" in parts.netloc:
        raise Invalid(_("A link has no name or password in it."))
    return parts._replace(netloc=host).geturl()


def _host(parts: SplitResult) -> str:
    """Returns host and port, as browsers ask for them. ValueError."""
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name.encode("idna").decode() if name else ""
    return host if parts.port is None else f"{host}:{parts.port}"


def domain(address: str) -> str:
    """Returns where a clean address leads, as it is shown beside the title."""
    return urlsplit(address).netloc.removeprefix("www.")


def clean_link_title(text: str, address: str) -> str:
    """Returns a title of up to 70 characters: the domain where there is none. Invalid."""
    title = one_line(text)
    if len(title) > LINK_TITLE_MAX:
        raise Invalid(_("A title has at most %(count)s characters.", count=LINK_TITLE_MAX))
    return title or domain(address)[:LINK_TITLE_MAX]
