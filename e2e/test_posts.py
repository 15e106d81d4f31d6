"""One post and its card, from the promise of a space to what is left of it, on a page loaded once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.hearing import Voice
from e2e.people import Person

pytestmark = pytest.mark.patient

TITLE = "A voice in passing"
SECONDS = 4


@pytest.fixture
def ada(person: Callable[..., Person]) -> Person:
    return person("Ada", Voice.A).signs_up()


@pytest.fixture
def ben(person: Callable[..., Person], ada: Person) -> Person:
    """Somebody at a timeline that stays open."""
    ben = person("Ben").signs_up().goes_to("/@ada")
    ben.press(ben.page.get_by_role("button", name="Follow"))
    expect(ben.page.get_by_role("button", name="Unfollow")).to_be_visible()
    return ben


def test_card_goes_through_the_life_of_its_space(
    ada: Person, ben: Person, person: Callable[..., Person]
) -> None:
    address = ada.announces_space(TITLE)
    posts_what_is_offered(ada, "Join me for")
    page = ben.goes_to("/").page
    page.evaluate("window.loadedOnce = true")
    card = page.locator("#timeline .space-card")
    is_now(card, "scheduled")
    cleo = person("Cleo").goes_to("/posts")

    ada.press(ada.page.get_by_role("button", name="Start the space"))
    is_now(card, "live")
    expect(card.locator(".rec")).to_be_visible()
    cleo.press(cleo.page.locator(".space-card").get_by_role("link", name="Join"))
    assert cleo.page.url == address
    cleo.listens()
    ada.listens().unmutes()
    cleo.sees_talking(ada)
    assert len(cleo.hears(SECONDS).chirps(Voice.A)) >= SECONDS - 2
    expect(card).to_contain_text("1 listener")
    ada.press(ada.page.locator("#dock-share"))
    expect(ada.page.locator("#share-post textarea")).to_have_value(f"We’re live: “{TITLE}” {address}")
    ada.page.keyboard.press("Escape")
    ada.ends_space().sees_replay()
    expect(ada.page.locator("#share-post textarea")).to_have_value(
        f"Here’s the recording of “{TITLE}”: {address}"
    )

    is_now(card, "replay")
    is_heard(ben, card)
    goes_on_while_the_timeline_moves(ada, ben)
    is_deleted(ada)
    page.evaluate("scrollTo(0, 0)")
    is_now(card, "gone")
    expect(card).to_contain_text("no longer available")
    ben.waits_for("document.querySelector('#card-audio').paused")
    expect(page.locator("#playing")).to_be_hidden()
    assert page.evaluate("window.loadedOnce")
    assert [each.errors for each in (ada, ben, cleo)] == [[], [], []]


def posts_what_is_offered(host: Person, words: str) -> None:
    box = host.page.locator("#share-post")
    expect(box.locator("textarea")).to_have_value(f"{words} “{TITLE}”: {host.page.url}")
    host.press(box.get_by_role("button", name="Post"))
    expect(box).to_contain_text("Your post is published.")


def is_deleted(host: Person) -> None:
    host.goes_to("/recordings").press(host.page.get_by_role("button", name=f"Delete… {TITLE}"))
    host.press(host.page.get_by_role("button", name="Delete for everyone"))
    host.sees("is deleted. Nobody can listen to it any more.")


def is_now(card: Locator, kind: str) -> None:
    expect(card).to_have_class(f"space-card is-{kind}", timeout=25_000)


def is_heard(ben: Person, card: Locator) -> None:
    """The recorded voice, in the timeline: its end, for at first nobody spoke."""
    seeker = card.locator("[data-card-seek]")
    seeker.fill(str(int(seeker.get_attribute("max") or 0) - SECONDS))
    ben.page.evaluate("window.ear.openPlayer(document.querySelector('#card-audio'))")
    ben.press(card.get_by_role("button", name="Play recording"))
    assert len(ben.has_heard(SECONDS - 1).chirps(Voice.A)) >= 2
    expect(card.locator("[data-card-play]")).to_have_attribute("aria-pressed", "true")
    card.locator("[data-card-speed]").select_option("0.5")  # so that it lasts
    seeker.fill("0")
    if not is_playing(ben.page):
        ben.press(card.get_by_role("button", name="Play recording"))


def goes_on_while_the_timeline_moves(ada: Person, ben: Person) -> None:
    """While one scrolls, and while posts come in above."""
    page = ben.page
    ada.goes_to("/").page.locator("#compose-home-text").fill("One\n\n" * 6 + "more.")
    ada.press(ada.page.get_by_role("button", name="Post", exact=True))
    expect(ada.page.locator("#timeline > li")).to_have_count(2)
    page.evaluate("document.body.dispatchEvent(new CustomEvent('parley:look'))")
    ben.press(page.locator("#news-link"))
    expect(page.locator("#timeline > li")).to_have_count(2)
    page.set_viewport_size({"width": 390, "height": 420})
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator("#playing")).to_be_visible()
    expect(page.locator("#playing")).to_contain_text(TITLE)
    assert is_playing(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator("#timeline .space-card").scroll_into_view_if_needed()
    expect(page.locator("#playing")).to_be_hidden()
    assert is_playing(page)


def is_playing(page: Page) -> bool:
    if page.evaluate("document.querySelector('#card-audio').paused"):
        return False
    before = page.evaluate("document.querySelector('#card-audio').currentTime")
    page.wait_for_function(
        "before => document.querySelector('#card-audio').currentTime > before", arg=before, polling=100
    )
    return True
