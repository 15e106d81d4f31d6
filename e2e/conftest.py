"""What every journey shares: Debian's Chromium, a server, and people with browsers of their own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from e2e.hearing import Voice
from e2e.people import CHROMIUM, PATIENCE_MS, Person
from e2e.server import Server

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(**CHROMIUM)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def person(browser: Browser, server: Server) -> Iterator[Callable[..., Person]]:
    """Makes someone with a browser of their own: person("Ada", Voice.A)."""
    contexts = []

    def make(name: str, voice: Voice | None = None, kind: type[Person] = Person, **options: Any) -> Person:
        contexts.append(browser.new_context(**{"reduced_motion": "reduce"} | options))
        return kind(contexts[-1], server.address, name, voice)

    yield make
    for context in contexts:
        context.close()
