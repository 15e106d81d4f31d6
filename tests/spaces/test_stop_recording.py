"""The host stops a recording early, for good: what was said is kept, what is said now is not recorded."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from mediacore import EventKind
from tests.conftest import FrozenClock
from tests.media.fake import FakeCore
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden
from webapp.media import media
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.queries import Visitor, membership, space_view, viewer_of
from webapp.spaces.stage import services as stage
from webapp.spaces.states import Role

HTMX = {"HX-Request": "true"}
SignIn = Callable[[User], FlaskClient]


def test_host_stops_it_and_no_voice_is_written_any_more(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    services.answer_consent(recorded, bob, "yes", clock.now())
    room.core.told.clear()
    services.stop_recording(recorded, alice, clock.tick(minutes=20))
    assert room.core.told == [("stop_recording", recorded.id)]
    assert {person: track for (_, person), (*_, track) in room.core.members.items()} == {
        alice.id: "",
        bob.id: "",
    }
    stage.set_muted(recorded, bob, False)
    assert room.core.members[recorded.id, bob.id][2:] == (False, "")
    view = space_view(recorded, [])
    assert (view.recording_now, view.recording_stopped_at) == (False, clock.now())


def test_everybody_is_told_in_words_and_the_mark_is_gone(
    recorded: Space, room: Room, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    services.stop_recording(recorded, alice, clock.tick(minutes=20))
    [announced] = room.take_texts()
    assert "The recording was stopped. What is said now is not recorded." in announced
    assert 'id="announce"' in announced
    room.turn()
    told = room.take_texts()
    assert len(told) == 3
    for html in (*told, client.get(recorded.url).text):
        assert "18:20 UTC</time>. What is said now is not recorded." in html
        assert 'class="rec"' not in html
        assert "This space is being recorded" not in html
        assert 'id="stop-recording"' not in html


def test_nobody_is_asked_about_their_voice_afterwards(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    services.stop_recording(recorded, alice, clock.now())
    assert not viewer_of(recorded, Visitor(bob)).needs_consent
    stage.set_muted(recorded, bob, False)
    assert room.core.members[recorded.id, bob.id][2:] == (False, "")
    with pytest.raises(Conflict, match="nothing to answer"):
        services.answer_consent(recorded, bob, "yes", clock.now())


def test_cohost_cannot_stop_it(
    recorded: Space, room: Room, alice: User, bob: User, clock: FrozenClock
) -> None:
    bring(recorded, alice, "bob")
    membership(recorded, bob).role = Role.COHOST
    db.session.commit()
    room.core.told.clear()
    with pytest.raises(Forbidden, match="Only the host can stop the recording"):
        services.stop_recording(recorded, bob, clock.now())
    assert room.core.told == []
    assert space_view(recorded, []).recording_now


def test_listeners_guests_and_outsiders_cannot_stop_it(
    recorded: Space, room: Room, bob: User, charlie: User, client: FlaskClient, sign_in: SignIn
) -> None:
    room.core.told.clear()
    for browser in (client, sign_in(bob), sign_in(charlie)):
        assert browser.post(f"{recorded.url}/recording/stop").status_code == 403
        assert "stop-recording" not in browser.get(recorded.url).text
    assert client.post("/spaces/nowhere/recording/stop").status_code == 404
    assert room.core.told == []
    assert space_view(recorded, []).recording_now


def test_host_stops_it_on_the_page_once(recorded: Space, alice: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    assert 'id="stop-recording"' in browser.get(recorded.url).text
    assert browser.post(f"{recorded.url}/recording/stop").location == recorded.url
    again = browser.post(f"{recorded.url}/recording/stop", headers=HTMX)
    assert (again.status_code, "was stopped already" in again.text) == (409, True)
    assert 'id="stop-recording"' not in browser.get(recorded.url).text


def test_of_two_who_stop_it_at_once_one_does(
    recorded: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE recordings SET stopped_at = '2026-01-05 18:00:00.000000'")
    room.core.told.clear()
    with pytest.raises(Conflict, match="already"):
        services.stop_recording(recorded, alice, clock.now())
    assert room.core.told == []


def test_what_is_not_recorded_cannot_be_stopped(space: Space, alice: User, clock: FrozenClock) -> None:
    with pytest.raises(Conflict, match="not recorded"):
        services.stop_recording(space, alice, clock.now())


def test_what_is_not_live_cannot_be_stopped(
    recorded: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    services.end_space(recorded, alice, clock.now())
    with pytest.raises(Conflict, match="has ended"):
        services.stop_recording(recorded, alice, clock.now())
    scheduled = services.create_space(alice, "Tea", "", True, clock.now())
    with pytest.raises(Conflict, match="not started"):
        services.stop_recording(scheduled, alice, clock.now())


def test_a_recording_that_was_stopped_is_not_stopped_again_at_the_end(
    recorded: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    services.stop_recording(recorded, alice, clock.now())
    services.end_space(recorded, alice, clock.tick(minutes=1))
    assert room.core.told.count(("stop_recording", recorded.id)) == 1


def test_it_does_not_begin_again_after_a_crash(
    recorded: Space, room: Room, alice: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.stop_recording(recorded, alice, clock.tick(minutes=1))
    clock.tick(minutes=1)
    monkeypatch.setattr("webapp.recordings.services.recover", lambda _directory: 400)
    core = FakeCore()
    media.start(core)
    assert core.told == [("open_room", recorded.id, 0)]
    assert core.members[recorded.id, alice.id][3] == ""


@pytest.mark.parametrize("path", ["/", "/spaces"])
def test_listings_show_the_mark_with_words_until_it_is_stopped(
    recorded: Space, alice: User, client: FlaskClient, clock: FrozenClock, path: str
) -> None:
    listed = client.get(path).text
    assert listed.count('class="rec"') == 1
    assert '<span aria-hidden="true">REC</span><span class="visually-hidden">Being recorded</span>' in listed
    services.stop_recording(recorded, alice, clock.now())
    assert 'class="rec"' not in client.get(path).text


def test_whoever_joins_is_told_whether_it_is_recorded(
    recorded: Space, room: Room, alice: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    def words(browser: FlaskClient) -> str:
        page = browser.get(recorded.url).text
        return " ".join(page.split('id="join-words"')[1].split("</p>")[0].split())

    for browser in (client, sign_in(alice)):
        assert "Being recorded" in words(browser)
        assert "This space is being recorded." in words(browser)
    room.core.say(EventKind.RECORD_INTERRUPTED, recorded.id)
    room.turn()
    for browser in (client, sign_in(alice)):
        assert "The recording has stopped for now." in words(browser)
    services.stop_recording(recorded, alice, clock.now())
    for browser in (client, sign_in(alice)):
        assert words(browser).endswith("The recording was stopped. What is said now is not recorded.")
        assert "REC" not in words(browser)


def test_whoever_joins_what_is_not_recorded_is_told_so(space: Space, client: FlaskClient) -> None:
    page = client.get(space.url).text
    assert "This space is not recorded." in page
    assert 'class="rec"' not in page


def test_who_waits_for_it_is_told_that_it_will_be_recorded(
    room: Room, alice: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    recorded = services.create_space(alice, "Tea", "", True, clock.now())
    unrecorded = services.create_space(alice, "Tea", "", False, clock.now())
    assert "The space will be recorded." in client.get(recorded.url).text
    assert "It will be recorded from the first word." in sign_in(alice).get(recorded.url).text
    assert "will be recorded" not in client.get(unrecorded.url).text
    assert "It will not be recorded." in sign_in(alice).get(unrecorded.url).text
