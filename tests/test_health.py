import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from webapp.accounts.models import User
from webapp.app import create_app
from webapp.clock import Clock
from webapp.config import Settings
from webapp.db import db
from webapp.job_runs import JobRun


@pytest.fixture
def core_answers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["media"], "alive", lambda: True)


@pytest.mark.usefixtures("core_answers")
def test_healthy_when_database_and_core_answer(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_unavailable_without_the_core(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unavailable", "database": True, "media": False}


@pytest.mark.usefixtures("core_answers")
def test_unavailable_without_the_database(settings: Settings, clock: Clock) -> None:
    nowhere = settings.model_copy(update={"database_url": "sqlite:////nowhere/parley.sqlite3"})
    answer = create_app(nowhere, clock).test_client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {"status": "unavailable", "database": False, "media": False}


def test_operator_sees_metrics_and_nobody_else_does(
    client: FlaskClient, operator: User, alice: User, sign_in: Callable[[User], FlaskClient]
) -> None:
    assert "process_cpu_seconds_total" in sign_in(operator).get("/metrics").text
    assert sign_in(alice).get("/metrics").status_code == 404
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize(("given", "status"), [("right", 200), ("wrong", 404), ("", 404), ("ü", 404)])
def test_monitor_sees_metrics_with_its_token(
    settings: Settings, clock: Clock, given: str, status: int
) -> None:
    app = create_app(settings.model_copy(update={"metrics_token": SecretStr("right")}), clock)
    with app.app_context():
        db.create_all()
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {given}"})
    assert answer.status_code == status


def test_metrics_count_the_sweeps_of_the_site(
    app: Flask, operator: User, sign_in: Callable[[User], FlaskClient], clock: Clock
) -> None:
    scheduler = app.extensions["scheduler"]
    scheduler.add("look", lambda _now: 3, seconds=60)
    scheduler.add("fails", lambda _now: 1 // 0, seconds=60)
    scheduler.run("look")
    with pytest.raises(ZeroDivisionError):
        scheduler.run("fails")
    text = sign_in(operator).get("/metrics").text
    assert 'parley_job_runs_total{job="look"} 1.0' in text
    assert 'parley_job_failures_total{job="look"} 0.0' in text
    assert 'parley_job_failures_total{job="fails"} 1.0' in text
    (seconds,) = re.findall(r'parley_job_last_success_timestamp_seconds\{job="look"\} (\S+)', text)
    assert float(seconds) == clock.now().timestamp()
    assert 'parley_job_last_success_timestamp_seconds{job="fails"}' not in text


def test_metrics_are_shown_without_the_sweeps_when_those_cannot_be_read(
    operator: User, sign_in: Callable[[User], FlaskClient]
) -> None:
    JobRun.__table__.drop(db.engine)
    answer = sign_in(operator).get("/metrics")
    assert answer.status_code == 200
    assert "process_cpu_seconds_total" in answer.text
    assert "parley_job_runs_total" not in answer.text
