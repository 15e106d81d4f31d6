"""The server dies in the middle of a sentence, or is replaced, and everybody is back without a tap."""

import time
from collections.abc import Callable
from contextlib import ExitStack

from playwright.sync_api import expect

from e2e.hearing import Voice, find, recording
from e2e.listening import guest_hears
from e2e.people import Person
from e2e.raw import RawSocket
from e2e.server import Server
from webapp.bot import ogg, wire

LOST_MS = 250
STOPS_WITHIN_S = 4


def test_server_is_killed_and_the_talk_goes_on(person: Callable[..., Person], server: Server) -> None:
    ada = person("Ada", Voice.A).signs_up()
    address = ada.opens_space("Where were we?")
    cleo = person("Cleo").goes_to(address).listens()
    ada.listens().unmutes()
    with guest_hears(address, 60) as witness:
        cleo.hears_voice(Voice.A)
        server.kill()
    last_heard = max(witness.packets)
    (mix,) = server.data_dir.glob("recordings/*/mix.opus")
    written = len(ogg.demux(mix.read_bytes()).packets)
    assert (last_heard + 1 - written) * wire.TICK_MS <= LOST_MS
    for each in (ada, cleo):
        expect(each.page.locator("#connection")).to_be_visible()

    server.start()
    for each in (ada, cleo):
        expect(each.page.locator("#connection")).to_be_hidden(timeout=15_000)
    expect(cleo.seat_of(ada)).to_have_attribute("data-muted", "0")
    cleo.hears_voice(Voice.A)

    ada.ends_space()
    cleo.sees_replay()
    assert list(server.data_dir.glob("recordings/*/mix.opus")) == [mix]
    chirps = find(recording(mix), Voice.A)
    before = [each for each in chirps if each.second < written / 50]
    assert len(before) >= 3
    assert len(chirps) - len(before) >= 3


def test_server_is_replaced_and_the_talk_goes_on(person: Callable[..., Person], server: Server) -> None:
    mixes = set(server.data_dir.glob("recordings/*/mix.opus"))
    ben = person("Ben", Voice.A).signs_up()
    address = ben.opens_space("As we were saying")
    dora = person("Dora").goes_to(address).listens()
    ben.listens().unmutes()
    (mix,) = set(server.data_dir.glob("recordings/*/mix.opus")) - mixes
    with guest_hears(address, 60) as witness:
        dora.hears_voice(Voice.A)
        for each in (ben, dora):
            each.notes_what_the_bar_says()
        server.replace()
    for each in (ben, dora):
        expect(each.page.locator("#connection")).to_be_hidden(timeout=15_000)
        assert "The server restarts." in each.bar_said()
        expect(each.page.locator("#room-notice p")).to_have_count(0)
    last_heard = max(witness.packets)
    expect(dora.seat_of(ben)).to_have_attribute("data-muted", "0")
    dora.hears_voice(Voice.A)

    ben.ends_space()
    dora.sees_replay()
    assert {mix} == set(server.data_dir.glob("recordings/*/mix.opus")) - mixes
    chirps = find(recording(mix), Voice.A)
    before = [each for each in chirps if each.second < last_heard / 50]
    assert len(before) >= 3
    assert len(chirps) - len(before) >= 3


def test_everybody_is_told_and_nobody_holds_the_server_up(
    person: Callable[..., Person], server: Server
) -> None:
    address = person("Esra").signs_up().opens_space("Until then", record=False)
    with ExitStack() as stack:
        sockets = [stack.enter_context(RawSocket.open(address)) for _ in range(50)]
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < STOPS_WITHIN_S
        assert {socket.closes_with()[0] for socket in sockets} == {1012}
    server.start()
