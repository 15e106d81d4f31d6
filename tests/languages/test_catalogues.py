"""What translators may get wrong: a name that is not in the English, or one that is missing."""

import re

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from webapp.app import ROOT

CATALOGUES = sorted((ROOT / "translations").glob("*/LC_MESSAGES/messages.po"))
_MARKUP = re.compile(r"%\(\w+\)s|</?\w+|&\w+;")


def wrong(catalogue: Catalog) -> list[str]:
    """Returns what does not say the same names, in the same markup, as the English."""
    return [
        str(message.id) for message in catalogue if message.id and message.string and not _agrees(message)
    ]


def _agrees(message: Message) -> bool:
    english = message.id if isinstance(message.id, tuple) else (message.id,)
    said = message.string if isinstance(message.string, tuple) else (message.string,)
    allowed = [sorted(_MARKUP.findall(text)) for text in english]
    return all(sorted(_MARKUP.findall(text)) in allowed for text in said if text)


def test_translations_say_the_names_that_the_english_says() -> None:
    for path in CATALOGUES:
        with path.open("rb") as file:
            assert wrong(read_po(file)) == [], path


@pytest.mark.parametrize(
    ("english", "said", "is_wrong"),
    [
        ("%(name)s is live", "%(name)s sendet", False),
        ("%(name)s is live", "%(nome)s sendet", True),
        ("%(name)s is live", "%(name)s sendet %(title)s", True),
        ('<a href="%(url)s">Sign in</a>', '<a href="%(url)s">Anmelden</a>', False),
        ('<a href="%(url)s">Sign in</a>', '<b href="%(url)s">Anmelden</b>', True),
        (("one file", "%(num)s files"), ("eine Datei", "%(num)s Dateien"), False),
        (("one file", "%(num)s files"), ("eine Datei", "%(n)s Dateien"), True),
        ("Sign in", "", False),
    ],
)
def test_a_name_that_differs_is_found(
    english: str | tuple[str, str], said: str | tuple[str, str], is_wrong: bool
) -> None:
    catalogue = Catalog(locale="de")
    catalogue.add(english, said)
    assert bool(wrong(catalogue)) == is_wrong


def test_templates_say_only_what_is_written_in_them() -> None:
    """What ``_()`` returns is taken for markup, as a translation may hold some; ``said`` escapes."""
    for path in (ROOT / "templates").rglob("*.html"):
        assert not re.search(r"\b_\((?![\"'])", path.read_text()), path
