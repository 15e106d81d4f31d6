"""axe finds nothing to complain of, on any page, in any state, light or dark, and each fits a phone."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from e2e.authenticator import code
from e2e.hearing import Voice
from e2e.measures import PHONE, assert_fits
from e2e.network import network
from e2e.people import Person
from e2e.server import LaterServer
from webapp.notifications.push.keys import make_key

pytestmark = pytest.mark.patient

DESK = {"width": 1280, "height": 800}

axe = Axe()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaterServer]:
    push = {"PARLEY_PUSH_KEY": make_key(), "PARLEY_PUSH_CONTACT": "mailto:olga@example.org"}
    server = LaterServer(tmp_path_factory.mktemp("server"), **push)
    server.start()
    yield server
    server.stop()


def assert_accessible(person: Person) -> None:
    for scheme in ("light", "dark"):
        person.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = axe.run(person.page)
        assert found.violations_count == 0, f"{person.page.url}, {scheme}\n{found.generate_report()}"
    person.page.set_viewport_size(PHONE)
    assert_fits(person)
    person.page.set_viewport_size(DESK)


@dataclass(frozen=True)
class Site:
    """A site on which something has happened already."""

    ada: Person
    guest: Person
    recorded: str
    unrecorded: str


@pytest.fixture(scope="module")
def site(person: Callable[..., Person]) -> Site:
    guest = person("Guest")
    ada = person("Ada", Voice.A).signs_up()
    recorded = ada.opens_space("A voice worth keeping")
    ada.listens().unmutes()
    ada.sees_talking(ada)
    ada.ends_space().sees_replay()
    unrecorded = ada.opens_space("A voice gone with the wind", record=False)
    ada.listens().ends_space()
    expect(ada.space).to_have_attribute("data-state", "ended")
    return Site(ada, guest, recorded, unrecorded)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/posts",
        "/spaces",
        "/spaces/recorded",
        "/search?q=voice",
        "/sign-up",
        "/sign-in",
        "/about/privacy",
        "/nowhere",
    ],
)
def test_pages_for_everybody(site: Site, path: str) -> None:
    assert_accessible(site.guest.goes_to(path))


@pytest.mark.parametrize("path", ["", "/followers", "/following"])
def test_profiles_for_everybody(site: Site, path: str) -> None:
    assert_accessible(site.guest.goes_to(f"/@ada{path}"))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/spaces",
        "/spaces?who=followed",
        "/spaces/recorded",
        "/search?q=ada",
        "/spaces/new",
        "/@ada",
        "/@ada/posts",
        "/posts",
        "/posts/new",
        "/topics/tea",
        "/notifications",
        "/settings",
        "/settings/notifications",
        "/settings/blocked",
        "/settings/data",
        "/settings/password",
        "/settings/two-factor",
    ],
)
def test_pages_for_those_who_signed_in(site: Site, path: str) -> None:
    assert_accessible(site.ada.goes_to(path))


def test_forms_with_mistakes(site: Site) -> None:
    page = site.guest.goes_to("/sign-in").page
    page.locator("[name=email]").fill("nobody@example.com")
    page.locator("[name=password]").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".field-errors")).to_be_visible()
    assert_accessible(site.guest)


def test_replay_and_what_was_not_recorded(site: Site) -> None:
    assert_accessible(site.guest.goes_to(site.recorded).sees_replay())
    assert_accessible(site.guest.goes_to(site.unrecorded))


def test_recordings_of_a_host_and_what_can_be_done_with_them(site: Site) -> None:
    page = site.ada.goes_to("/recordings").page
    assert_accessible(site.ada)
    sheets = {"Share": "Done", "Download": "Done", "Rename": "Leave it as it is", "Delete…": "Keep it"}
    for name, close in sheets.items():
        page.get_by_role("button", name=name).click()
        assert_accessible(site.ada)
        page.get_by_role("button", name=close).click()


@pytest.mark.parametrize("path", ["", "/jobs", "/rollout", "/rollout/recording", "/reviewers", "/files"])
def test_pages_for_those_who_run_the_site(site: Site, path: str) -> None:
    assert_accessible(site.ada.goes_to(f"/admin{path}"))


def test_space_before_it_starts(site: Site) -> None:
    address = site.ada.announces_space("Soon")
    assert_accessible(site.ada)
    assert_accessible(site.guest.goes_to(address))


def test_planned_space_until_it_is_cancelled(site: Site) -> None:
    ada, guest = site.ada, site.guest
    address = ada.plans_space("In an hour", datetime.now() + timedelta(hours=1))
    assert_accessible(ada)
    assert_accessible(guest.goes_to(address))
    assert_accessible(guest.goes_to("/spaces"))
    ada.goes_to("/spaces/new").page.locator("[name=when][value=later]").check()
    ada.page.locator("[name=title]").fill("Never")
    assert_accessible(ada)
    ada.press(ada.page.get_by_role("button", name="Open the space"))
    expect(ada.page.locator(".field-errors")).to_be_visible()
    assert_accessible(ada)
    ada.goes_to(f"{address}/edit").press(ada.page.locator(".call-off summary"))
    assert_accessible(ada)
    ada.press(ada.page.get_by_role("button", name="Cancel the space"))
    expect(ada.space).to_have_attribute("data-state", "cancelled")
    assert_accessible(ada)


def test_posts_and_their_cards(site: Site) -> None:
    ada, page = site.ada, site.ada.page
    soon = ada.plans_space("Soon enough", datetime.now() + timedelta(hours=2))
    for address in (site.unrecorded, soon, site.recorded):
        ada.goes_to("/").page.locator("#compose-home-text").fill(f"Come, *all*: {address} #tea @ada")
        ada.press(page.locator("#compose-home").get_by_role("button", name="Post"))
        ada.sees("Your post is published.")
    assert_accessible(ada)
    assert_accessible(site.guest.goes_to("/"))
    ada.press(page.get_by_role("link", name="Quote").first)
    page.locator("#sheet textarea").fill("So good.")
    assert_accessible(ada)
    ada.press(page.locator("#sheet").get_by_role("button", name="Post"))
    expect(page.locator("#timeline .quoted .space-card")).to_be_visible()
    ada.press(page.get_by_label("Delete this post…").first)
    assert_accessible(ada)
    ada.press(page.locator(".post-time").first)
    page.locator("#compose-reply-text").fill("And again.")
    ada.press(page.locator("#compose-reply").get_by_role("button", name="Reply"))
    expect(page.locator("#replies li")).to_have_count(1)
    assert_accessible(ada)
    assert_accessible(ada.goes_to("/@ada"))


def test_somebody_who_is_followed_and_blocked(site: Site, person: Callable[..., Person]) -> None:
    della = person("Della").signs_up()
    page = site.ada.goes_to("/@della").page
    assert_accessible(site.ada)
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("button", name="Unfollow")).to_be_visible()
    page.get_by_text("Block").first.click()
    assert_accessible(site.ada)
    page.get_by_role("button", name="Block Della").click()
    expect(page.get_by_text("You blocked Della.")).to_be_visible()
    assert_accessible(site.ada)
    expect(della.goes_to("/@ada").page.get_by_text("There is nobody of that name here.")).to_be_visible()


def test_space_for_people_with_an_account(site: Site) -> None:
    address = site.ada.announces_space("Members")
    page = site.ada.page
    page.get_by_role("link", name="Change who may join").click()
    page.get_by_label("Only people with an account may listen").check()
    page.get_by_role("button", name="Save").click()
    expect(site.guest.goes_to(address).page.locator(".room-words")).to_contain_text("with an account")
    assert_accessible(site.guest)


def test_space_that_one_may_not_enter(site: Site) -> None:
    address = site.ada.announces_space("Only us")
    page = site.ada.page
    page.get_by_role("link", name="Change who may join").click()
    assert_accessible(site.ada)
    page.get_by_label("People I follow").check()
    page.get_by_role("button", name="Save").click()
    assert_accessible(site.ada)
    assert_accessible(site.guest.goes_to(address))


def test_person_who_was_removed(site: Site, person: Callable[..., Person]) -> None:
    ada, gus = site.ada, person("Gus").signs_up()
    gus.goes_to(ada.opens_space("Not you", record=False)).listens()
    ada.listens().taps(gus)
    ada.press(ada.page.locator(".remove summary"))
    assert_accessible(ada)
    ada.press(ada.page.get_by_role("button", name="Remove Gus"))
    expect(gus.page.locator("#connection")).to_contain_text("You were removed")
    assert_accessible(gus)
    gus.page.reload()
    expect(gus.page.locator(".room-words")).to_contain_text("You were removed")
    assert_accessible(gus)


def test_cohost_who_leads_while_the_host_is_away(site: Site, person: Callable[..., Person]) -> None:
    ada, hal = site.ada, person("Hal").signs_up()
    address = ada.opens_space("Two heads", record=False)
    hal.goes_to(address).listens()
    ada.listens().brings(hal)
    ada.taps(hal)
    ada.chooses("Make co-host")
    expect(hal.page.locator("#flash")).to_contain_text("You are a co-host now")
    assert_accessible(hal)
    ada.goes_to("/")
    expect(hal.page.locator("#room-notice")).to_contain_text("Ada lost the connection")
    assert_accessible(hal)
    ada.goes_to(address).listens().press(ada.page.locator("#dock-end"))
    hand_over = ada.page.get_by_role("button", name="Leave and let Hal lead")
    expect(hand_over).to_be_visible()
    assert_accessible(ada)
    ada.press(hand_over)
    expect(hal.page.locator("#room-notice")).to_contain_text("Hal leads")
    expect(hal.page.locator("#dock-end")).to_be_visible()
    hal.press(hal.page.locator("#dock-end"))
    expect(hal.page.locator("#end-sheet")).to_be_visible()
    assert_accessible(hal)


def test_pinned_links_reactions_and_moments(site: Site, person: Callable[..., Person]) -> None:
    ada, ivo = site.ada, person("Ivo").signs_up()
    ivo.goes_to(ada.opens_space("Worth a heart")).listens()
    ada.listens().press(ada.page.locator("#pin-link"))
    assert_accessible(ada)
    ada.page.locator("#pin-address").fill("https://example.com/tea")
    ada.press(ada.page.get_by_role("button", name="Pin it"))
    expect(ivo.page.locator("#links a")).to_be_visible()
    assert_accessible(ada)
    ivo.press(ivo.page.locator("#dock-react"))
    assert_accessible(ivo)
    ivo.press(ivo.page.get_by_role("button", name="Remember this moment"))
    expect(ivo.page.locator("#mark-status")).not_to_be_empty()
    assert_accessible(ivo)
    ivo.press(ivo.page.locator("#react-sheet .reaction-heart"))
    ivo.page.keyboard.press("Escape")
    ada.ends_space().sees_replay()
    expect(ivo.sees_replay().page.locator("#marks")).to_be_visible()
    for each in (ada, ivo):
        assert_accessible(each)
        assert_accessible(each.goes_to(each.page.url).sees_replay())
    ada.press(ada.page.get_by_role("button", name="Share"))
    assert_accessible(ada)


def test_speaker_who_is_muted_and_loses_the_connection(
    site: Site, person: Callable[..., Person], server: LaterServer
) -> None:
    ada, jan = site.ada, person("Jan", Voice.B).signs_up()
    address = ada.opens_space("Hush", record=False)
    with network(server.address) as between:
        jan.goes_to(address.replace(server.address, between.address)).listens()
        ada.listens().brings(jan)
        jan.unmutes()
        ada.taps(jan)
        ada.chooses("Mute")
        expect(jan.page.locator("#flash")).to_contain_text("Ada muted you.")
        assert_accessible(jan)
        between.cut()
        expect(jan.page.locator("#connection")).to_be_visible()
        assert_accessible(jan)
        expect(ada.seat_of(jan)).to_contain_text("Not connected")
        assert_accessible(ada)


def test_live_space_in_every_state(site: Site, person: Callable[..., Person]) -> None:
    ada, guest = site.ada, site.guest
    address = ada.opens_space("Now")
    assert_accessible(ada)
    assert_accessible(guest.goes_to(address))
    guest.listens()
    assert_accessible(guest)
    ben = person("Ben", Voice.B).signs_up().goes_to(address).listens()
    ada.listens().press(ada.page.locator("#dock-people"))
    expect(ada.page.locator("#sheet")).to_be_visible()
    assert_accessible(ada)
    ada.closes_sheet()
    ada.press(ada.page.locator("#dock-share"))
    assert_accessible(ada)
    ada.page.keyboard.press("Escape")
    ada.press(ada.page.locator("#stop-recording"))
    expect(ada.page.locator("#stop-recording-sheet")).to_be_visible()
    assert_accessible(ada)
    ada.page.keyboard.press("Escape")
    ada.press(ada.page.locator("#dock-end"))
    expect(ada.page.locator("#end-sheet")).to_be_visible()
    assert_accessible(ada)
    ada.page.keyboard.press("Escape")
    asking_to_speak(ada, ben, guest)
    ada.taps(ben)
    assert_accessible(ada)
    ada.chooses("Invite to the stage")
    expect(ben.page.locator("#invitation")).to_be_visible()
    assert_accessible(ben)
    ben.press(ben.page.locator("#invitation-accept"))
    expect(ben.page.locator("#consent")).to_be_visible()
    assert_accessible(ben)
    ben.consents()
    ben.press(ben.page.locator("#dock-mic"))
    expect(ben.page.locator("#mic-check")).to_be_visible()
    assert_accessible(ben)
    ben.press(ben.page.locator("#mic-check-done"))
    guest.sees_talking(ben)
    assert_accessible(guest)
    assert_accessible(ben)
    ben.press(ben.page.locator("#dock-voice"))
    expect(ben.page.locator("#voice-sheet")).to_be_visible()
    assert_accessible(ben)
    ben.page.keyboard.press("Escape")
    ada.taps(ben)
    assert_accessible(ada)
    ada.closes_sheet()
    ben.press(ben.page.locator("#dock-leave"))
    expect(ben.page.locator("#leave-sheet")).to_be_visible()
    assert_accessible(ben)


def test_recording_while_it_is_rolled_out(site: Site, person: Callable[..., Person]) -> None:
    ada, dora = site.ada, person("Dora").signs_up()
    page = ada.goes_to("/admin/rollout/recording").page
    ada.press(page.get_by_role("button", name="Start the announcement"))
    page.locator("#lookup").fill(dora.handle)
    ada.press(page.get_by_role("button", name="Look up"))
    expect(page.locator(".verdicts")).to_be_visible()
    assert_accessible(ada)
    assert_accessible(ada.goes_to("/admin/rollout/recording/stages/2"))
    expect(dora.goes_to("/spaces/new").page.locator(".choice")).to_contain_text("It reaches you on")
    assert_accessible(dora)
    ada.goes_to("/admin/rollout/recording")
    ada.press(page.get_by_role("button", name="Offer it to everybody"))
    expect(page.get_by_text("Everybody has it.")).to_be_visible()
    expect(dora.goes_to("/notifications").page.locator(".unread")).to_have_count(1)
    assert_accessible(dora)


def test_reports_and_those_who_review_them(site: Site, person: Callable[..., Person]) -> None:
    guest, rita = site.guest.goes_to(f"{site.recorded}/report"), person("Rita").signs_up()
    assert_accessible(guest)
    guest.page.get_by_label("When in the recording?").fill("0:00")
    guest.page.get_by_label("Something else").check()
    guest.press(guest.page.get_by_role("button", name="Send the report"))
    expect(guest.page.locator(".field-errors")).to_be_visible()
    assert_accessible(guest)
    guest.page.locator("[name=words]").fill("It hurts my ears.")
    guest.press(guest.page.get_by_role("button", name="Send the report"))
    expect(guest.page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert_accessible(guest)
    site.ada.goes_to("/admin/reviewers").page.locator("[name=handle]").fill(rita.handle)
    site.ada.press(site.ada.page.get_by_role("button", name="Make a reviewer"))
    expect(site.ada.page.locator(".log")).to_contain_text("Rita")
    assert_accessible(site.ada)
    site.ada.runs_job("seal")
    has_a_second_factor(rita)
    page = rita.goes_to("/review").page
    assert_accessible(rita)
    rita.press(page.get_by_role("link", name="See the copy"))
    page.get_by_label("Why do you open it?").fill("It was reported by a guest.")
    assert_accessible(rita)
    rita.press(page.get_by_role("button", name="Open the copy"))
    expect(page.get_by_role("heading", name="Reported moments")).to_be_visible()
    assert_accessible(rita)


def has_a_second_factor(rita: Person) -> None:
    page = rita.page
    key = rita.sets_up_two_factor()
    assert_accessible(rita)
    rita.gives_code(code(key), "Turn two-factor on").sees("Two-factor is on.")
    assert_accessible(rita)
    rita.press(page.get_by_role("link", name="Get recovery codes"))
    rita.press(page.get_by_role("button", name="Make new codes"))
    expect(page.locator(".codes")).to_be_visible()
    assert_accessible(rita)


def test_recording_that_leaves_its_listeners_and_its_host(site: Site, server: LaterServer) -> None:
    ada, guest = site.ada.goes_to("/recordings"), site.guest
    ada.keeps_guests_out("A voice worth keeping")
    assert_accessible(ada)
    expect(guest.goes_to(site.recorded).page.locator(".room-words")).to_contain_text("Sign in")
    assert_accessible(guest)
    server.days_pass(24)
    expect(ada.runs_job("notices").goes_to("/notifications").page.locator(".unread").first).to_be_visible()
    assert_accessible(ada)
    server.days_pass(7)
    expect(guest.goes_to(site.recorded).page.locator(".room-words")).to_contain_text("no longer available")
    assert_accessible(guest)
    expect(ada.goes_to("/recordings").page.locator("#sealed")).to_be_visible()
    assert_accessible(ada)
    server.days_pass(90)
    expect(ada.runs_job("purge").goes_to("/recordings").page.locator("#receipts")).to_be_visible()
    assert_accessible(ada)


def asking_to_speak(ada: Person, ben: Person, guest: Person) -> None:
    for each in (guest, ben):
        each.press(each.page.locator("#dock-ask"))
        expect(each.page.locator("#ask-sheet")).to_be_visible()
        assert_accessible(each)
        each.page.keyboard.press("Escape")
    ada.press(ada.page.locator("#dock-queue"))
    expect(ada.page.locator("#queue .empty")).to_be_visible()
    assert_accessible(ada)
    ben.asks("May I?")
    assert_accessible(ben)
    expect(ada.page.locator("#queue li")).to_have_count(1)
    assert_accessible(ada)
    ada.press(ada.page.locator("#queue-open"))
    expect(ada.page.locator("#queue-open")).to_have_text("Open the queue")
    ada.press(ada.page.locator("#queue-decline-all"))
    expect(ada.page.locator("#queue .empty")).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(ben.page.locator("#asked")).to_have_count(0)
    ben.press(ben.page.locator("#dock-ask"))
    expect(ben.page.locator("#ask-sheet")).to_contain_text("Nobody can ask at the moment.")
    assert_accessible(ben)
    ben.page.keyboard.press("Escape")


def test_second_step_of_signing_in(site: Site, person: Callable[..., Person], server: LaterServer) -> None:
    kim = person("Kim").signs_up()
    key = kim.sets_up_two_factor()
    kim.gives_code(code(key, server.days), "Turn two-factor on").sees("Two-factor is on.")
    kim_elsewhere = person("Kim").signs_in()
    page = kim_elsewhere.page
    expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    assert_accessible(kim_elsewhere)
    kim_elsewhere.press(page.get_by_role("link", name="Use a recovery code"))
    assert_accessible(kim_elsewhere)


def test_offline_page(site: Site) -> None:
    assert_accessible(site.guest.goes_to("/offline"))


def test_errors(site: Site, person: Callable[..., Person], server: LaterServer) -> None:
    leo = person("Leo").signs_up()
    address = site.ada.announces_space("Mine")
    assert leo.page.goto(f"{address}/door").status == 403
    assert_accessible(leo)
    assert leo.page.goto(f"{leo.site}/spaces/nothing").status == 404
    assert_accessible(leo)
    with broken(server):
        assert leo.page.goto(f"{leo.site}/notifications").status == 500
        assert_accessible(leo)
    mia = person("Mia").goes_to("/sign-in")
    for _ in range(12):
        mia.page.locator("[name=email]").fill("nobody@example.com")
        mia.page.locator("[name=password]").fill("not the password")
        mia.press(mia.page.get_by_role("button", name="Sign in"))
        mia.page.wait_for_load_state()
        if mia.page.locator(".error-status").is_visible():
            break
        mia.goes_to("/sign-in")
    expect(mia.page.locator(".error-status")).to_have_text("429")
    assert_accessible(mia)


@contextmanager
def broken(server: LaterServer) -> Iterator[None]:
    """Meanwhile the database has lost a table."""
    for old, new in (("notifications", "gone"), ("gone", "notifications")):
        with closing(sqlite3.connect(server.data_dir / "parley.sqlite3")) as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")
            database.commit()
        if new == "gone":
            yield
