"""A language that nobody speaks: English in other letters. Whatever is still in ours was not translated."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask

from webapp.app import ROOT

TAG = "eo"
"""Babel knows how it counts, and no package that we use brings words of it along."""
_KEPT = re.compile(r"(%\(\w+\)s|%%|<[^>]*>|&\w+;)")
_LETTERS = {ord(a): ord(a) - ord("A") + 0xFF21 for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {
    ord(a): ord(a) - ord("a") + 0xFF41 for a in "abcdefghijklmnopqrstuvwxyz"
}
_ATTRIBUTES = ("aria-label", "aria-valuetext", "title", "placeholder", "alt", "label", "data-head")
_ABOUT = ("description", "og:title", "og:description")
_SILENT = ("script", "style", "code", "pre", "time", "symbol")
"""What holds no words: times are written by Babel, and again by the browser."""
_RUN_TOGETHER = re.compile("[.!?:][\uff21-\uff3a]")
_ADDRESSES = re.compile(
    r"@[\w-]+|(https?://|localhost/)\S*|\S+@\S+\.\w+|%\(\w+\)s|<iframe.*</iframe>|(\b[A-Z2-7]{4}-?){8}"
)
"""Handles, addresses, names of placeholders, and keys for authenticator apps."""


def spoken(message: str) -> str:
    """Writes a message in letters of double width, with its names and its tags as they are."""
    return "".join(
        part if _KEPT.fullmatch(part) else part.translate(_LETTERS) for part in _KEPT.split(message)
    )


def teach(app: Flask, directory: Path) -> None:
    """Has an application offer the language."""
    with (ROOT / "translations" / "messages.pot").open("rb") as file:
        template = read_po(file)
    catalogue = Catalog(locale=TAG)
    for message in template:
        if isinstance(message.id, tuple):
            catalogue.add(message.id, tuple(map(spoken, message.id)))
        elif message.id:
            catalogue.add(message.id, spoken(message.id))
    path = directory / TAG / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(directory)
    app.extensions["babel"].translation_directories = [str(directory)]
    app.extensions["security"].i18n_domain._translation_directories[1] = str(directory)


class _Reader(HTMLParser):
    """Collects what somebody reads or is read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        self.words += [about[name] or "" for name in _ATTRIBUTES if name in about]
        if tag == "meta" and (about.get("name") or about.get("property")) in _ABOUT:
            self.words.append(about.get("content") or "")
        if tag in _SILENT:
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def left_in_english(html: str, data: frozenset[str]) -> Iterator[str]:
    """Yields what of a page or a fragment is in our letters, but for data, or runs together."""
    reader = _Reader()
    reader.feed(html)
    known = re.compile("|".join(sorted(map(re.escape, data), key=len, reverse=True)))
    for text in reader.words:
        rest = known.sub("", _ADDRESSES.sub("", text))
        if re.search("[A-Za-z]{2}", rest) or _RUN_TOGETHER.search(text):
            yield " ".join(text.split())
