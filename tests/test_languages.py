"""The language of pages: what the account chose, what the browser asks for, and only what there is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from webapp import languages
from webapp.accounts import services
from webapp.accounts.models import User
from webapp.app import ROOT
from webapp.errors import Invalid

SignIn = Callable[[User], FlaskClient]
KEYWORDS = {**DEFAULT_KEYWORDS, "marked": None, "later": None}


@pytest.fixture
def catalogue(app: Flask, tmp_path: Path) -> None:
    """A German of one word."""
    german = Catalog(locale="de")
    german.add("Sign in", "Anmelden")
    path = tmp_path / "translations" / "de" / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, german)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(tmp_path / "translations")
    app.extensions["babel"].translation_directories = [str(tmp_path / "translations")]


def page(browser: FlaskClient, asked: str = "") -> str:
    return browser.get("/spaces", headers={"Accept-Language": asked}).text


@pytest.mark.usefixtures("catalogue")
def test_guest_is_spoken_to_in_what_their_browser_asks_for(client: FlaskClient) -> None:
    german = page(client, "fr, de-AT;q=0.9, en;q=0.5")
    assert '<html lang="de"' in german
    assert "Anmelden</a>" in german
    assert "Sign up</a>" in german  # what is not translated stays English
    assert '<html lang="en"' in page(client, "fr")
    assert "Sign in</a>" in page(client)


@pytest.mark.usefixtures("catalogue")
def test_person_is_spoken_to_in_what_they_chose(alice: User, bob: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    assert ">Deutsch</option>" in browser.get("/settings").text
    assert browser.post("/settings/language", data={"language": "de"}).location == "/settings"
    assert '<html lang="de"' in page(browser, "en")
    assert '<html lang="en"' in page(sign_in(bob), "en")
    assert browser.post("/settings/language", data={"language": ""}).status_code == 303
    assert '<html lang="en"' in page(browser, "en")


@pytest.mark.parametrize("tag", ["de", "xx", "../../etc", "en_US"])
def test_what_there_is_not_is_neither_offered_nor_taken(alice: User, sign_in: SignIn, tag: str) -> None:
    assert languages.offered() == ["en"]
    browser = sign_in(alice)
    assert "/settings/language" not in browser.get("/settings").text
    assert browser.post("/settings/language", data={"language": tag}).status_code == 422
    with pytest.raises(Invalid):
        services.set_language(alice, tag)
    assert '<html lang="en"' in page(browser, tag)


def test_a_choice_whose_catalogue_is_gone_is_passed_over(alice: User, sign_in: SignIn) -> None:
    alice.language = "de"
    assert '<html lang="en"' in page(sign_in(alice), "de")


def test_what_translators_are_given_is_what_is_said() -> None:
    """Words, however they are split into lines, and where they stand: ``make strings``."""
    with (ROOT / "translations" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_is_ours)
    said = {message for _, _, message, _, _ in found}
    with (ROOT / "translations" / "messages.pot").open("rb") as file:
        given = {message.id for message in read_po(file) if message.id}
    assert given == said, "make strings"


def _is_ours(directory: str) -> bool:
    return Path(directory).relative_to(ROOT).parts[0] in ("templates", "webapp")
