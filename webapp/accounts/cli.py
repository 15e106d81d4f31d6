"""Commands about accounts: ``flask accounts`` and ``flask token``."""

import click
from flask.cli import AppGroup

from webapp.accounts import services
from webapp.accounts.models import User
from webapp.cli import explained
from webapp.clock import now

token = AppGroup("token", help="Tokens with which programs sign in.")
accounts = AppGroup("accounts", help="What accounts may do, and how they sign in.")


@accounts.command("operator")
@click.argument("email")
def make_operator(email: str) -> None:
    """Let the account with this e-mail address run the site."""
    user = _account(email)
    with explained():
        services.make_operator(user)
    click.echo(f"@{user.handle} runs this site.")


@token.command("create")
@click.argument("email")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
def create_token(email: str, name: str) -> None:
    """Print a new token for the account with this e-mail address. It is shown this once."""
    user = _account(email)
    with explained():
        click.echo(services.create_token(user, name, now()))


@accounts.command("reviewer")
@click.argument("email")
@click.option("--revoke", is_flag=True, help="Take the role away instead.")
def reviewer(email: str, revoke: bool) -> None:
    """Let the account with this e-mail address look at what was reported, with two-factor."""
    user = _account(email)
    if revoke:
        services.unmake_reviewer(user)
        click.echo(f"@{user.handle} is no reviewer any more.")
    else:
        services.make_reviewer(user)
        click.echo(
            f"@{user.handle} is a reviewer{'' if user.has_two_factor else ', once two-factor is set up'}."
        )


@accounts.command("two-factor-off")
@click.argument("email")
def two_factor_off(email: str) -> None:
    """Turn two-factor off for somebody who lost both their phone and their recovery codes."""
    user = _account(email)
    services.turn_two_factor_off(user)
    click.echo(f"@{user.handle} signs in with the password alone.")


def _account(email: str) -> User:
    with explained():
        return services.account_by_email(email)
