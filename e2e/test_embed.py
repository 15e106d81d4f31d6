"""The player in the page of another site: it sounds there, live and recorded. Nothing else may be framed."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from playwright.sync_api import Frame, Page, expect

from e2e.hearing import Voice, gaps_ms
from e2e.people import Heard, Person
from e2e.server import Server
from e2e.waiting import until


@contextmanager
def other_site(body: str) -> Iterator[str]:
    """A page at another host, and so of another site. Its address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<!DOCTYPE html><title>Elsewhere</title>{body}".encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def framed(address: str) -> str:
    return f'<iframe src="{address}" width="480" height="200" allow="autoplay"></iframe>'


def frame_in(page: Page, part: str) -> Frame:
    until(lambda: any(part in frame.url for frame in page.frames[1:]), 10, "the frame")
    return next(frame for frame in page.frames if part in frame.url)


def heard_in(frame: Frame, seconds: float) -> Heard:
    frame.wait_for_function(f"() => window.ear.seconds() >= {seconds}", polling=100)
    told = frame.evaluate("window.ear.told()")
    pcm = np.frombuffer(base64.b64decode(told["pcm"]), dtype="<i2").astype(np.float32) / 32768
    return Heard(pcm, told["at"])


def test_space_is_heard_in_the_page_of_another_site_live_and_afterwards(
    person: Callable[..., Person],
) -> None:
    ada, reader = person("Ada", Voice.A), person("Reader")
    ada.signs_up()
    address = ada.announces_space("Heard elsewhere")
    with other_site(framed(f"{address}/embed")) as elsewhere:
        page = reader.goes_to(elsewhere).page
        frame = frame_in(page, "/embed")
        expect(frame.locator("main")).to_have_attribute("data-scene", "planned")
        ada.press(ada.page.get_by_role("button", name="Start the space"))
        ada.listens().unmutes()
        expect(frame.locator("main")).to_have_attribute("data-scene", "live", timeout=20_000)
        frame.get_by_role("button", name="Listen").click()
        expect(frame.get_by_role("button", name="Pause")).to_be_visible()
        frame.wait_for_function("() => window.parley")
        frame.evaluate("window.ear.open()")
        chirps = heard_in(frame, 6).chirps(Voice.A)
        assert len(chirps) >= 4
        assert all(970 <= gap <= 1030 for gap in gaps_ms(chirps))
        assert page.context.cookies() == []
        assert reader.errors == []

        ada.ends_space()
        expect(frame.locator("main")).to_have_attribute("data-scene", "recorded")
        frame.evaluate("window.ear.openPlayer(document.querySelector('audio'))")
        frame.get_by_role("button", name="Play").click()
        assert len(heard_in(frame, 6).chirps(Voice.A)) >= 3  # it begins before she is unmuted
        frame.locator("#at").fill("2")
        expect(frame.locator("#time")).to_contain_text("0:0")

        recordings = ada.goes_to("/recordings").page
        ada.press(recordings.get_by_role("button", name="Delete…"))
        ada.press(recordings.get_by_role("button", name="Delete for everyone"))
        page.reload()
        frame = frame_in(page, "/embed")
        expect(frame.locator("main")).to_contain_text("no longer available")
        assert reader.errors == []


@pytest.mark.parametrize("path", ["", "/edit"])
def test_no_other_page_of_ours_shows_itself_in_a_frame(
    person: Callable[..., Person], server: Server, path: str
) -> None:
    ada, reader = person(f"Ben{path[1:]}"), person("Reader")
    address = ada.signs_up().announces_space("Not to be framed")
    with other_site(framed(address + path)) as elsewhere:
        page = reader.page
        refused = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(elsewhere)
        until(lambda: any("frame-ancestors" in text for text in refused), 10, "the refusal")
        assert not any(frame.url.startswith(server.address) for frame in page.frames)
