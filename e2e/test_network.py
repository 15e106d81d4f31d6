"""The network fails between a talk and its listener, and both are back without a tap."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from e2e.hearing import Voice
from e2e.network import Network, network
from e2e.people import Person
from e2e.server import Server
from e2e.waiting import until

BACK_MS = 20_000
LOST = "The connection was lost. Trying to bring it back"
SOON_S = 4
"""Sooner than five seconds of silence, after which a listener would have noticed by themself."""


@pytest.fixture(scope="module")
def between(server: Server) -> Iterator[Network]:
    with network(server.address) as between:
        yield between


@pytest.fixture(scope="module")
def talk(person: Callable[..., Person], server: Server, between: Network) -> tuple[Person, Person]:
    """Ada talks and Ben listens, each by the same network."""
    ada = person("Ada", Voice.A).signs_up()
    address = ada.announces_space("Into the tunnel", record=False).replace(server.address, between.address)
    ada.goes_to(address).press(ada.page.get_by_role("button", name="Start the space"))
    expect(ada.space).to_have_attribute("data-state", "live")
    ben = person("Ben").signs_up().goes_to(address).listens()
    ada.listens().unmutes()
    ben.hears_voice(Voice.A, 3)
    return ada, ben


def test_both_are_back_after_every_connection_was_cut(talk: tuple[Person, Person], between: Network) -> None:
    between.cut()
    say_that_they_try(talk)
    between.heal()
    hear_each_other_again(talk)


def test_both_are_back_after_a_silence_of_which_nobody_was_told(
    talk: tuple[Person, Person], between: Network
) -> None:
    between.go_silent()
    say_that_they_try(talk)
    between.heal()
    hear_each_other_again(talk)


def test_both_are_back_soon_after_the_phone_has_changed_to_another_network(
    talk: tuple[Person, Person], between: Network
) -> None:
    for each in talk:
        each.notes_what_the_bar_says()
    between.lose()
    for each in talk:
        each.page.evaluate("navigator.connection.dispatchEvent(new Event('change'))")
    for each in talk:
        until(lambda each=each: LOST in each.bar_said(), SOON_S)
    hear_each_other_again(talk)


def test_muted_speaker_comes_back_muted(talk: tuple[Person, Person], between: Network) -> None:
    ada, ben = talk
    ada.press(ada.page.locator("#dock-mic"))
    expect(ben.seat_of(ada)).to_have_attribute("data-muted", "1")
    between.cut()
    say_that_they_try(talk)
    between.heal()
    for each in talk:
        expect(each.page.locator("#connection")).to_be_hidden(timeout=BACK_MS)
    expect(ada.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "false")
    assert ben.hears(2).chirps(Voice.A) == []
    ada.press(ada.page.locator("#dock-mic"))
    expect(ben.seat_of(ada)).to_have_attribute("data-muted", "0")
    hear_each_other_again(talk)


def say_that_they_try(talk: tuple[Person, Person]) -> None:
    for each in talk:
        expect(each.page.locator("#connection")).to_contain_text(LOST, timeout=BACK_MS)


def hear_each_other_again(talk: tuple[Person, Person]) -> None:
    ada, ben = talk
    for each in talk:
        expect(each.page.locator("#connection")).to_be_hidden(timeout=BACK_MS)
    expect(ben.seat_of(ada)).to_have_attribute("data-muted", "0")
    expect(ada.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "true")
    expect(ben.seat_of(ada)).not_to_contain_text("Not connected")
    ben.hears_voice(Voice.A)
    assert [each.errors for each in talk] == [[], []]
