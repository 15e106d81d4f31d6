"""Commands about finding: ``flask discovery``."""

import click
from flask.cli import AppGroup

from webapp.discovery import services

discovery = AppGroup("discovery", help="Finding spaces and people.")


@discovery.command("reindex")
def reindex() -> None:
    """Make the search index anew from what there is."""
    services.reindex()
    click.echo("Everything is found again.")
