"""A host, a co-host, a speaker and a listener: what one does shows and sounds at once on every page."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Response, expect

from e2e.hearing import Voice, find, gaps_ms, last_sound_s, recording
from e2e.people import Person
from e2e.server import LaterServer

HEARD_S = 3
SILENT_WITHIN_MS = 200


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LaterServer]:
    server = LaterServer(tmp_path_factory.mktemp("room"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def four(person: Callable[..., Person]) -> list[Person]:
    """Ada hosts with one chirp, Cora is her co-host with another, Ben hums, and Lea has no microphone."""
    voices = {"Ada": Voice.A, "Cora": Voice.B, "Ben": Voice.TONE, "Lea": None}
    return [person(name, voice).signs_up() for name, voice in voices.items()]


def gather(four: list[Person], title: str, *, record: bool) -> str:
    """Opens a space with Cora on its stage and Ben and Lea in its audience; all of them listen."""
    ada, cora, ben, lea = four
    address = ada.opens_space(title, record=record)
    ada.listens()
    for each in (cora, ben, lea):
        each.goes_to(address).listens()
    ada.brings(cora)
    if record:
        cora.consents()
    ada.taps(cora)
    ada.chooses("Make co-host")
    for each in four:
        expect(each.seat_of(cora)).to_contain_text("Co-host")
        each.page.evaluate("window.sameAsBefore = true")
    return address


def check_pages(*people: Person) -> None:
    """Nobody's page was loaded anew, and none has failed."""
    for each in people:
        assert each.page.evaluate("window.sameAsBefore")
        assert each.errors == []


def answered_at_ms(response: Response) -> float:
    timing = response.request.timing
    return float(timing["startTime"] + timing["responseStart"])


def test_who_is_moved_to_the_audience_is_silent_at_once_and_every_page_shows_it(four: list[Person]) -> None:
    gather(four, "Who is heard?", record=False)
    ada, cora, ben, lea = four
    ben.asks("May I hum?")
    for each in (ada, cora):
        expect(each.page.locator("#dock-queue .badge")).to_have_text("1")
    cora.press(cora.page.locator("#dock-queue"))
    cora.press(cora.page.locator("#queue li").filter(has_text="Ben").get_by_role("button", name="Accept"))
    cora.closes_sheet()
    for each in four:
        expect(each.seat_of(ben)).to_have_attribute("data-muted", "1")

    ben.unmutes()
    for each in four:
        expect(each.seat_of(ben)).to_have_attribute("data-muted", "0")
    assert last_sound_s(lea.hears(3).pcm) > 2.9  # the hum begins at a whole second
    is_silenced(lea, ada, ben, "Mute")
    for each in four:
        expect(each.seat_of(ben)).to_have_attribute("data-muted", "1")
    ben.press(ben.page.locator("#dock-mic"))
    expect(lea.seat_of(ben)).to_have_attribute("data-muted", "0")
    assert last_sound_s(lea.hears(3).pcm) > 2.9  # the hum begins at a whole second

    is_silenced(lea, cora, ben, "To the audience")
    for each in four:
        expect(each.seat_of(ben)).to_have_count(0)
    expect(ben.page.locator("#dock-ask")).to_be_visible()
    check_pages(*four)
    ada.ends_space()


def is_silenced(listener: Person, actor: Person, speaker: Person, how: str) -> None:
    """Within 200 ms of the answer to whoever did it, in the samples that the listener's page plays."""
    actor.taps(speaker)
    listener.opens_ear()
    with actor.page.expect_response(f"**/stage/{speaker.handle}/*") as response:
        actor.chooses(how)
    heard = listener.has_heard(1.5)
    last_ms = heard.at_ms + 1000 * last_sound_s(heard.pcm)
    assert last_ms > heard.at_ms, "was heard before"
    assert last_ms - answered_at_ms(response.value) < SILENT_WITHIN_MS


def test_cohost_leads_while_the_host_is_away_and_the_recording_goes_on(
    four: list[Person], server: LaterServer
) -> None:
    address = gather(four, "Who leads?", record=True)
    ada, cora, ben, lea = four
    cora.unmutes()
    lea.sees_talking(cora)
    expect(cora.page.locator("#dock-end")).to_have_count(0)
    ada.goes_to("/")
    for each in (cora, ben, lea):
        expect(each.page.locator("#room-notice")).to_contain_text("Ada lost the connection")
        expect(each.page.locator("#room-notice")).to_contain_text("Cora leads in")
    server.seconds_pass(60)
    for each in (cora, ben, lea):
        expect(each.page.locator("#room-notice")).to_contain_text("Cora leads until Ada is back.")
    expect(cora.page.locator("#dock-end")).to_be_visible()
    lea.hears_voice(Voice.B, HEARD_S)

    ada.goes_to(address).listens()
    for each in (cora, ben, lea):
        expect(each.page.locator("#room-notice p")).to_have_count(0)
    expect(cora.page.locator("#dock-end")).to_have_count(0)
    expect(ada.page.locator("#dock-end")).to_be_visible()
    lea.hears_voice(Voice.B, HEARD_S)
    check_pages(cora, ben, lea)
    ada.ends_space()
    for each in four:
        each.sees_replay()
    [mix] = server.data_dir.glob("recordings/**/mix.opus")
    chirps = find(recording(mix), Voice.B)
    assert len(chirps) >= 2 * HEARD_S
    assert all(900 < gap < 1100 for gap in gaps_ms(chirps)), f"one is missing: {gaps_ms(chirps)}"


def test_who_is_removed_or_blocked_goes_at_once_and_stays_out(four: list[Person]) -> None:
    address = gather(four, "Who stays?", record=False)
    ada, cora, ben, lea = four
    ada.brings(ben)
    ben.unmutes()
    assert last_sound_s(lea.hears(3).pcm) > 2.9  # the hum begins at a whole second
    elsewhere = ben.page.context.new_page()
    elsewhere.goto(address)
    expect(elsewhere.locator("#space")).to_have_attribute("data-state", "live")

    cora.taps(ben)
    cora.press(cora.page.locator("#person details.remove summary"))
    cora.press(cora.page.locator("#person").get_by_role("button", name="Remove Ben"))
    for page in (ben.page, elsewhere):
        expect(page.locator("#connection")).to_contain_text("You were removed from this space.")
        expect(page.locator("#dock")).to_be_hidden()
    for each in (ada, cora, lea):
        expect(each.seat_of(ben)).to_have_count(0)
    assert last_sound_s(lea.hears(1).pcm) == 0
    assert enters(ben.page) == "refused"
    for page in (ben.page, elsewhere):
        reloaded = page.reload()
        assert reloaded
        assert reloaded.status == 403
        expect(page.locator("#content")).to_contain_text("You were removed from this space.")
    assert enters(elsewhere) == "refused"

    ada.taps(lea)
    ada.press(ada.page.locator("#person details.block summary"))
    ada.press(ada.page.locator("#person").get_by_role("button", name="Block Lea"))
    expect(lea.page.locator("#connection")).to_contain_text("You were removed from this space.")
    for each in (ada, cora):
        expect(each.page.locator("#audience").get_by_role("button", name="Lea")).to_have_count(0)
    assert enters(lea.page) == "refused"
    gone = lea.page.goto(address)
    assert gone
    assert gone.status == 404
    assert ada.page.evaluate("window.sameAsBefore")
    assert [each.errors for each in four] == [[], [], [], []]


def enters(page: Page) -> str:
    """Opens the socket of the page's space without its page: "open", or "refused"."""
    address = page.url.replace("http", "ws", 1) + "/socket"
    return str(
        page.evaluate(
            """address => new Promise((resolve) => {
                const socket = new WebSocket(address, 'parley.v1');
                socket.onopen = () => resolve('open');
                socket.onerror = () => resolve('refused');
            })""",
            address,
        )
    )
