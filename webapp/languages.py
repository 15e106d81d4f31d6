"""Which language the interface speaks: the one an account chose, else the one that the browser asks for.

English is what templates and code say; any other is a catalogue, and is offered once it is there. What is
said to somebody else than whoever asks is said in their language, with times as it is where they are: see
``speaking`` and ``later``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

import flask_babel
from babel import Locale, negotiate_locale
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations
from flask import Flask, abort, current_app, g, has_app_context, has_request_context, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from markupsafe import Markup

ENGLISH = "en"
CACHED_S = 3600
_BRITISH = Locale("en", "GB")
_NOTHING_ELSE = NullTranslations()


def init_app(app: Flask, directory: Path) -> None:
    """Has pages written in the language of whoever asks for them; the catalogues are in the directory."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(directory))
    app.extensions["chosen_language"] = lambda: None
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    Babel(app, default_locale=ENGLISH, locale_selector=_choose)
    app.jinja_env.globals.update(language=language, _=_shown, gettext=_shown, ngettext=_shown_many)
    app.extensions["template_of_catalogues"] = directory / "messages.pot"
    app.add_url_rule("/words/<tag>.json", "words", _words)


def by_account(app: Flask, chosen: Callable[[], str | None]) -> None:
    """Registers who knows what the account that asks has chosen."""
    app.extensions["chosen_language"] = chosen


def offered() -> list[str]:
    """Returns the languages there are, as tags such as ``pt-BR``, English first."""
    return [ENGLISH, *_catalogues(current_app.config["BABEL_TRANSLATION_DIRECTORIES"])]


@cache
def _catalogues(directories: str) -> tuple[str, ...]:
    found = (path for each in directories.split(";") for path in Path(each).glob("*/LC_MESSAGES/messages.mo"))
    return tuple(sorted({path.parents[1].name.replace("_", "-") for path in found} - {ENGLISH}))


def _words(tag: str) -> ResponseReturnValue:
    """What the scripts of pages say, in a language, by what they say in English."""
    if tag not in offered():
        abort(404)
    said = _said_by_scripts(current_app.extensions["template_of_catalogues"])
    with speaking(tag):
        response = jsonify({message: gettext(message) for message in said})
    response.cache_control.public, response.cache_control.max_age = True, CACHED_S
    return response


@cache
def _said_by_scripts(template: Path) -> tuple[str, ...]:
    with template.open("rb") as file:
        catalogue = read_po(file)
    places = ((str(each.id), [place for place, _line in each.locations]) for each in catalogue if each.id)
    return tuple(message for message, found in places if any(place.endswith(".js") for place in found))


def name_of(tag: str) -> str:
    """Returns what a language calls itself."""
    return (Locale.parse(tag, sep="-").get_display_name() or tag).capitalize()


def language() -> str:
    """Returns the language that is spoken now, as HTML has it."""
    return str(flask_babel.get_locale() or ENGLISH).replace("_", "-")


def locale() -> Locale:
    """Returns how dates and numbers are written in that language. English writes them as in Britain."""
    return _written(flask_babel.get_locale())


@cache
def _written(spoken: Locale | None) -> Locale:
    return _BRITISH if spoken is None or str(spoken) == ENGLISH else spoken


def gettext(message: str, **names: object) -> str:
    """Says a message in the language that is spoken now, with what its ``%(name)s`` stand for.

    That is English outside of an application.
    """
    said = str(_translations().ugettext(message))
    return said % names if names else said


def ngettext(one: str, many: str, num: int, **names: object) -> str:
    """Says the message that fits a number. ``%(num)s`` is that number, as it is written."""
    said = str(_translations().ungettext(one, many, num))
    return said % {"num": number(num), **names}


def _shown(message: str, /, **names: object) -> Markup:
    """Says a message in a template, which has ``%%`` for a sign of its own whatever else it names.

    Jinja's own way there is three calls long, and a page says hundreds of messages.
    """
    said = Markup(_translations().ugettext(message))  # noqa: S704
    return said % names if names or "%" in said else said


def _shown_many(one: str, many: str, count: int, /, **names: object) -> Markup:
    return Markup(_translations().ungettext(one, many, count)) % {"num": count, **names}  # noqa: S704


def _translations() -> NullTranslations:
    """Returns what is said for what, looked up once until another language is spoken."""
    try:
        found = g.get("translations")
    except RuntimeError:  # outside of an application
        return _NOTHING_ELSE
    if found is None:
        found = g.translations = flask_babel.get_translations()
    return cast(NullTranslations, found)


def number(value: float, pattern: str | None = None) -> str:
    """Writes a number: ``1,200``; the pattern is one of CLDR's."""
    return _number(value, pattern, locale())


@lru_cache(4096)
def _number(value: float, pattern: str | None, written: Locale) -> str:
    return format_decimal(value, pattern, written)


def marked(message: str) -> str:
    """Marks a message for translators where it is written down; whoever shows it says it with ``gettext``."""
    return message


def later(message: str, **names: object) -> str:
    """Returns a message that is said when it is shown, in the language of whoever sees it then.

    It stands for a ``str`` wherever one is shown, and is none: ``str()`` says it.
    """
    return cast(str, _Later(message, names))


class _Later:
    """Has no ``__html__``: what its names stand for is escaped as in any other text."""

    def __init__(self, message: str, names: dict[str, object]) -> None:
        self._message, self._names = message, names

    def __str__(self) -> str:
        return gettext(self._message, **self._names)

    def __mod__(self, values: object) -> str:
        """WTForms fills the messages of its validators in."""
        return str(self) % values


@contextmanager
def speaking(tag: str | None, zone: str | None = None) -> Iterator[None]:
    """Has what is said meanwhile said in a language: English for None, and where there is no such.

    ``zone`` is the one that whoever hears it chose to be told times in.
    """
    if not has_app_context():
        yield
        return
    spoken = tag if tag is not None and tag in offered() else ENGLISH
    before, zone_before = g.pop("translations", None), g.get("zone")
    g.zone = zone
    try:
        with flask_babel.force_locale(spoken.replace("-", "_")):
            yield
    finally:
        g.translations, g.zone = before, zone_before


def zone_spoken() -> str | None:
    """Returns the zone that whoever is spoken to chose; None where nobody did."""
    return g.get("zone") if has_app_context() else None


def _choose() -> str:
    if not has_request_context():
        return ENGLISH
    there = offered()
    chosen = None if "cookieless" in g else current_app.extensions["chosen_language"]()
    asked = [tag for tag, weight in request.accept_languages if weight > 0]
    tag = chosen if chosen in there else negotiate_locale(asked, there, sep="-") or ENGLISH
    return str(tag).replace("-", "_")
