"""The dock is fetched again under somebody who types: their sheet stays open, and so does every letter."""

from collections.abc import Callable

from playwright.sync_api import expect

from e2e.hearing import Voice
from e2e.network import network
from e2e.people import Person
from e2e.server import Server


def test_question_is_typed_while_the_socket_is_still_on_its_way(
    person: Callable[..., Person], server: Server
) -> None:
    ada = person("Ada").signs_up()
    address = ada.opens_space("Who asks?", record=False)
    ben = person("Ben").signs_up()
    with network(server.address) as slow:
        slow.hold_sockets()
        ben.goes_to(address.replace(server.address, slow.address)).listens()
        ben.press(ben.page.locator("#dock-ask"))
        ben.page.keyboard.type("Does it")
        with ben.page.expect_response("**/dock"):
            slow.heal()
        expect(ben.page.locator("#ask-question")).to_be_focused()
        ben.page.keyboard.type(" echo?")
        expect(ben.page.locator("#ask-question")).to_have_value("Does it echo?")
        ben.page.keyboard.press("Enter")
        expect(ben.page.locator("#asked")).to_contain_text("Does it echo?")
        expect(ben.page.locator("#dock")).to_have_count(1)
        assert ben.errors == []


def test_note_is_typed_while_a_host_mutes_its_writer(person: Callable[..., Person]) -> None:
    ada, cleo = person("Ada").signs_in(), person("Cleo", Voice.A).signs_up()
    address = ada.opens_space("Who writes?")
    cleo.goes_to(address).listens()
    ada.listens()
    ada.brings(cleo)
    cleo.consents().unmutes().press(cleo.page.locator("#dock-react"))
    note = cleo.page.locator("#mark-note")
    note.fill("Here it turns")
    ada.taps(cleo)
    ada.chooses("Mute")
    expect(cleo.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "false")
    expect(note).to_be_focused()
    expect(note).to_have_value("Here it turns")
    cleo.page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(cleo.page.locator("#dock-react")).to_be_focused()

    ada.taps(cleo)
    ada.chooses("Make co-host")
    expect(cleo.page.locator("#dock-queue")).to_be_visible()
    cleo.press(cleo.page.locator("#dock-react"))
    expect(note).to_have_value("Here it turns")
    assert cleo.errors == []


def test_sheet_closes_when_what_it_was_for_is_gone(person: Callable[..., Person]) -> None:
    ada, dev = person("Ada").signs_in(), person("Dev").signs_up()
    address = ada.opens_space("Who leaves?", record=False)
    dev.goes_to(address).listens()
    ada.listens()
    ada.brings(dev)
    dev.press(dev.page.locator("#dock-leave"))
    ada.taps(dev)
    ada.chooses("To the audience")
    expect(dev.page.locator("#leave-sheet")).to_have_count(0)
    expect(dev.page.locator("#dock-ask")).to_be_visible()
    assert dev.errors == []
