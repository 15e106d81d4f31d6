"""A recording's whole life: made, heard, taken home, deleted, opened for review, and destroyed."""

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.authenticator import code
from e2e.hearing import Voice, find, recording
from e2e.people import Person
from e2e.server import LaterServer
from e2e.waiting import until

TITLE = "A voice, for a while"
SECONDS = 10
SURE = SECONDS - 4
"""Chirps that so many seconds hold for certain, even if the machine stalls once."""
GONE = "This recording is no longer available."
REASON = "Somebody wrote to us about this voice."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaterServer]:
    server = LaterServer(tmp_path_factory.mktemp("life"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ada(person: Callable[..., Person]) -> Person:
    """The first who signs up runs the site."""
    return person("Ada", Voice.A).signs_up()


def test_recording_lives_is_deleted_reviewed_and_destroyed(
    ada: Person, person: Callable[..., Person], server: LaterServer, tmp_path: Path
) -> None:
    ben, cleo, rita = person("Ben").signs_up(), person("Cleo"), person("Rita").signs_up()
    address = is_recorded(ada, TITLE, SECONDS)
    plays(ben.goes_to(address).sees_replay().page)
    plays(cleo.goes_to(address).sees_replay().page)
    cleo.page.locator("[data-speed]").select_option("0.5")  # so that it is still playing when it goes
    ben.goes_to(address)

    link = is_taken_home(ada, tmp_path / "mix.opus")
    audio = ada.site + (cleo.page.locator("#player").get_attribute("src") or "")
    assert [status(audio), status(link)] == [200, 200]
    cleo.waits_for("!document.querySelector('#player').paused")
    is_deleted(ada)
    assert [status(audio), status(link)] == [404, 404]
    for page in ("/", "/spaces"):
        expect(person("Dora").goes_to(page).page.locator("main")).not_to_contain_text(TITLE)
    ben.press(ben.page.locator("[data-play]"))  # it was there when he loaded the page
    expect(ben.page.locator(".room-words")).to_have_text(GONE)

    ada.runs_job("seal").runs_job("expire")
    assert files_in(server.data_dir / "recordings") == []
    key = becomes_reviewer(rita, ada)
    opened = is_heard_from_the_vault(rita)
    expect(cleo.page.locator(".room-words")).to_have_text(GONE)  # she only went on listening
    assert files_in(server.data_dir / "vault")
    assert files_in(server.data_dir / "keys" / "vault")

    server.stop()
    server.days_pass(121)
    server.start()
    until(lambda: not files_in(server.data_dir / "vault"), what="the vault")
    assert files_in(server.data_dir / "keys" / "vault") == []
    comes_back(ada)
    expect(ada.goes_to("/recordings").page.locator("#receipts")).to_contain_text(TITLE)
    comes_back(rita)
    rita.gives_code(code(key, server.days)).sees("You are signed in.")
    expect(rita.goes_to("/review").page.locator("main")).not_to_contain_text(TITLE)
    expect(rita.goes_to(opened).page.locator("main")).to_contain_text("no such copy in the vault")
    assert [each.errors for each in (ada, ben, cleo, rita)] == [[], [], [], []]


def test_host_on_the_air_sees_that_a_recording_will_leave(
    ada: Person, person: Callable[..., Person], server: LaterServer
) -> None:
    finn, finn_elsewhere = person("Finn", Voice.B).signs_up(), person("Finn")
    is_recorded(finn, "Nearly over", 1)
    server.days_pass(24)
    finn.opens_space("On the air", record=False)
    finn.listens()
    badge = finn.page.locator(".bell .badge")
    expect(badge).to_have_count(0)
    ada.runs_job("notices")
    expect(badge).to_have_text("1")
    expect(finn.page.locator("#announce")).to_contain_text("“Nearly over” can be heard for another 6 days")

    there = finn_elsewhere.signs_in().page
    finn_elsewhere.press(there.locator(".bell"))
    finn_elsewhere.press(there.get_by_role("link", name="“Nearly over” can be heard"))
    finn_elsewhere.sees_replay()
    expect(badge).to_have_count(0)
    finn.ends_space()
    assert finn.errors == []


def is_recorded(host: Person, title: str, seconds: float) -> str:
    """The address of a new recording of their voice."""
    address = host.opens_space(title)
    host.listens().unmutes()
    host.sees_talking(host)
    host.opens_ear()
    host.waits_for(f"window.ear.seconds() >= {seconds}", seconds)
    host.ends_space().sees_replay()
    return address


def plays(page: Page) -> None:
    page.locator("[data-play]").click()
    page.wait_for_function("() => document.querySelector('#player').currentTime > 0.5", polling=100)


def is_taken_home(host: Person, to: Path) -> str:
    """Downloads what all of them said. Returns the link, which needs no cookie for five minutes."""
    host.goes_to("/recordings")
    expect(host.page.locator(".own-facts")).to_contain_text("2 plays")
    host.press(host.page.get_by_role("button", name=f"Download {TITLE}"))
    with host.page.expect_download() as started:
        host.press(host.page.get_by_role("link", name="The whole conversation"))
    host.press(host.page.get_by_role("button", name="Done"))
    assert TITLE in started.value.suggested_filename
    started.value.save_as(to)
    mix = recording(to)
    assert len(find(mix, Voice.A)) >= SURE
    read = facts(to)
    assert float(read["format"]["duration"]) == pytest.approx(len(mix) / 48_000, abs=0.1)
    (stream,) = read["streams"]
    assert stream["codec_name"] == "opus"
    assert {"TITLE": TITLE, "ARTIST": "Ada", "ALBUM": "Parley"}.items() <= stream["tags"].items()
    return str(started.value.url)


def facts(path: Path) -> dict[str, object]:
    """What a player reads of a file before it plays it."""
    asked = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", str(path)]
    return json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


def is_deleted(host: Person) -> None:
    host.press(host.page.get_by_role("button", name=f"Delete… {TITLE}"))
    host.press(host.page.get_by_role("button", name="Delete for everyone"))
    host.sees("is deleted. Nobody can listen to it any more.")


def becomes_reviewer(person: Person, operator: Person) -> str:
    """Returns the key of their authenticator app."""
    operator.goes_to("/admin/reviewers")
    operator.page.locator("[name=handle]").fill(person.handle)
    operator.press(operator.page.get_by_role("button", name="Make a reviewer"))
    expect(operator.page.locator(".log")).to_contain_text("Two-factor is not on")
    key = person.sets_up_two_factor()
    person.gives_code(code(key), "Turn two-factor on").sees("Two-factor is on.")
    return key


def is_heard_from_the_vault(reviewer: Person) -> str:
    """The address at which a reviewer who said why hears the voice."""
    page = reviewer.goes_to("/review").page
    reviewer.press(page.get_by_role("link", name=TITLE))
    expect(page.locator(".facts")).to_contain_text("no more, since")
    page.get_by_label("Why do you open it?").fill(REASON)
    reviewer.press(page.get_by_role("button", name="Open the copy"))
    page.evaluate("window.ear.openPlayer(document.querySelector('#review-player audio'))")
    page.locator("#review-player audio").press("Space")
    assert len(reviewer.has_heard(5).chirps(Voice.A)) >= 2
    return page.url


def comes_back(person: Person) -> None:
    """After so long their browser is signed in no more."""
    person.page.context.clear_cookies()
    person.signs_in()


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def status(address: str) -> int:
    """What somebody without a cookie is answered."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
