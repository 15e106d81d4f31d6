"""On first run there is something to hear: two bots, live, and a recording of theirs."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import expect

from e2e.people import Person
from e2e.server import Server
from e2e.waiting import until
from webapp.bot.client import Visitor

SPEECH_RMS = 0.01


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("demo"), DEMO="1")
    server.start()
    yield server
    server.stop()


def test_first_visitor_hears_the_bots(person: Callable[..., Person], server: Server) -> None:
    until(lambda: "Two bots, talking" in Visitor(server.address).get("/spaces").html, 60)
    cleo = person("Cleo").goes_to("/spaces")
    cleo.press(cleo.page.get_by_role("link", name="Two bots, talking").first)
    expect(cleo.page.locator("#rec-mark")).to_be_visible()
    cleo.listens()
    expect(cleo.page.locator("#seats .talking").first).to_be_visible()
    heard = cleo.hears(3)
    assert np.sqrt(np.mean(heard.pcm**2)) > SPEECH_RMS


def test_finished_space_plays(person: Callable[..., Person], server: Server) -> None:
    cleo = person("Cleo").goes_to("/spaces")
    cleo.press(cleo.page.get_by_role("link", name="Two bots introduce themselves").first)
    cleo.sees_replay()
    expect(cleo.page.locator("#turns")).to_contain_text("Wren")
    expect(cleo.page.locator("#turns")).to_contain_text("Otto")
    cleo.press(cleo.page.locator("[data-play]"))
    cleo.waits_for("document.querySelector('#player').currentTime > 0.5")
