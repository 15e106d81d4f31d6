"""Who says no is heard live and never written; who takes their yes back is not written from then on."""

from collections.abc import Callable

from playwright.sync_api import expect

from e2e.hearing import Voice, find, gaps_ms, recording
from e2e.people import Person
from e2e.server import Server


def test_speaker_who_says_no_is_heard_and_never_written(
    person: Callable[..., Person], server: Server
) -> None:
    ada = person("Ada", Voice.A).signs_up()
    address = ada.opens_space("May we record you?")
    ben = person("Ben", Voice.B).signs_up().goes_to(address).listens()
    cleo = person("Cleo").goes_to(address)
    expect(cleo.page.locator("#rec-mark")).to_be_visible()
    expect(cleo.page.locator("#rec-notice")).to_contain_text("is being recorded")
    cleo.listens()

    ada.listens().brings(ben)
    expect(ben.page.locator("#dock-mic")).to_have_count(0)
    ben.consents("No").unmutes()
    ada.unmutes()

    heard = cleo.hears(8)
    assert len(heard.chirps(Voice.B)) >= 4
    assert len(heard.chirps(Voice.A)) >= 3

    ada.ends_space()
    cleo.sees_replay()
    expect(cleo.page.locator("#turns")).to_contain_text("Ada")
    expect(cleo.page.locator("#turns")).not_to_contain_text("Ben")
    (directory,) = (server.data_dir / "recordings").iterdir()
    written = {path.name: recording(path) for path in directory.glob("*.opus")}
    assert len(written) == 2
    assert all(find(pcm, Voice.B) == [] for pcm in written.values())
    assert all(len(find(pcm, Voice.A)) >= 4 for pcm in written.values())


def test_speaker_who_withdraws_and_agrees_again_is_written_before_and_after(
    person: Callable[..., Person], server: Server
) -> None:
    before = set((server.data_dir / "recordings").glob("*"))
    dora = person("Dora", Voice.A).signs_up()
    address = dora.opens_space("May we still record you?")
    finn = person("Finn", Voice.B).signs_up().goes_to(address).listens()
    expect(finn.page.locator("#announce")).to_have_text("This space is being recorded.")
    dora.listens().brings(finn)
    finn.consents("Yes").unmutes()
    assert len(dora.hears(4).chirps(Voice.B)) >= 2
    finn.changes_mind("Stop recording my voice")
    assert len(dora.hears(5).chirps(Voice.B)) >= 3
    finn.changes_mind("Record my voice")
    assert len(dora.hears(4).chirps(Voice.B)) >= 2
    dora.stops_recording()
    for somebody in (dora, finn):
        expect(somebody.page.locator("#rec-mark")).to_have_count(0)
        expect(somebody.page.locator("#rec-notice")).to_contain_text("What is said now is not recorded")
        expect(somebody.page.locator("#announce")).to_contain_text("The recording was stopped.")
        expect(somebody.page.locator("#dock-voice")).to_have_count(0)
    dora.hears_voice(Voice.B, 3)

    dora.ends_space()
    finn.sees_replay()
    (directory,) = set((server.data_dir / "recordings").glob("*")) - before
    written = {path.name.split("-")[0]: recording(path) for path in directory.glob("*.opus")}
    assert set(written) == {"mix.opus", "track"}
    for pcm in written.values():
        gaps = gaps_ms(find(pcm, Voice.B))
        assert [gap for gap in gaps if gap > 4_000] == [max(gaps)]
