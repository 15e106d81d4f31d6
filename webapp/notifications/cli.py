"""Commands about notifications: ``flask notifications``."""

import click
from flask.cli import AppGroup

from webapp.notifications.push.keys import make_key

notifications = AppGroup("notifications", help="What people are told.")


@notifications.command("keys")
def make_keys() -> None:
    """Print a new key that signs pushes to browsers, to be set as it stands.

    With another key every browser has to be turned on again.
    """
    click.echo(f"PARLEY_PUSH_KEY={make_key()}")
    click.echo("PARLEY_PUSH_CONTACT=mailto:you@example.org")
