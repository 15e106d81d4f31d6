"""Debian's Firefox talks and listens like any other browser."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from e2e.hearing import Voice
from e2e.people import Person
from e2e.sound import sound_server

FIREFOX = {
    "channel": "moz-firefox",
    "executable_path": "/usr/bin/firefox-esr",
    "firefox_user_prefs": {
        "media.navigator.streams.fake": True,
        "media.navigator.permission.disabled": True,
        "media.autoplay.default": 0,
    },
}

LEFT_BEHIND = "A ServiceWorker intercepted the request"
"""What Firefox says of an icon that was still on its way when somebody left the page."""


@pytest.fixture(scope="module")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    directory: Path = tmp_path_factory.mktemp("sound")
    directory.chmod(0o700)
    with sound_server(directory) as environment:
        browser = playwright.firefox.launch(**FIREFOX, env={**os.environ, **environment})
        yield browser
        browser.close()


def test_firefox_talks_to_firefox(person: Callable[..., Person]) -> None:
    ada = person("Ada", Voice.A).signs_up()
    address = ada.opens_space("From one fox to another", record=False)
    ada.listens().unmutes()  # while in front: Firefox names no device to a page that nobody sees
    ben = person("Ben").goes_to(address).listens()
    expect(ben.seat_of(ada)).to_have_attribute("data-muted", "0")
    ben.hears_voice(Voice.A)
    ada.ends_space()
    expect(ben.space).to_have_attribute("data-state", "ended")
    assert [error for each in (ada, ben) for error in each.errors if LEFT_BEHIND not in error] == []
