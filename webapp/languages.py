"""Which language the interface speaks: the one an account chose, else the one that the browser asks for.

English is what the templates say; any other is a catalogue, and is offered once it is there.
"""

from collections.abc import Callable
from pathlib import Path

from babel import Locale, negotiate_locale
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale

ENGLISH = "en"


def init_app(app: Flask, directory: Path) -> None:
    """Has pages written in the language of whoever asks for them; the catalogues are in the directory."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(directory))
    app.extensions["chosen_language"] = lambda: None
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    Babel(app, default_locale=ENGLISH, locale_selector=_choose)
    app.jinja_env.globals.update(language=language)


def by_account(app: Flask, chosen: Callable[[], str | None]) -> None:
    """Registers who knows what the account that asks has chosen."""
    app.extensions["chosen_language"] = chosen


def offered() -> list[str]:
    """Returns the languages there are, as tags such as ``pt-BR``, English first."""
    directories = current_app.config["BABEL_TRANSLATION_DIRECTORIES"].split(";")
    catalogues = (path for each in directories for path in Path(each).glob("*/LC_MESSAGES/messages.mo"))
    tags = {path.parents[1].name.replace("_", "-") for path in catalogues}
    return [ENGLISH, *sorted(tags - {ENGLISH})]


def name_of(tag: str) -> str:
    """Returns what a language calls itself."""
    return (Locale.parse(tag, sep="-").get_display_name() or tag).capitalize()


def language() -> str:
    """Returns the language of this answer, as HTML has it."""
    return str(get_locale() or ENGLISH).replace("_", "-")


def _choose() -> str:
    if not has_request_context():
        return ENGLISH
    there = offered()
    chosen = None if "cookieless" in g else current_app.extensions["chosen_language"]()
    asked = [tag for tag, weight in request.accept_languages if weight > 0]
    tag = chosen if chosen in there else negotiate_locale(asked, there, sep="-") or ENGLISH
    return str(tag).replace("-", "_")
