"""Commands of the whole application: ``flask jobs``."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import inspect

from webapp.db import Model, db
from webapp.errors import DomainError
from webapp.job_runs import JobRun, all_runs
from webapp.scheduler import scheduler
from webapp.templating import plural


@contextmanager
def explained() -> Iterator[None]:
    """What a rule forbids is said on the command line as on a page."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(error.sentence) from error


def check_database() -> None:
    """Says what to do where the database has not all tables and columns that this version asks for."""
    wanted = Model.metadata.tables
    found = inspect(db.engine).get_multi_columns(filter_names=list(wanted))
    there = {(table, column["name"]) for (_, table), columns in found.items() for column in columns}
    if any((name, column.name) not in there for name, table in wanted.items() for column in table.columns):
        raise click.ClickException(
            "The database is not set up, or an older version's: run `flask db upgrade`, then try again."
        )


jobs = AppGroup("jobs", help="The sweeps that run every so often.")


@jobs.command("list")
def list_jobs() -> None:
    """List the sweeps, how often each runs, and how its last run went."""
    runs = all_runs()
    for sweep in scheduler().sweeps.values():
        click.echo(f"{sweep.name}  every {sweep.seconds} s  {_last(runs.get(sweep.name))}")


def _last(run: JobRun | None) -> str:
    if run is None:
        return "has not run yet"
    at = f"{run.last_started_at:%Y-%m-%d %H:%M:%S} UTC"
    if run.unfinished:
        return f"began {at}, has not finished"
    if run.last_error is not None:
        return f"failed {at}: {run.last_error.splitlines()[0]}"
    return f"ran {at}, {plural(run.last_rows or 0, 'row')}"


@jobs.command("run")
@click.argument("name")
def run_job(name: str) -> None:
    """Run one sweep now."""
    if name not in scheduler().sweeps:
        raise click.BadParameter(f"there is no sweep called {name}; see flask jobs list.", param_hint="NAME")
    rows = scheduler().run(name)
    click.echo(f"{name} is running elsewhere." if rows is None else f"{name}: {plural(rows, 'row')}")


def init_app(app: Flask) -> None:
    """Adds the commands."""
    app.cli.add_command(jobs)
