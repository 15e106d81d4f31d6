"""Saves every page in every state, as a phone and a desk show it, light and dark.

python -m e2e.screenshots DIRECTORY
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from e2e.hearing import Voice
from e2e.people import CHROMIUM, Person
from e2e.server import Server

SIZES = {"phone": (390, 844), "desk": (1280, 800)}
SCHEMES = ("light", "dark")


class Photographer:
    """Takes a picture of whatever a person sees, in every size and scheme."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def takes(self, person: Person, name: str) -> None:
        page = person.page
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.evaluate("document.fonts.ready")
                page.screenshot(path=self._directory / f"{name}-{size}-{scheme}.png")


class Site:
    """A server, and people to look at it."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self._browser = browser
        self._server = server

    def person(self, name: str, voice: Voice | None = None) -> Person:
        return Person(self._browser.new_context(), self._server.address, name, voice)


def photograph(site: Site, camera: Photographer) -> None:
    guest = site.person("Guest")
    for name, path in {"home-empty": "/", "spaces-empty": "/spaces"}.items():
        camera.takes(guest.goes_to(path), name)
    ada = site.person("Ada Okafor", Voice.A)
    address = before_it_starts(ada, guest, camera)
    live(site, ada, guest, address, camera)
    afterwards(ada, guest, camera)


def before_it_starts(ada: Person, guest: Person, camera: Photographer) -> str:
    for name in ("sign-up", "sign-in", "about/privacy", "nowhere"):
        camera.takes(guest.goes_to(f"/{name}"), name.replace("/", "-"))
    ada.signs_up()
    camera.takes(ada.goes_to("/spaces/new"), "new-space")
    address = ada.announces_space("What makes a voice carry?")
    camera.takes(ada, "scheduled-host")
    camera.takes(guest.goes_to(address), "scheduled")
    planned(ada, guest, camera)
    ada.goes_to(address)
    return address


def planned(ada: Person, guest: Person, camera: Photographer) -> None:
    address = ada.plans_space("Slow reading, aloud", datetime.now() + timedelta(hours=3))
    camera.takes(ada, "planned-host")
    camera.takes(guest.goes_to(address), "planned")
    camera.takes(ada.goes_to(f"{address}/edit"), "planned-edit")
    camera.takes(guest.goes_to("/spaces"), "upcoming")


def live(site: Site, ada: Person, guest: Person, address: str, camera: Photographer) -> None:
    ada.press(ada.page.get_by_role("button", name="Start the space"))
    ben = site.person("Ben Ito", Voice.B).signs_up().goes_to(address).listens()
    for name in ("Chloé Martin", "Dmitri", "Esra Yılmaz", "Femi"):
        site.person(name).signs_up().goes_to(address)
    camera.takes(guest.goes_to(address), "live-before-listening")
    guest.listens()
    ada.listens().unmutes()
    ada.press(ada.page.locator("#dock-people"))
    expect(ada.page.locator("#sheet")).to_be_visible()
    camera.takes(ada, "live-people")
    ada.closes_sheet()
    ada.brings(ben)
    expect(ben.page.locator("#consent")).to_be_visible()
    camera.takes(ben, "live-consent")
    ben.consents()
    ben.press(ben.page.locator("#dock-mic"))
    expect(ben.page.locator("#mic-check")).to_be_visible()
    camera.takes(ben, "live-mic-check")
    ben.press(ben.page.locator("#mic-check-done"))
    guest.sees_talking(ben)
    camera.takes(guest, "live")
    camera.takes(ada, "live-host")
    ada.press(ada.page.locator("#dock-end"))
    camera.takes(ada, "live-end")


def afterwards(ada: Person, guest: Person, camera: Photographer) -> None:
    ada.press(ada.page.get_by_role("button", name="End the space"))
    camera.takes(guest.sees_replay(), "replay")
    ada.sees_replay().opens_space("Off the record", record=False)
    camera.takes(guest.goes_to("/"), "home")
    camera.takes(guest.goes_to("/spaces"), "spaces")
    guest.goes_to(ada.page.url)
    ada.listens().ends_space()
    expect(guest.space).to_have_attribute("data-state", "ended")
    camera.takes(guest, "ended")


@contextmanager
def running() -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        server = Server(Path(directory))
        server.start()
        try:
            yield Site(playwright.chromium.launch(**CHROMIUM), server)
        finally:
            server.stop()


if __name__ == "__main__":
    with running() as the_site:
        photograph(the_site, Photographer(Path(sys.argv[1])))
