"""What somebody writes: how it is cleaned and counted, and whom, what and which spaces it names. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import regex

from webapp.accounts.names import HANDLE, is_shown
from webapp.errors import Invalid
from webapp.languages import gettext as _

CHARACTERS_MAX = 500
"""As people see them: an emoji of a family is one."""
TEXT_MAX = 4 * CHARACTERS_MAX
"""In code points, which is what the database counts."""
MENTIONS_MAX = 10
"""How many people are told of one post."""
TOPIC_MAX = 50
TOPICS_MAX = 10
LINKS_LOOKED_AT = 10
MARKS_IN_A_ROW = 8
"""No script stacks more of them on a letter; who does wants to write over others' lines."""
ONCE = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)

LINK = re.compile(r"https?://[^\s<>\"`]+", re.IGNORECASE)
MENTION = re.compile(r"(?<![\w@/.])@([A-Za-z0-9_]{3,20})(?![\w@])", re.ASCII)
TOPIC = re.compile(rf"(?<![\w#&/])#((?=\w*[^\W\d_])\w{{1,{TOPIC_MAX}}})(?!\w)")
_SPACE = re.compile(r"/spaces/([A-Za-z0-9_-]{22})(?:/.*)?", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,6}", re.ASCII)

_JOINERS = "\u200c\u200d"
"""Persian and Hindi need the one, emoji the other."""
_UNWANTED = ("Cc", "Cf", "Cs", "Co")


@dataclass(frozen=True)
class SpaceLink:
    """A link to a space of this site, and the millisecond of its recording that it names."""

    public_id: str
    start_ms: int | None


def clean_text(text: str) -> str:
    """Returns a post's text, composed (NFC), on lines of which at most one in a row is empty. Invalid.

    What shows nothing or turns text around is dropped; so are marks that pile up.
    """
    if len(text) > 20 * TEXT_MAX:
        raise _too_long()
    composed = unicodedata.normalize("NFC", "\n".join(text.splitlines()))
    lines = [" ".join("".join(_wanted(line)).split()) for line in composed.split("\n")]
    cleaned = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(f"\n {_JOINERS}")
    if not any(is_shown(c) and not c.isspace() for c in cleaned):
        raise Invalid(_("Write something first."))
    if characters(cleaned) > CHARACTERS_MAX or len(cleaned) > TEXT_MAX:
        raise _too_long()
    return cleaned


def _too_long() -> Invalid:
    return Invalid(
        _("A post has at most %(count)s characters. Say it in fewer, or in two posts.", count=CHARACTERS_MAX)
    )


def _wanted(line: str) -> Iterator[str]:
    marks = 0
    for character in line:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category == "Zs" or character == "\t":
            yield " "
        elif marks <= MARKS_IN_A_ROW and (category not in _UNWANTED or character in _JOINERS):
            yield character


def characters(text: str) -> int:
    """Counts what people see as characters (grapheme clusters, UAX 29)."""
    return len(regex.findall(r"\X", text))


def links(text: str) -> list[str]:
    """Returns the addresses in a text, in their order, without the full stop after one."""
    return [trimmed(match[0]) for match in LINK.finditer(text)]


def trimmed(address: str) -> str:
    """Returns an address without what closes the sentence around it."""
    while address:
        last = address[-1]
        unmatched = last == ")" and address.count(")") > address.count("(")
        if not unmatched and last not in ".,;:!?'*_~]}’”»…":
            break
        address = address[:-1]
    return address


def mentions(text: str) -> list[str]:
    """Returns the handles in a text, each once, in their order, but for those in addresses."""
    found = (handle.lower() for handle in MENTION.findall(LINK.sub(" ", text)))
    return [handle for handle in dict.fromkeys(found) if HANDLE.fullmatch(handle)]


def topics(text: str) -> list[str]:
    """Returns the topics in a text, each once and folded, but for those in addresses."""
    found = (topic_key(topic) for topic in TOPIC.findall(LINK.sub(" ", text)))
    return list(dict.fromkeys(found))[:TOPICS_MAX]


def topic_key(topic: str) -> str:
    """Returns what topics that differ in case alone have in common."""
    return unicodedata.normalize("NFC", topic.casefold())[:TOPIC_MAX]


def space_links(text: str, hosts: frozenset[str]) -> list[SpaceLink]:
    """Returns the links to spaces of the site that goes by these host names, in their order."""
    found = (_space_link(address, hosts) for address in links(text)[:LINKS_LOOKED_AT])
    return [link for link in found if link is not None]


def _space_link(address: str, hosts: frozenset[str]) -> SpaceLink | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    space = _SPACE.fullmatch(parts.path)
    if space is None or parts.netloc.lower() not in hosts:
        return None
    asked = parse_qs(parts.query).get("t", [""])[0]
    return SpaceLink(space[1], int(asked) * 1000 if _SECONDS.fullmatch(asked) else None)
