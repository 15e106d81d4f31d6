"""The reviewers' pages onto the vault: only for them, only with a reason, only for an hour."""

from collections.abc import Callable
from contextvars import Context
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.accounts.conftest import AuthenticatorApp
from tests.conftest import FrozenClock
from tests.recordings.conftest import MIX
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.recordings.models import Recording
from webapp.spaces.models import Space
from webapp.vault import services as vault
from webapp.vault.keys import keyring
from webapp.vault.models import Access, Copy, Hold

WHY = "A listener reported what was said."
HOLD = {"reason": WHY, "until": "2026-08-01"}
Browsers = dict[str, FlaskClient]


@pytest.fixture
def access(reviewer: FlaskClient, copy: Copy) -> str:
    """The address of a copy that Rita has opened."""
    answer = reviewer.post(f"/review/copies/{copy.ref}/open", data={"reason": WHY})
    assert answer.status_code == 303
    return str(answer.location)


@pytest.fixture
def outsiders(
    app: Flask,
    sign_in: Callable[[User], FlaskClient],
    sign_in_with_code: Callable[[User], FlaskClient],
    phone: AuthenticatorApp,
    operator: FlaskClient,
    alice: User,
    charlie: User,
    rita: User,
    clock: FrozenClock,
) -> Browsers:
    """Everybody for whom the pages do not exist."""
    phone.turn_on(charlie)
    token = accounts.create_token(rita, "bot", clock.now())
    program = app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return {
        "guest": app.test_client(),
        "account with two-factor": sign_in_with_code(charlie),
        "host": sign_in(alice),
        "operator": operator,
        "reviewer's program": program,
    }


def addresses(copy: Copy, access: str) -> list[tuple[str, str, dict[str, str]]]:
    return [
        ("GET", "/review", {}),
        ("GET", f"/review/copies?after={copy.ref}", {}),
        ("GET", f"/review/copies/{copy.ref}", {}),
        ("POST", f"/review/copies/{copy.ref}/open", {"reason": WHY}),
        ("POST", f"/review/copies/{copy.ref}/holds", HOLD),
        ("POST", f"/review/copies/{copy.ref}/holds/1/release", {}),
        ("GET", access, {}),
        ("GET", f"{access}/mix.opus", {}),
        ("HEAD", f"{access}/mix.opus", {}),
    ]


def count(table: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_for_everybody_else_there_is_nothing(outsiders: Browsers, access: str, copy: Copy) -> None:
    for who, browser in outsiders.items():
        bodies = set()
        for method, address, data in addresses(copy, access):
            answer = browser.open(address, method=method, data=data)
            assert answer.status_code == 404, (who, address)
            bodies.add(answer.data)
        assert len(bodies - {b""}) == 1, who
    assert (count(Access), count(Hold)) == (1, 0)


def test_reviewer_without_two_factor_is_sent_to_set_it_up(
    sign_in: Callable[[User], FlaskClient], rita: User, copy: Copy
) -> None:
    browser = sign_in(rita)
    for method, address, data in addresses(copy, "/review/accesses/any"):
        answer = browser.open(address, method=method, data=data)
        assert (answer.status_code, answer.location) == (303, "/settings/two-factor"), address
    browser.post("/sign-in/again", data={"password": "seven quiet rooms"})
    assert "Reviewers sign in with two-factor" in browser.get("/settings/two-factor").text
    assert count(Access) == 0


def test_reviewer_whose_session_showed_no_code_is_asked_for_it(
    app: Flask,
    sign_in: Callable[[User], FlaskClient],
    rita: User,
    phone: AuthenticatorApp,
    copy: Copy,
) -> None:
    before = sign_in(rita)
    phone.turn_on(rita)
    for method, address, data in addresses(copy, "/review/accesses/any"):
        answer = before.open(address, method=method, data=data)
        assert (answer.status_code, answer.location) == (303, "/settings/two-factor/code?next=review")
    asked = before.get("/review").location
    assert before.post(asked, data={"code": phone.code(rita.tf_totp_secret)}).location == "/review"
    assert before.get("/review").status_code == 200


def test_remembered_reviewer_is_asked_for_a_code(
    app: Flask, rita: User, phone: AuthenticatorApp, copy: Copy
) -> None:
    phone.turn_on(rita)
    browser = app.test_client()
    browser.post("/sign-in", data={"email": rita.email, "password": "seven quiet rooms", "remember": "y"})
    browser.post("/sign-in/code", data={"code": phone.code(rita.tf_totp_secret)})
    assert browser.get("/review").status_code == 200
    browser.delete_cookie("parley")
    assert browser.get("/review").location == "/settings/two-factor/code?next=review"


def test_who_is_no_reviewer_any_more_is_out_at_once(
    reviewer: FlaskClient, rita: User, access: str, copy: Copy
) -> None:
    accounts.unmake_reviewer(rita)
    for method, address, data in addresses(copy, access):
        assert reviewer.open(address, method=method, data=data).status_code == 404


def test_reviewer_sees_what_was_reported_beside_its_copy(
    client: FlaskClient, reviewer: FlaskClient, copy: Copy, live: Space
) -> None:
    client.post(
        f"{live.url}/report", data={"kind": "violence", "words": "A threat.", "at": "0:03", "person": "bob"}
    )
    page = reviewer.get("/review").text
    for words in ("It threatens", "Tea", "A threat.", "at 0:03", "Bob (@bob)", f"/review/copies/{copy.ref}"):
        assert words in page
    page = reviewer.get(f"/review/copies/{copy.ref}").text
    for words in ("Alice (@alice)", "mix.opus", "4 kB", "A threat.", "Nobody did."):
        assert words in page


def test_empty_pages_say_so(reviewer: FlaskClient) -> None:
    page = reviewer.get("/review").text
    assert "Nothing is waiting." in page
    assert "No copies." in page


def test_reports_come_a_page_at_a_time(
    app: Flask, reviewer: FlaskClient, live: Space, clock: FrozenClock
) -> None:
    for number in range(51):
        browser = app.test_client()
        browser.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        browser.post(f"{live.url}/report", data={"kind": "other", "words": f"Number {number}."})
    first = reviewer.get("/review").text
    assert "Number 50." in first
    assert "Number 0." not in first
    assert "Number 0." in reviewer.get("/review?before=2").text
    assert reviewer.get("/review?before=abc").status_code == 200


def test_opening_is_written_down_and_leads_to_the_sound(
    reviewer: FlaskClient, rita: User, copy: Copy, access: str, alice: User, clock: FrozenClock
) -> None:
    (opened,) = db.session.scalars(select(Access))
    assert (opened.reviewer_id, opened.reason) == (rita.id, WHY)
    assert opened.until - opened.opened_at == timedelta(minutes=60)
    page = reviewer.get(access)
    assert WHY in page.text
    assert f"track-{alice.id}.opus" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert WHY in reviewer.get(f"/review/copies/{copy.ref}").text
    assert reviewer.get(f"{access}/mix.opus").data == MIX
    assert reviewer.get(f"{access}/track-{alice.id}.opus").data == b"Alice"


def test_sound_comes_in_ranges_and_is_kept_nowhere(reviewer: FlaskClient, access: str) -> None:
    whole = reviewer.get(f"{access}/mix.opus")
    assert whole.headers["Content-Type"] == "audio/ogg; codecs=opus"
    assert (whole.headers["Cache-Control"], whole.headers["Accept-Ranges"]) == ("no-store", "bytes")
    part = reviewer.get(f"{access}/mix.opus", headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.data) == (206, MIX[100:300])
    assert part.headers["Content-Range"] == "bytes 100-299/4096"
    assert part.headers["Cache-Control"] == "no-store"
    head = reviewer.head(f"{access}/mix.opus")
    assert (head.data, head.headers["Content-Length"]) == (b"", "4096")


@pytest.mark.parametrize("asked", ["bytes=4096-", "bytes=9999-10000", "bytes=-0"])
def test_range_behind_the_end_is_416(reviewer: FlaskClient, access: str, asked: str) -> None:
    answer = reviewer.get(f"{access}/mix.opus", headers={"Range": asked})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */4096")


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=0-1,3-4", "bytes=x-y", "lines=1-2"])
def test_range_that_makes_no_sense_is_the_whole(reviewer: FlaskClient, access: str, asked: str) -> None:
    answer = reviewer.get(f"{access}/mix.opus", headers={"Range": asked})
    assert (answer.status_code, answer.data) == (200, MIX)


@pytest.mark.parametrize(
    "name",
    ["about.json", "peaks.u8", "turns.ndjson", "track-99.opus", "mix.opus.sealed", "..%2Fx.opus", ".opus"],
)
def test_only_the_sound_of_this_copy_is_served(reviewer: FlaskClient, access: str, name: str) -> None:
    assert reviewer.get(f"{access}/{name}").status_code == 404


def test_access_ends_after_an_hour(reviewer: FlaskClient, access: str, clock: FrozenClock) -> None:
    clock.tick(minutes=60, microseconds=-1)
    assert reviewer.get(access).status_code == 200
    assert reviewer.get(f"{access}/mix.opus").status_code == 200
    clock.tick(microseconds=1)
    for address in (access, f"{access}/mix.opus"):
        assert reviewer.get(address).status_code == 404
    ranged = reviewer.get(f"{access}/mix.opus", headers={"Range": "bytes=0-9"})
    assert (ranged.status_code, "Content-Range" in ranged.headers) == (404, False)


def test_access_of_another_reviewer_is_nobody_elses(
    access: str,
    person: Callable[[str], User],
    phone: AuthenticatorApp,
    sign_in_with_code: Callable[[User], FlaskClient],
) -> None:
    roger = person("Roger")
    accounts.make_reviewer(roger)
    phone.turn_on(roger)
    browser = sign_in_with_code(roger)
    assert browser.get("/review").status_code == 200
    gone = browser.get("/review/accesses/forged").data
    for address in (access, f"{access}/mix.opus"):
        answer = browser.get(address)
        assert (answer.status_code, answer.data) == (404, gone)


def test_what_is_past_purged_or_forged_looks_the_same(
    reviewer: FlaskClient, copy: Copy, access: str, clock: FrozenClock
) -> None:
    ref = copy.ref
    forged = {reviewer.get(a).data for a in ("/review/accesses/forged", "/review/copies/forged")}
    clock.tick(days=120)
    past = {reviewer.get(a).data for a in (access, f"{access}/mix.opus", f"/review/copies/{ref}")}
    assert ref not in reviewer.get("/review").text
    vault.purge_due(clock.now())
    purged = {reviewer.get(a).data for a in (access, f"{access}/mix.opus", f"/review/copies/{ref}")}
    assert forged == past == purged
    assert len(purged) == 1
    for what in ("open", "holds"):
        answer = reviewer.post(f"/review/copies/{ref}/{what}", data=HOLD)
        assert answer.status_code == 404


def test_copy_is_there_although_the_host_deleted_it(
    reviewer: FlaskClient, copy: Copy, recording: Recording, access: str, clock: FrozenClock
) -> None:
    recording.deleted_at = clock.now()
    db.session.commit()
    assert reviewer.get(f"{access}/mix.opus").data == MIX


@pytest.mark.parametrize("reason", ["", "too short", "         x", "y" * 501])
def test_without_a_reason_nothing_is_opened(reviewer: FlaskClient, copy: Copy, reason: str) -> None:
    answer = reviewer.post(f"/review/copies/{copy.ref}/open", data={"reason": reason})
    assert answer.status_code == 422
    assert "Say why, in 10 to 500 characters." in answer.text
    assert count(Access) == 0


def test_markup_in_a_reason_is_inert(reviewer: FlaskClient, copy: Copy) -> None:
    reviewer.post(f"/review/copies/{copy.ref}/open", data={"reason": "<img src=x onerror=alert(1)>"})
    page = reviewer.get(f"/review/copies/{copy.ref}").text
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page


def test_opened_twice_at_once_it_is_opened_once(reviewer: FlaskClient, copy: Copy, access: str) -> None:
    again = reviewer.post(f"/review/copies/{copy.ref}/open", data={"reason": WHY})
    assert (again.location, count(Access)) == (access, 1)
    other = reviewer.post(f"/review/copies/{copy.ref}/open", data={"reason": f"{WHY} Again."})
    assert other.location != access
    assert count(Access) == 2


def test_copy_that_is_not_sealed_yet_waits(reviewer: FlaskClient, recording: Recording) -> None:
    address = f"/review/copies/{recording.public_id}"
    assert "sealed within a minute" in reviewer.get(address).text
    assert reviewer.post(f"{address}/open", data={"reason": WHY}).status_code == 409
    assert count(Access) == 0


def test_hold_keeps_it_until_its_day_or_its_release(
    reviewer: FlaskClient, rita: User, copy: Copy, clock: FrozenClock
) -> None:
    address = f"/review/copies/{copy.ref}"
    for _ in range(2):
        assert reviewer.post(f"{address}/holds", data=HOLD).status_code == 303
    (hold,) = db.session.scalars(select(Hold))
    assert (hold.reviewer_id, f"{hold.until:%Y-%m-%d %H:%M}") == (rita.id, "2026-08-01 00:00")
    assert "because of a hold" in reviewer.get(address).text
    assert "on hold" in reviewer.get("/review").text
    assert reviewer.post(f"{address}/holds/{hold.id + 1}/release").status_code == 404
    assert reviewer.post(f"{address}/holds/{hold.id}/release").status_code == 303
    assert reviewer.post(f"{address}/holds/{hold.id}/release").status_code == 409
    assert "because of a hold" not in reviewer.get(address).text


def test_hold_of_another_copy_is_not_released(
    reviewer: FlaskClient, copy: Copy, alice: User, clock: FrozenClock
) -> None:
    reviewer.post(f"/review/copies/{copy.ref}/holds", data=HOLD)
    (hold,) = db.session.scalars(select(Hold))
    times = {"ended_at": copy.ended_at, "heard_until": copy.heard_until, "until": copy.until}
    vault.expect("other", alice, "Other", **times)
    db.session.commit()
    assert reviewer.post(f"/review/copies/other/holds/{hold.id}/release").status_code == 404
    db.session.refresh(hold)
    assert hold.released_at is None


@pytest.mark.parametrize(
    "until", ["", "soon", "2026-13-01", "2026-02-01", "2027-06-01", "0001-01-01", "9999-12-31"]
)
def test_hold_needs_a_day_after_the_end_and_within_a_year(
    reviewer: FlaskClient, copy: Copy, until: str
) -> None:
    answer = reviewer.post(f"/review/copies/{copy.ref}/holds", data={"reason": WHY, "until": until})
    assert answer.status_code == 422
    assert WHY in answer.text
    assert count(Hold) == 0


def test_hold_needs_a_reason(reviewer: FlaskClient, copy: Copy) -> None:
    answer = reviewer.post(f"/review/copies/{copy.ref}/holds", data={**HOLD, "reason": "short"})
    assert answer.status_code == 422
    assert count(Hold) == 0


def test_reported_moments_are_links_into_the_sound(
    client: FlaskClient, reviewer: FlaskClient, access: str, live: Space, alice: User
) -> None:
    client.post(f"{live.url}/report", data={"kind": "scam", "at": "0:03"})
    assert f'href="{access}/mix.opus#t=3"' in reviewer.get(access).text
    voice = reviewer.get(f"{access}?file=track-{alice.id}.opus").text
    assert f'src="{access}/track-{alice.id}.opus"' in voice
    assert f'src="{access}/mix.opus"' in reviewer.get(f"{access}?file=about.json").text


def test_without_its_key_there_is_nothing_to_hear(reviewer: FlaskClient, access: str, copy: Copy) -> None:
    keyring().destroy(copy.ref)
    gone = reviewer.get("/review/accesses/forged").data
    answer = reviewer.get(f"{access}/mix.opus")
    assert (answer.status_code, answer.data) == (404, gone)


@pytest.mark.parametrize("what", ["an hour is over", "no reviewer any more", "it is destroyed"])
def test_sound_on_its_way_stops_when_it_may_not_be_heard_any_more(
    app: Flask,
    files: Path,
    reviewer: FlaskClient,
    rita: User,
    clock: FrozenClock,
    what: str,
    request: pytest.FixtureRequest,
) -> None:
    (files / "mix.opus").write_bytes(MIX * 48)
    access = request.getfixturevalue("access")
    cookie = reviewer.get_cookie("parley")
    assert cookie is not None
    environ = EnvironBuilder(f"{access}/mix.opus", headers={"Cookie": f"parley={cookie.value}"}).get_environ()
    pieces, status, _headers = Context().run(run_wsgi_app, app, environ, buffered=False)
    assert (status, len(next(iter(pieces)))) == ("200 OK", 65_536)
    if what == "an hour is over":
        clock.tick(hours=1)
    elif what == "no reviewer any more":
        accounts.unmake_reviewer(rita)
    else:
        vault.purge_due(clock.tick(days=120))
    with pytest.raises(ConnectionResetError):
        list(pieces)


@pytest.mark.parametrize("before", ["9" * 30, "-1", "x"])
def test_page_before_no_number_is_the_first(reviewer: FlaskClient, before: str) -> None:
    assert reviewer.get(f"/review?before={before}").status_code == 200
