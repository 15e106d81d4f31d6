"""A post's text as HTML: emphasis, code, lines, links, people and topics, and nothing else. Pure."""

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markupsafe import Markup

from webapp.posts.text import LINK, MENTION, TOPIC, topic_key, trimmed

SHOWN_OF_A_LINK = 32
_REMEMBERED = 4096


@lru_cache(_REMEMBERED)
def rendered(text: str) -> Markup:
    """Returns HTML that may stand in any page. What a cleaner takes out was never meant to be in."""
    return Markup(  # noqa: S704
        nh3.clean(
            _MARKDOWN.render(text),
            tags={"p", "br", "em", "strong", "code", "a"},
            attributes={"a": {"href", "target"}},
            url_schemes={"http", "https"},
            link_rel="nofollow noopener ugc",
        )
    )


def _address(state: StateInline, silent: bool) -> bool:
    """An address, from the colon on: what is before it waits already to be written as text."""
    scheme = re.search(r"https?$", state.pending, re.IGNORECASE)
    if state.linkLevel or state.src[state.pos] != ":" or scheme is None:
        return False
    match = LINK.match(state.src, state.pos - len(scheme[0]))
    address = trimmed(match[0]) if match else ""
    if not _leads_somewhere(address):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        _push(state, address, _short(address), elsewhere=True)
    state.pos += len(address) - len(scheme[0])
    return True


def _name(state: StateInline, silent: bool) -> bool:
    """``@somebody`` or ``#something``."""
    named = {"@": (MENTION, _person), "#": (TOPIC, _topic)}.get(state.src[state.pos])
    match = named[0].match(state.src, state.pos) if named else None
    if state.linkLevel or named is None or match is None:
        return False
    if not silent:
        _push(state, named[1](match[1]), match[0])
    state.pos += len(match[0])
    return True


def _person(handle: str) -> str:
    return f"/@{handle.lower()}"


def _topic(topic: str) -> str:
    return f"/topics/{quote(topic_key(topic))}"


def _leads_somewhere(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False


def _short(address: str) -> str:
    shown = re.sub(r"^https?://(www\.)?|/$", "", address, flags=re.IGNORECASE)
    return shown if len(shown) <= SHOWN_OF_A_LINK else f"{shown[: SHOWN_OF_A_LINK - 1]}…"


def _push(state: StateInline, address: str, words: str, elsewhere: bool = False) -> None:
    opening = state.push("link_open", "a", 1)
    opening.attrs = {"href": address}
    if elsewhere:
        opening.attrSet("target", "_blank")
    state.push("text", "", 0).content = words
    state.push("link_close", "a", -1)


def _markdown() -> MarkdownIt:
    """Nothing but paragraphs, and within them what is enabled here."""
    markdown = MarkdownIt("zero", {"breaks": True, "html": False})
    markdown.enable(["newline", "escape", "backticks", "emphasis"])
    markdown.inline.ruler.before("newline", "address", _address)
    markdown.inline.ruler.before("newline", "name", _name)
    return markdown


_MARKDOWN = _markdown()
