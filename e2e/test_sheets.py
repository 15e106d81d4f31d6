"""The dock is fetched again under somebody who types or presses: no sheet, letter or press is lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from e2e.hearing import Voice
from e2e.network import network
from e2e.people import Person
from e2e.server import Server

pytestmark = pytest.mark.patient


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
    fay, cleo = person("Fay").signs_up(), person("Cleo", Voice.A).signs_up()
    address = fay.opens_space("Who writes?")
    cleo.goes_to(address).listens()
    fay.listens()
    fay.brings(cleo)
    cleo.consents().unmutes().press(cleo.page.locator("#dock-react"))
    note = cleo.page.locator("#mark-note")
    note.fill("Here it turns")
    fay.taps(cleo)
    fay.chooses("Mute")
    expect(cleo.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "false")
    expect(note).to_be_focused()
    expect(note).to_have_value("Here it turns")
    cleo.page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(cleo.page.locator("#dock-react")).to_be_focused()

    fay.taps(cleo)
    fay.chooses("Make co-host")
    expect(cleo.page.locator("#dock-queue")).to_be_visible()
    cleo.press(cleo.page.locator("#dock-react"))
    expect(note).to_have_value("Here it turns")
    assert cleo.errors == []


def test_sheet_closes_when_what_it_was_for_is_gone(person: Callable[..., Person]) -> None:
    gil, dev = person("Gil").signs_up(), person("Dev").signs_up()
    address = gil.opens_space("Who leaves?", record=False)
    dev.goes_to(address).listens()
    gil.listens()
    gil.brings(dev)
    dev.press(dev.page.locator("#dock-leave"))
    gil.taps(dev)
    gil.chooses("To the audience")
    expect(dev.page.locator("#leave-sheet")).to_have_count(0)
    expect(dev.page.locator("#dock-ask")).to_be_visible()
    assert dev.errors == []


def test_press_counts_though_the_dock_is_fetched_again_under_it(person: Callable[..., Person]) -> None:
    hal, eve = person("Hal").signs_up(), person("Eve").signs_up()
    address = hal.opens_space("Who presses?", record=False)
    hal.listens().unmutes()
    eve.goes_to(address).listens()
    mic, people = hal.page.locator("#dock-mic"), hal.page.locator("#dock-people")
    people.evaluate("button => { button.dataset.old = '' }")
    mic.hover()
    hal.page.mouse.down()
    hal.page.evaluate("document.body.dispatchEvent(new CustomEvent('parley:recording'))")
    expect(people).not_to_have_attribute("data-old", "")
    hal.page.mouse.up()
    expect(mic).to_have_attribute("aria-pressed", "false")
    expect(eve.seat_of(hal)).to_have_attribute("data-muted", "1")
    assert hal.errors == []


def test_second_press_counts_before_the_first_was_answered(person: Callable[..., Person]) -> None:
    ida, flo = person("Ida", Voice.A).signs_up(), person("Flo").signs_up()
    address = ida.opens_space("Who hesitates?", record=False)
    ida.listens().unmutes()
    flo.goes_to(address).listens()
    ida.page.locator("#dock-mic").evaluate("button => { button.click(); button.click(); }")
    expect(ida.page.locator("#dock-mic")).to_have_attribute("aria-pressed", "true")
    expect(flo.seat_of(ida)).to_have_attribute("data-muted", "0")
    flo.hears_voice(Voice.A, 3)
    ida.page.locator("#dock-mic").evaluate("button => { button.click(); button.click(); button.click(); }")
    expect(flo.seat_of(ida)).to_have_attribute("data-muted", "1")
    assert flo.hears(2).chirps(Voice.A) == []
    assert ida.errors == []
