"""The jobs' page, for the operator alone."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from webapp import locks
from webapp.accounts.models import User
from webapp.accounts.services import create_token
from webapp.job_runs import all_runs

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def ran(app: Flask) -> Iterator[list[datetime]]:
    """When the sweep called look ran; another one always fails."""
    when: list[datetime] = []

    def look(now: datetime) -> int:
        when.append(now)
        return 3

    def fail(_now: datetime) -> int:
        raise RuntimeError("no <disk>")

    scheduler = app.extensions["scheduler"]
    scheduler.add("look", look, seconds=300)
    scheduler.add("fails", fail, seconds=60)
    yield when
    scheduler.stop()


def press(browser: FlaskClient, job: str) -> str:
    """Runs a job now; returns the page one is sent to."""
    answer = browser.post(f"/admin/jobs/{job}/run")
    assert (answer.status_code, answer.location) == (303, "/admin/jobs")
    return browser.get("/admin/jobs").text


def test_operator_finds_the_pages_that_there_are(operator: User, sign_in: SignIn) -> None:
    page = sign_in(operator).get("/admin").text
    assert 'href="/admin/jobs"' in page
    assert 'href="/metrics"' in page
    assert "/admin/nothing" not in page


def test_operator_sees_every_job_and_its_last_run(
    operator: User, sign_in: SignIn, app: Flask, ran: list[datetime], clock: FrozenClock
) -> None:
    browser = sign_in(operator)
    page = browser.get("/admin/jobs").text
    assert all(name in page for name in ("look", "fails", "publish"))
    assert "Not yet" in page
    app.extensions["scheduler"].run("look")
    app.extensions["scheduler"]._tick("fails")
    clock.tick(minutes=5)
    page = browser.get("/admin/jobs").text
    assert "5 min ago" in page
    assert "RuntimeError: no &lt;disk&gt;" in page
    assert "1, 1" in page


def test_operator_runs_a_job_now(operator: User, sign_in: SignIn, ran: list[datetime]) -> None:
    assert "The job look dealt with 3 rows." in press(sign_in(operator), "look")
    assert len(ran) == 1


def test_operator_is_told_that_a_job_failed(operator: User, sign_in: SignIn, ran: list[datetime]) -> None:
    assert "The job fails failed." in press(sign_in(operator), "fails")
    assert all_runs()["fails"].failures == 1


def test_operator_is_told_that_a_job_is_running(operator: User, sign_in: SignIn, ran: list[datetime]) -> None:
    elsewhere = locks.take("sweep-look")
    assert elsewhere
    said = press(sign_in(operator), "look")
    elsewhere.release()
    assert "is running already" in said
    assert ran == []


def test_job_that_does_not_exist_is_not_found(operator: User, sign_in: SignIn) -> None:
    assert sign_in(operator).post("/admin/jobs/nothing/run").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/admin"), ("GET", "/admin/jobs"), ("POST", "/admin/jobs/look/run")]
)
def test_outsider_and_guest_find_nothing(
    client: FlaskClient, alice: User, sign_in: SignIn, ran: list[datetime], method: str, path: str
) -> None:
    for browser in (client, sign_in(alice)):
        assert browser.open(path, method=method).status_code == 404
    assert ran == []


def test_job_is_not_run_without_its_form(
    operator: User, sign_in: SignIn, app: Flask, ran: list[datetime]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert sign_in(operator).post("/admin/jobs/look/run").status_code == 400
    assert ran == []


def test_only_the_operator_is_shown_the_way(operator: User, alice: User, sign_in: SignIn) -> None:
    assert 'href="/admin"' in sign_in(operator).get("/").text
    assert 'href="/admin"' not in sign_in(alice).get("/").text


def test_operators_program_may_run_a_job(
    client: FlaskClient, operator: User, ran: list[datetime], clock: FrozenClock
) -> None:
    token = create_token(operator, "cron", clock.now())
    answer = client.post("/admin/jobs/look/run", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 303
    assert len(ran) == 1
