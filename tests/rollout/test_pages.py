"""The operator's pages. For everybody else they do not exist."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from webapp.accounts.models import User
from webapp.rollout import queries, services
from webapp.rollout.features import RECORDING
from webapp.rollout.platforms import Platform

PAGE = "/admin/rollout/recording"
SignIn = Callable[[User], FlaskClient]

CHANGE = {"starts_at": "2026-01-14T12:30", "percent": "12.5", "platforms": ["ios", "web"]}
GETS = ("/admin/rollout", PAGE, f"{PAGE}?handle=alice", f"{PAGE}/stages/2")
POSTS = (
    ("pause", {}),
    ("resume", {}),
    ("stages/3/jump", {}),
    ("stages/5", {**CHANGE, "starts_at": "2026-02-20T12:30"}),
    ("list", {"handle": "alice"}),
    ("list/alice/remove", {}),
    ("open", {}),
    ("start", {}),
)


@pytest.fixture
def operator(olga: User, sign_in: SignIn) -> FlaskClient:
    return sign_in(olga)


def test_outsider_and_host_find_nothing(
    started: None, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    services.put_on_list(RECORDING, "bob", clock.now())
    before, events = queries.programme(RECORDING), len(queries.events(RECORDING))
    for browser in (client, sign_in(alice), sign_in(bob)):
        for path in GETS:
            assert browser.get(path).status_code == 404
        for path, data in POSTS:
            assert browser.post(f"{PAGE}/{path}", data=data).status_code == 404
    assert queries.programme(RECORDING) == before
    assert len(queries.events(RECORDING)) == events


def test_operator_sees_and_does_everything(started: None, alice: User, operator: FlaskClient) -> None:
    for path in GETS:
        assert operator.get(path).status_code == 200
    for path, data in POSTS:
        answer = operator.post(f"{PAGE}/{path}", data=data)
        assert (path, answer.status_code, answer.location) == (path, 303, PAGE)
    kinds = [event.kind.value for event in reversed(queries.events(RECORDING)) if event.kind != "began"]
    assert kinds == "started paused resumed jumped changed listed unlisted opened started".split()


def test_nothing_is_done_without_a_token(app: Flask, started: None, operator: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for path, data in POSTS:
        assert operator.post(f"{PAGE}/{path}", data=data).status_code == 400
    assert [event.kind.value for event in queries.events(RECORDING)] == ["began", "started"]


def test_a_feature_that_there_is_not_is_not_found(alice: User, operator: FlaskClient) -> None:
    for path in ("", "/stages/1"):
        assert operator.get(f"/admin/rollout/teleport{path}").status_code == 404
    for path, data in POSTS:
        assert operator.post(f"/admin/rollout/teleport/{path}", data=data).status_code == 404


@pytest.mark.parametrize("number", ["0", "9", "-1", "two", "99999999999999999999999"])
def test_a_stage_that_there_is_not_is_not_found(started: None, operator: FlaskClient, number: str) -> None:
    assert operator.get(f"{PAGE}/stages/{number}").status_code == 404
    assert operator.post(f"{PAGE}/stages/{number}", data=CHANGE).status_code == 404
    assert operator.post(f"{PAGE}/stages/{number}/jump").status_code == 404


def test_a_doubled_request_is_told(started: None, operator: FlaskClient) -> None:
    for path in ("pause", "resume", "stages/2/jump", "open"):
        assert operator.post(f"{PAGE}/{path}").status_code == 303
        assert operator.post(f"{PAGE}/{path}").status_code == 409


def test_without_a_programme_the_page_says_that_everybody_has_it(operator: FlaskClient) -> None:
    page = operator.get(PAGE).text
    assert "Everybody has recording now" in page
    assert f'action="{PAGE}/start"' in page
    assert f'action="{PAGE}/pause"' not in page
    assert f'action="{PAGE}/open"' not in page


def test_the_page_shows_the_current_stage_and_what_comes(
    started: None, operator: FlaskClient, clock: FrozenClock
) -> None:
    clock.tick(days=7)
    page = operator.get(PAGE).text
    now = re.search(r'aria-current="step".*?</li>', page, re.S)
    assert now is not None
    assert "2. More on iOS" in now[0]
    assert [f'action="{PAGE}/stages/{n}/jump"' in page for n in (1, 2, 3, 4, 5)] == [False] * 2 + [True] * 3
    assert f'action="{PAGE}/start"' not in page
    assert "Stage 2 of 5" in operator.get("/admin/rollout").text


def test_the_page_of_a_paused_programme_offers_to_resume_it(started: None, operator: FlaskClient) -> None:
    operator.post(f"{PAGE}/pause")
    page = operator.get(PAGE).text
    assert f'action="{PAGE}/resume"' in page
    assert f'action="{PAGE}/pause"' not in page
    assert "no stage begins" in page


def test_the_operator_looks_up_who_has_it_and_why(
    started: None, last: User, first: User, operator: FlaskClient
) -> None:
    page = operator.get(f"{PAGE}?handle=@Bob").text
    assert "In the 3 % that have it on iOS" in page
    assert page.count("Not on Android yet") == 1
    assert "2 February 2026" in operator.get(f"{PAGE}?handle=alice").text
    operator.post(f"{PAGE}/list", data={"handle": "alice"})
    assert operator.get(f"{PAGE}?handle=alice").text.count("On the list") == 3
    operator.post(f"{PAGE}/pause")
    assert "there is no date" in operator.get(f"{PAGE}?handle=bob").text


def test_a_handle_that_nobody_has_is_said_beside_the_field(started: None, operator: FlaskClient) -> None:
    answer = operator.get(f"{PAGE}?handle=<b>nobody")
    assert answer.status_code == 404
    assert "There is no account called @&lt;b&gt;nobody." in answer.text
    answer = operator.post(f"{PAGE}/list", data={"handle": "nobody"})
    assert answer.status_code == 422
    assert "There is no account called @nobody." in answer.text
    assert operator.post(f"{PAGE}/list").status_code == 422
    assert operator.post(f"{PAGE}/list/nobody/remove").status_code == 404


def test_the_log_says_who_did_it(started: None, operator: FlaskClient, alice: User) -> None:
    operator.post(f"{PAGE}/pause")
    operator.post(f"{PAGE}/list", data={"handle": "alice"})
    page = operator.get(PAGE).text
    for sentence in (
        "The programme was paused.",
        "@alice was put on the list.",
        "by its date",
        "on the command line",
        "@olga",
    ):
        assert sentence in page


def test_a_stage_is_changed_by_a_form(started: None, operator: FlaskClient, clock: FrozenClock) -> None:
    form = operator.get(f"{PAGE}/stages/2").text
    assert 'value="2026-01-12T18:00"' in form
    assert 'value="25.0"' in form
    assert len(re.findall(r'value="(?:ios|android|web)"', form)) == 3
    assert len(re.findall(r'<input checked[^>]*value="ios"', form)) == 1
    operator.post(f"{PAGE}/stages/2", data=CHANGE)
    stage = queries.programme(RECORDING).stage(2)
    assert f"{stage.starts_at:%Y-%m-%d %H:%M:%S}" == "2026-01-14 12:30:00"
    assert (stage.permille, stage.platforms) == (125, {Platform.IOS, Platform.WEB})


def test_a_minute_that_was_left_as_it_was_keeps_its_seconds(
    started: None, operator: FlaskClient, clock: FrozenClock
) -> None:
    operator.post(f"{PAGE}/open")
    clock.tick(seconds=7, microseconds=9)
    operator.post(f"{PAGE}/start")
    before = queries.programme(RECORDING).stage(2)
    operator.post(
        f"{PAGE}/stages/2", data={"starts_at": "2026-01-12T18:00", "percent": "30", "platforms": "ios"}
    )
    after = queries.programme(RECORDING).stage(2)
    assert after.permille == 300
    assert after.starts_at == before.starts_at == clock.now() + timedelta(days=7)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"starts_at": ""}, "Say when it begins."),
        ({"starts_at": "soon"}, "Not a valid"),
        ({"starts_at": "2026-01-30T12:00"}, "Stage 2 cannot begin after stage 3."),
        ({"starts_at": "9999-12-31T23:59"}, "within a year"),
        ({"percent": ""}, "Say how many percent."),
        ({"percent": "lots"}, "Not a valid"),
        ({"percent": "100.1"}, "between 0 and 100"),
        ({"percent": "-1"}, "between 0 and 100"),
        ({"percent": "NaN"}, "between 0 and 100"),
        ({"percent": "Infinity"}, "between 0 and 100"),
        ({"percent": "0.05"}, "smallest step"),
        ({"percent": "1e-400"}, "smallest step"),
        ({"platforms": []}, "at least one platform"),
        ({"platforms": ["fridge"]}, "not a valid choice"),
    ],
)
def test_a_form_filled_in_wrongly_says_what_is_wrong(
    started: None, operator: FlaskClient, wrong: dict[str, object], complaint: str
) -> None:
    before = queries.programme(RECORDING)
    answer = operator.post(f"{PAGE}/stages/2", data={**CHANGE, **wrong})
    assert answer.status_code == 422
    assert complaint in answer.text
    assert queries.programme(RECORDING) == before
