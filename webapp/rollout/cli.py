"""Commands about roll-outs: ``flask rollout``."""

import click
from flask.cli import AppGroup

from webapp.cli import explained
from webapp.clock import now
from webapp.rollout import queries, services, words
from webapp.rollout.platforms import Platform

rollout = AppGroup("rollout", help="Features that reach a few first, then all.")


@rollout.command("show")
@click.argument("feature")
def show(feature: str) -> None:
    """Print a feature's stages, and how many have it."""
    with explained():
        programme = queries.programme(feature)
    if not programme.stages:
        click.echo("Everybody has it.")
        return
    begun = programme.begun(now())
    for stage in programme.stages:
        mark = "*" if begun and stage == begun[-1] else " "
        when, share = f"{stage.starts_at:%Y-%m-%d %H:%M} UTC", f"{stage.percent:>6}"
        click.echo(f"{mark} {stage.number}  {when}  {share}  {words.places(stage.platforms)}: {stage.label}")
    if programme.paused_at is not None:
        click.echo(f"Paused since {programme.paused_at:%Y-%m-%d %H:%M} UTC.")
    have, total = queries.counts(programme, now()), len(queries.accounts())
    click.echo(f"Of {total} accounts: " + ", ".join(f"{have[p]} on {p.label}" for p in Platform) + ".")


@rollout.command("start")
@click.argument("feature")
def start(feature: str) -> None:
    """Start the announcement's programme: a few on iOS first, everybody within four weeks."""
    with explained():
        services.start(feature, now())


@rollout.command("pause")
@click.argument("feature")
def pause(feature: str) -> None:
    """Stop a programme's clock; nobody loses what they have."""
    with explained():
        services.pause(feature, now())


@rollout.command("resume")
@click.argument("feature")
def resume(feature: str) -> None:
    """Let a programme go on, later by the length of the pause."""
    with explained():
        services.resume(feature, now())


@rollout.command("jump")
@click.argument("feature")
@click.argument("number", type=click.IntRange(min=1))
def jump(feature: str, number: int) -> None:
    """Have stage NUMBER, and all before it, begin now."""
    with explained():
        services.jump(feature, number, now())
