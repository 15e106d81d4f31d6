"""Anybody who sees a space can report it, a moment of it, or somebody in it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.db import db
from webapp.moderation import services
from webapp.moderation.kinds import clean_position
from webapp.moderation.models import Report
from webapp.moderation.services import Draft
from webapp.recordings.models import Recording
from webapp.spaces import services as spaces
from webapp.spaces.models import Space
from webapp.spaces.presence import GUEST
from webapp.spaces.queries import Visitor

HATE = {"kind": "hateful"}
A_GUEST = GUEST | 0xBEEF


def send(client: FlaskClient, space: Space, **fields: str) -> TestResponse:
    return client.post(f"{space.url}/report", data={**HATE, **fields})


def reports() -> list[Report]:
    return list(db.session.scalars(select(Report).order_by(Report.id)))


def test_guest_reports_a_live_space_at_this_moment(
    client: FlaskClient, live: Space, clock: FrozenClock
) -> None:
    assert "Report this space" in client.get(f"{live.url}/report").text
    clock.tick(seconds=75)
    answer = send(client, live, words="He said it.", at="0:01")
    assert (answer.status_code, answer.location) == (303, f"{live.url}/report/sent")
    assert "What happens next" in client.get(answer.location).text
    (report,) = reports()
    assert (report.space_id, report.kind, report.words) == (live.id, "hateful", "He said it.")
    assert (report.at_ms, report.person_id, report.guest, report.state) == (75_000, None, None, "open")
    assert report.reporter_id is None
    assert (report.reporter_guest or "").startswith("guest-")


def test_person_reports_somebody_at_a_second_of_the_recording(
    sign_in: Callable[[User], FlaskClient], recording: Recording, live: Space, bob: User, charlie: User
) -> None:
    browser = sign_in(charlie)
    page = browser.get(f"{live.url}/report?t=5&person=bob").text
    assert "Report Bob" in page
    assert 'value="0:05"' in page
    send(browser, live, person="bob", at="0:05")
    (report,) = reports()
    assert (report.person_id, report.at_ms, report.reporter_id) == (bob.id, 5_000, charlie.id)


def test_guest_can_be_reported_while_here_and_when_removed(
    client: FlaskClient, live: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    assert send(client, live, person="guest-beef").status_code == 404
    room.enter(live, A_GUEST)
    assert "Report Guest" in client.get(f"{live.url}/report?person=guest-beef").text
    assert send(client, live, person="guest-beef").status_code == 303
    spaces.remove_person(live, alice, "guest-beef", clock.now())
    room.go(live, A_GUEST)
    clock.tick(minutes=2)
    assert send(client, live, person="guest-beef").status_code == 303
    assert [report.guest for report in reports()] == ["guest-beef"] * 2


def test_removed_person_reports_once_the_space_has_ended(
    sign_in: Callable[[User], FlaskClient], live: Space, alice: User, bob: User, clock: FrozenClock
) -> None:
    spaces.remove_person(live, alice, "bob", clock.now())
    browser = sign_in(bob)
    for answer in (browser.get(f"{live.url}/report"), send(browser, live)):
        assert answer.status_code == 403
    assert browser.get(f"{live.url}/report/sent").status_code == 403
    spaces.end_space(live, alice, clock.now())
    assert send(browser, live, person="alice").status_code == 303


def test_removed_person_can_be_reported(
    client: FlaskClient, live: Space, alice: User, bob: User, clock: FrozenClock
) -> None:
    spaces.remove_person(live, alice, "bob", clock.now())
    assert send(client, live, person="bob").status_code == 303


def test_nobody_finds_out_who_was_in_an_audience(
    client: FlaskClient, live: Space, room: Room, alice: User, charlie: User, clock: FrozenClock
) -> None:
    room.enter(live, charlie)
    assert client.get(f"{live.url}/report?person=charlie").status_code == 200
    spaces.end_space(live, alice, clock.now())
    assert client.get(f"{live.url}/report?person=charlie").status_code == 404
    assert client.get(f"{live.url}/report?person=bob").status_code == 200


@pytest.mark.parametrize("handle", ["charlie", "nobody", "guest-", "guest-1", "guest-" + "f" * 17, "<b>"])
def test_who_was_never_here_cannot_be_reported(
    client: FlaskClient, live: Space, charlie: User, handle: str
) -> None:
    assert client.get(f"{live.url}/report", query_string={"person": handle}).status_code == 404
    assert send(client, live, person=handle).status_code == 404
    assert reports() == []


def test_a_space_that_is_not_there_cannot_be_reported(client: FlaskClient) -> None:
    assert client.get("/spaces/nothing/report").status_code == 404
    assert client.post("/spaces/nothing/report", data=HATE).status_code == 404


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"kind": ""}, "Choose what is wrong."),
        ({"kind": "boring"}, "Choose what is wrong."),
        ({"kind": "other", "words": ""}, "Say what is wrong."),
        ({"kind": "other", "words": " \r\n\u200b "}, "Say what is wrong."),
        ({"words": "x" * 1001}, "Up to 1,000 characters"),
        ({"at": "0:09"}, "between 0:00 and 0:08"),
        ({"at": "-1"}, "between 0:00"),
        ({"at": "soon"}, "between 0:00"),
        ({"at": "1:2:3:4"}, "between 0:00"),
        ({"at": "9" * 400}, "between 0:00"),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(
    client: FlaskClient, recording: Recording, live: Space, fields: dict[str, str], complaint: str
) -> None:
    answer = send(client, live, **{"words": "typed before", **fields})
    assert answer.status_code == 422
    assert complaint in answer.text
    assert fields.get("words", "typed before")[:5] in answer.text
    assert reports() == []


@pytest.mark.parametrize(
    ("text", "at_ms"), [("", None), ("0", 0), ("75", 75_000), ("1:15", 75_000), (" 1:00:05 ", 3_605_000)]
)
def test_a_position_is_written_as_players_write_it(text: str, at_ms: int | None) -> None:
    assert clean_position(text, 3_605_000) == at_ms


@pytest.mark.parametrize("t", ["9", "-3", "abc", "1e3", "99999999999999999999"])
def test_a_second_that_is_not_in_the_recording_is_not_filled_in(
    client: FlaskClient, recording: Recording, live: Space, t: str
) -> None:
    page = client.get(f"{live.url}/report?t={t}")
    assert page.status_code == 200
    assert 'name="at" type="text" value=""' in page.text


def test_the_longest_words_are_taken_and_markup_is_inert(
    client: FlaskClient, live: Space, reviewer: FlaskClient
) -> None:
    words = "<script>alert(1)</script>\n" + "x" * 974
    assert send(client, live, words=words.replace("\n", "\r\n")).status_code == 303
    (report,) = reports()
    assert report.words == words
    page = reviewer.get("/review").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_sent_twice_it_is_one_report(client: FlaskClient, live: Space, clock: FrozenClock) -> None:
    clock.tick(seconds=59)  # so that a minute of the clock begins in between
    assert [send(client, live, words="Twice.").status_code for _ in range(2)] == [303, 303]
    clock.tick(seconds=2)
    assert send(client, live, words="Twice.").status_code == 303
    assert len(reports()) == 1
    clock.tick(seconds=60)
    send(client, live, words="Twice.")
    assert len(reports()) == 2


def test_sent_twice_at_the_same_instant_it_is_one_report(
    live: Space, alice: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_earlier", lambda *_args: None)
    draft = Draft("hateful", "Once.", "", "bob")
    first, second = (services.report(live, Visitor(alice), draft, clock.now()) for _ in range(2))
    assert first.id == second.id
    assert len(reports()) == 1


def test_something_else_about_the_same_waits_a_minute_and_is_not_lost(
    client: FlaskClient, live: Space, clock: FrozenClock
) -> None:
    send(client, live, words="First.")
    answer = send(client, live, words="And another thing.")
    assert answer.status_code == 409
    assert "Wait a minute" in answer.text
    assert "And another thing." in answer.text
    assert send(client, live, words="Of another.", person="bob").status_code == 303
    clock.tick(minutes=1)
    assert send(client, live, words="And another thing.").status_code == 303
    assert [report.words for report in reports()] == ["First.", "Of another.", "And another thing."]


def test_reports_are_limited_by_address(app: Flask, live: Space) -> None:
    codes = [send(app.test_client(), live).status_code for _ in range(11)]
    assert codes == [303] * 10 + [429]
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.9"
    assert send(elsewhere, live).status_code == 303


def test_reports_that_htmx_sends_are_limited_as_well(app: Flask, live: Space) -> None:
    form, by_htmx = {"kind": "scam"}, {"HX-Request": "true"}
    report = f"{live.url}/report"
    codes = [app.test_client().post(report, data=form, headers=by_htmx).status_code for _ in range(11)]
    assert codes == [204] * 10 + [429]


def test_deleted_recording_can_be_reported_at_a_second(
    client: FlaskClient, recording: Recording, live: Space, clock: FrozenClock
) -> None:
    recording.deleted_at = clock.now()
    db.session.commit()
    assert send(client, live, at="7").status_code == 303
    assert reports()[0].at_ms == 7_000


def test_unrecorded_space_has_no_second(
    client: FlaskClient, room: Room, alice: User, clock: FrozenClock
) -> None:
    space = spaces.create_space(alice, "Tea", "", False, clock.now())
    assert "When in the recording" not in client.get(f"{space.url}/report").text
    assert send(client, space, at="5").status_code == 303
    assert reports()[0].at_ms is None


def test_host_is_told_nothing(
    sign_in: Callable[[User], FlaskClient], live: Space, room: Room, alice: User, charlie: User
) -> None:
    room.turn()
    room.take_texts()
    send(sign_in(charlie), live, words="Secret words.", person="alice")
    room.turn()
    assert room.take_texts() == []
    host = sign_in(alice)
    for address in (live.url, f"{live.url}/people", f"{live.url}/report", "/"):
        assert "Secret words" not in host.get(address).text
        assert "Charlie" not in host.get(address).text


def test_reporter_is_named_to_no_reviewer(
    sign_in: Callable[[User], FlaskClient], live: Space, charlie: User, reviewer: FlaskClient
) -> None:
    send(sign_in(charlie), live)
    page = reviewer.get("/review").text
    assert "It is hateful" in page
    assert "charlie" not in page.lower()


def test_every_page_of_a_space_leads_here(
    client: FlaskClient, live: Space, publish: Callable[[], Recording], clock: FrozenClock
) -> None:
    link = f'href="{live.url}/report'
    assert link in client.get(live.url).text
    assert f"{link}?person=bob" in client.get(f"{live.url}/person/bob").text
    recording = publish()
    assert link in client.get(live.url).text
    assert recording.host_until is not None
    clock.tick(days=31)
    assert link in client.get(live.url).text


def test_nobody_is_offered_to_report_themself(
    sign_in: Callable[[User], FlaskClient], live: Space, alice: User
) -> None:
    assert "Report Alice" not in sign_in(alice).get(f"{live.url}/person/alice").text


def test_time_in_a_live_space_is_whole_milliseconds(
    client: FlaskClient, live: Space, clock: FrozenClock
) -> None:
    clock._now += timedelta(microseconds=1_999)
    send(client, live)
    assert reports()[0].at_ms == 1


def test_host_is_not_offered_to_report_their_own_recording_and_others_are(
    recording: Recording, client: FlaskClient, sign_in: Callable[[User], FlaskClient], alice: User, bob: User
) -> None:
    page = {
        who: each.get(recording.space.url).text
        for who, each in (("host", sign_in(alice)), ("speaker", sign_in(bob)), ("guest", client))
    }
    assert {who for who, text in page.items() if 'id="report-link"' in text} == {"speaker", "guest"}
    assert all('id="replay"' in text for text in page.values())


def test_host_who_reports_all_the_same_is_heard(
    live: Space, sign_in: Callable[[User], FlaskClient], alice: User
) -> None:
    assert send(sign_in(alice), live).status_code == 303
    assert [report.reporter_id for report in reports()] == [alice.id]
