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

from e2e.authenticator import code
from e2e.hearing import Voice
from e2e.people import CHROMIUM, Person
from e2e.server import LaterServer
from webapp.notifications.push.keys import make_key

SIZES = {"phone": (390, 844), "desk": (1280, 800)}
SCHEMES = ("light", "dark")


class Photographer:
    """Takes a picture of whatever a person sees, in every size and scheme."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def takes(self, person: Person, name: str, *, whole: bool = False) -> None:
        """What a person sees at once, or the whole length of their page."""
        page = person.page
        page.wait_for_load_state()
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.evaluate("document.fonts.ready")
                page.screenshot(path=self._directory / f"{name}-{size}-{scheme}.png", full_page=whole)

    def opens(self, person: Person, pages: dict[str, str]) -> None:
        """The whole length of pages, by the names they get."""
        for name, path in pages.items():
            self.takes(person.goes_to(path), name, whole=True)


class Site:
    """A server, and people to look at it."""

    def __init__(self, browser: Browser, server: LaterServer) -> None:
        self._browser = browser
        self.server = server

    def person(self, name: str, voice: Voice | None = None) -> Person:
        return Person(self._browser.new_context(), self.server.address, name, voice)


def photograph(site: Site, camera: Photographer) -> None:
    guest = site.person("Guest")
    for name, path in {"home-empty": "/", "spaces-empty": "/spaces"}.items():
        camera.takes(guest.goes_to(path), name)
    ada = site.person("Ada Okafor", Voice.A)
    address = before_it_starts(ada, guest, camera)
    ben = live(site, ada, guest, address, camera)
    afterwards(ada, guest, camera)
    posts(ada, ben, guest, address, camera)
    settings = {"settings": "/settings", "settings-data": "/settings/data", "password": "/settings/password"}
    camera.opens(ben, settings)
    of_its_host(ada, guest, address, camera)
    running_the_site(site, ada, ben, camera)
    review(site, ada, ben, address, camera)
    as_time_goes_by(site, ada, guest, camera)


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


def live(site: Site, ada: Person, guest: Person, address: str, camera: Photographer) -> Person:
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
    chidi = site.person("Chidi Adeyemi").signs_up().goes_to(address).listens()
    chidi.asks("Could you say more about the breath before the first word?")
    ben.press(ben.page.locator("#dock-ask"))
    camera.takes(ben, "live-ask")
    ben.page.locator("#ask-send").click()
    expect(ben.page.locator("#asked")).to_contain_text("2nd")
    camera.takes(ben, "live-asked")
    ada.press(ada.page.locator("#dock-queue"))
    expect(ada.page.locator("#queue li")).to_have_count(2)
    camera.takes(ada, "live-queue")
    ada.page.keyboard.press("Escape")
    ben.press(ben.page.locator("#ask-no-more"))
    expect(ben.page.locator("#asked")).to_have_count(0)
    ada.taps(ben)
    camera.takes(ada, "live-person-listener")
    ada.chooses("Invite to the stage")
    expect(ben.page.locator("#invitation")).to_be_visible()
    camera.takes(ben, "live-invited")
    ben.press(ben.page.locator("#invitation-accept"))
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
    on_the_stage(ada, ben, camera)
    return ben


def on_the_stage(ada: Person, ben: Person, camera: Photographer) -> None:
    ben.press(ben.page.locator("#dock-voice"))
    camera.takes(ben, "live-own-voice")
    ben.press(ben.page.get_by_role("button", name="Leave it as it is"))
    ada.press(ada.page.locator("#stop-recording"))
    camera.takes(ada, "live-stop-recording")
    ada.press(ada.page.get_by_role("button", name="Go on recording"))
    ada.taps(ben)
    camera.takes(ada, "live-person-speaker")
    ada.closes_sheet()
    ben.press(ben.page.locator("#dock-leave"))
    camera.takes(ben, "live-leave")
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


def posts(ada: Person, ben: Person, guest: Person, address: str, camera: Photographer) -> None:
    """Timelines with a planned space and a recording, and writing."""
    planned_at = ada.plans_space("Late tea", datetime.now() + timedelta(hours=5))
    for text in (f"Here’s the recording, *with* all of you: {address} #voices", f"Join us: {planned_at}"):
        ada.goes_to("/").page.locator("#compose-home-text").fill(text)
        ada.press(ada.page.locator("#compose-home").get_by_role("button", name="Post"))
        ada.sees("Your post is published.")
    camera.opens(ada, {"home-signed-in": "/", "write-a-post": "/posts/new"})
    camera.opens(guest, {"home-with-posts": "/", "profile-with-posts": f"/@{ada.handle}"})
    page = ben.goes_to("/posts").page
    ben.press(page.get_by_role("button", name="Play recording"))
    camera.takes(ben, "card-plays", whole=True)
    ben.press(page.get_by_role("link", name="Quote").first)
    expect(page.locator("#sheet")).to_be_visible()
    camera.takes(ben, "quote")


def of_its_host(ada: Person, guest: Person, address: str, camera: Photographer) -> None:
    """What a host can do with a recording, and what a guest sees of it."""
    page = ada.goes_to("/recordings").page
    camera.takes(ada, "recordings", whole=True)
    sheets = {"Share": "Done", "Download": "Done", "Rename": "Leave it as it is", "Delete…": "Keep it"}
    for name, close in sheets.items():
        ada.press(page.get_by_role("button", name=name))
        camera.takes(ada, f"recordings-{name.strip('…').lower()}")
        ada.press(page.get_by_role("button", name=close))
    ada.keeps_guests_out("What makes a voice carry?")
    camera.takes(guest.goes_to(address), "replay-members-only")


def running_the_site(site: Site, ada: Person, ben: Person, camera: Photographer) -> None:
    page = ada.goes_to("/admin/rollout/recording").page
    ada.press(page.get_by_role("button", name="Start the announcement"))
    page.locator("#lookup").fill(ben.handle)
    ada.press(page.get_by_role("button", name="Look up"))
    camera.takes(ada, "admin-rollout-recording", whole=True)
    stages = {"admin-rollout-stage": "/admin/rollout/recording/stages/2"}
    camera.opens(ada, {"admin": "/admin", "admin-rollout": "/admin/rollout"} | stages)
    camera.opens(ada, {"admin-files": "/admin/files", "admin-jobs": "/admin/jobs"})
    camera.opens(ben, {"new-space-not-yet": "/spaces/new"})
    ada.goes_to("/admin/rollout/recording")
    ada.press(page.get_by_role("button", name="Offer it to everybody"))
    camera.opens(ben, {"notifications": "/notifications", "notification-settings": "/settings/notifications"})


def review(site: Site, ada: Person, ben: Person, address: str, camera: Photographer) -> None:
    ben.goes_to(f"{address}/report?t=1&person={ada.handle}")
    camera.takes(ben, "report", whole=True)
    ben.page.locator("[name=kind]").first.check()
    ben.page.locator("[name=words]").fill("She reads out where somebody lives, and asks people to go there.")
    ben.press(ben.page.get_by_role("button", name="Send the report"))
    camera.takes(ben, "report-sent", whole=True)
    rita = site.person("Rita Lund").signs_up()
    ada.goes_to("/admin/reviewers").page.locator("[name=handle]").fill(rita.handle)
    ada.press(ada.page.get_by_role("button", name="Make a reviewer"))
    camera.takes(ada, "admin-reviewers", whole=True)
    camera.opens(rita, {"two-factor-off": "/settings/two-factor"})
    key = rita.sets_up_two_factor()
    camera.takes(rita, "two-factor-set-up", whole=True)
    rita.gives_code(code(key), "Turn two-factor on").sees("Two-factor is on.")
    camera.opens(rita, {"two-factor-on": "/settings/two-factor"})
    rita.press(rita.page.get_by_role("link", name="Get recovery codes"))
    rita.press(rita.page.get_by_role("button", name="Make new codes"))
    camera.takes(rita, "recovery-codes", whole=True)
    ada.runs_job("seal")
    opens_a_copy(rita, camera)


def opens_a_copy(rita: Person, camera: Photographer) -> None:
    page = rita.goes_to("/review").page
    camera.takes(rita, "review", whole=True)
    rita.press(page.get_by_role("link", name="See the copy"))
    page.get_by_label("Why do you open it?").fill("Ben reported what is said in the first minute.")
    rita.press(page.get_by_role("button", name="Open the copy"))
    camera.takes(rita, "review-player", whole=True)
    rita.press(page.locator(".review > p a"))
    camera.takes(rita, "review-copy", whole=True)


def as_time_goes_by(site: Site, ada: Person, guest: Person, camera: Photographer) -> None:
    """What is said of a recording before it leaves, when it has left, and when it is destroyed."""
    site.server.days_pass(24)
    camera.opens(ada.runs_job("notices"), {"notifications-of-a-host": "/notifications"})
    site.server.days_pass(7)
    camera.takes(guest.goes_to(guest.page.url), "replay-gone")
    camera.opens(ada, {"recordings-sealed": "/recordings"})
    site.server.days_pass(90)
    ada.runs_job("purge").goes_to("/recordings").page.locator("#receipts summary").first.click()
    camera.takes(ada, "recordings-receipts", whole=True)


@contextmanager
def running() -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        push = {"PARLEY_PUSH_KEY": make_key(), "PARLEY_PUSH_CONTACT": "mailto:olga@example.org"}
        server = LaterServer(Path(directory), **push)
        server.start()
        try:
            yield Site(playwright.chromium.launch(**CHROMIUM), server)
        finally:
            server.stop()


if __name__ == "__main__":
    with running() as the_site:
        photograph(the_site, Photographer(Path(sys.argv[1])))
