"""Whether this process works, for whoever watches it: ``/healthz`` and ``/metrics``."""

import hmac
from collections.abc import Iterator

from flask import Flask, Response, abort, current_app
from flask.typing import ResponseReturnValue
from flask_security import current_user
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from webapp.config import Settings
from webapp.db import db
from webapp.job_runs import all_runs
from webapp.media_metrics import MediaCollector
from webapp.security import bearer_token


class JobCollector(Collector):
    """How the sweeps went, on the whole site; nothing while the database does not answer."""

    def collect(self) -> Iterator[Metric]:
        ran = CounterMetricFamily("parley_job_runs", "Runs of a sweep that finished", labels=["job"])
        failed = CounterMetricFamily("parley_job_failures", "Runs of a sweep that failed", labels=["job"])
        latest = GaugeMetricFamily(
            "parley_job_last_success_timestamp_seconds", "When a sweep last went well", labels=["job"]
        )
        try:
            runs = all_runs().values()
        except SQLAlchemyError:
            current_app.logger.exception("The sweeps' runs could not be read")
            return
        for run in runs:
            ran.add_metric([run.name], run.runs)
            failed.add_metric([run.name], run.failures)
            if run.last_succeeded_at is not None:
                latest.add_metric([run.name], run.last_succeeded_at.timestamp())
        yield from (ran, failed, latest)


def init_app(app: Flask) -> None:
    """Adds the two addresses."""
    registry = CollectorRegistry()
    registry.register(MediaCollector(app.extensions["media"]))
    registry.register(JobCollector())
    ProcessCollector(registry=registry)
    app.extensions["metrics"] = registry
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/metrics", "metrics", _metrics)


def _healthz() -> ResponseReturnValue:
    works = {"database": _database_answers(), "media": current_app.extensions["media"].alive()}
    if all(works.values()):
        return {"status": "ok"}
    return {"status": "unavailable", **works}, 503


def _database_answers() -> bool:
    try:
        db.session.execute(select(1))
    except SQLAlchemyError:
        current_app.logger.exception("The database does not answer")
        return False
    return True


def _metrics() -> ResponseReturnValue:
    if not _may_see_metrics():
        abort(404)
    text = generate_latest(current_app.extensions["metrics"])
    return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_see_metrics() -> bool:
    settings: Settings = current_app.extensions["settings"]
    expected, given = settings.metrics_token, bearer_token()
    if expected and given and hmac.compare_digest(expected.get_secret_value().encode(), given.encode()):
        return True
    return bool(current_user.is_authenticated and current_user.is_operator)
