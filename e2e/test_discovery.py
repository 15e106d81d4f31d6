"""The Spaces tab changes by itself, and the search finds as one types."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from e2e.accounts import live_space, token_of
from e2e.people import Person
from e2e.server import Server
from e2e.test_accessibility import assert_accessible
from e2e.waiting import until
from webapp.bot.client import Visitor

pytestmark = pytest.mark.patient


def card(person: Person, title: str, section: str = "live") -> Locator:
    return person.page.locator(f"#section-{section} .card").filter(has_text=title)


def looks_again(person: Person) -> None:
    """As when somebody comes back to the tab; it would look within ten seconds by itself."""
    person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_tab_changes_by_itself_and_search_finds(person: Callable[..., Person], server: Server) -> None:
    ada = token_of(server, "Ada")
    ben = person("Ben").signs_up().goes_to("/@ada")
    ben.press(ben.page.get_by_role("button", name="Follow"))
    expect(ben.page.get_by_role("button", name="Unfollow")).to_be_visible()
    ben.goes_to("/spaces").page.evaluate("window.same = true")
    expect(ben.page.locator("#empty-live")).to_be_visible()

    # It goes live, and the tab says so by itself, with its reason
    space = live_space(server, ada, "Crème brûlée", record=True)
    expect(card(ben, "Crème brûlée")).to_contain_text("Ada, whom you follow, is hosting")
    link = card(ben, "Crème brûlée").get_by_role("link", name="Crème brûlée")
    link.focus()

    assert_accessible(ben)

    # Another comes, and whoever was about to open the first still is
    live_space(server, token_of(server, "Cleo"), "Marmalade")
    until(lambda: looks_again(ben) or card(ben, "Marmalade").count() == 1, 15, "the second space")
    expect(link).to_be_focused()

    # Search finds as one types, accents or not, and has an address
    guest = person("Guest").goes_to("/search")
    guest.page.get_by_label("Search spaces and people").press_sequentially("creme bru")
    expect(guest.page.locator("#found .card")).to_have_count(1)
    expect(guest.page).to_have_url(f"{server.address}/search?q=creme%20bru")
    guest.page.reload()
    expect(guest.page.locator("#found .card")).to_contain_text("Crème brûlée")
    guest.page.get_by_label("Search spaces and people").fill("cleo")
    expect(guest.page.locator("#found .known-person")).to_contain_text("@cleo")
    guest.page.get_by_label("Search spaces and people").fill("' OR \"")
    expect(guest.page.get_by_role("status")).to_contain_text("Nothing and nobody")

    assert_accessible(guest)

    # It ends and is recorded; it is deleted and gone
    Visitor(space, ada).post("end")
    until(lambda: looks_again(ben) or card(ben, "Crème brûlée", "recorded").count() == 1, 15, "the recording")
    expect(card(ben, "Crème brûlée")).to_have_count(0)
    recording = Visitor(f"{server.address}/recordings", ada).get("").html
    Visitor(server.address, ada).post(_delete_address(recording))
    until(
        lambda: looks_again(ben) or card(ben, "Crème brûlée", "recorded").count() == 0, 15, "that it is gone"
    )
    assert ben.page.evaluate("window.same") is True
    assert ben.errors == []


def _delete_address(html: str) -> str:
    begin = html.index("/recordings/")
    return html[begin : html.index("/", begin + len("/recordings/"))] + "/delete"
