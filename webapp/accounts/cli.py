"""Commands about accounts: ``flask accounts`` and ``flask token``."""

import click
from flask.cli import AppGroup

from webapp.accounts import services
from webapp.clock import now
from webapp.errors import DomainError

accounts = AppGroup("accounts", help="Who may do what.")
token = AppGroup("token", help="Tokens with which programs sign in.")


@accounts.command("operator")
@click.argument("email")
def make_operator(email: str) -> None:
    """Let the account with this e-mail address run the site."""
    try:
        user = services.account_by_email(email)
        services.make_operator(user)
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"@{user.handle} runs this site.")


@token.command("create")
@click.argument("email")
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
def create_token(email: str, name: str) -> None:
    """Print a new token for the account with this e-mail address. It is shown this once."""
    try:
        click.echo(services.create_token(services.account_by_email(email), name, now()))
    except DomainError as error:
        raise click.ClickException(error.sentence) from error
