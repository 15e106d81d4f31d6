"""The server dies in the middle of a sentence, and everybody is back without lifting a finger."""

from collections.abc import Callable

from playwright.sync_api import expect

from e2e.hearing import Voice, find, recording
from e2e.listening import guest_hears
from e2e.people import Person
from e2e.server import Server
from webapp.bot import ogg, wire

LOST_MS = 250


def test_server_is_killed_and_the_talk_goes_on(person: Callable[..., Person], server: Server) -> None:
    ada = person("Ada", Voice.A).signs_up()
    address = ada.opens_space("Where were we?")
    cleo = person("Cleo").goes_to(address).listens()
    ada.listens().unmutes()
    with guest_hears(address, 60) as witness:
        assert len(cleo.hears(4).chirps(Voice.A)) >= 3
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
    assert len(cleo.hears(4).chirps(Voice.A)) >= 3

    ada.ends_space()
    cleo.sees_replay()
    assert list(server.data_dir.glob("recordings/*/mix.opus")) == [mix]
    chirps = find(recording(mix), Voice.A)
    before = [each for each in chirps if each.second < written / 50]
    assert len(before) >= 3
    assert len(chirps) - len(before) >= 3
