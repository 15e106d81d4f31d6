"""Who says no is heard live, and never written."""

from collections.abc import Callable

from playwright.sync_api import expect

from e2e.hearing import Voice, find, recording
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
