"""Commands of the whole application: ``flask jobs``."""

import click
from flask import Flask
from flask.cli import AppGroup

from webapp.scheduler import scheduler

jobs = AppGroup("jobs", help="The sweeps that run every so often.")


@jobs.command("list")
def list_jobs() -> None:
    """List the sweeps and how often each runs."""
    for sweep in scheduler().sweeps.values():
        click.echo(f"{sweep.name}  every {sweep.seconds} s")


@jobs.command("run")
@click.argument("name")
def run_job(name: str) -> None:
    """Run one sweep now."""
    if name not in scheduler().sweeps:
        raise click.BadParameter(f"there is no sweep called {name}; see flask jobs list.", param_hint="NAME")
    scheduler().run(name)


def init_app(app: Flask) -> None:
    """Adds the commands."""
    app.cli.add_command(jobs)
