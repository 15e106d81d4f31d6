"""`flask bot`: take part in a space from a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import click

from webapp.bot import audio, ogg
from webapp.bot.client import AddressError, Talker, Visitor, hear, without_gaps
from webapp.bot.websocket import Closed, Refused

SPACE_ENDED = 1000


@click.group()
def bot() -> None:
    """Talk and listen in a space as a person would."""


@bot.command()
@click.argument("address")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--token", envvar="PARLEY_TOKEN", help="Whose voice it is: an API token of theirs.")
@click.option("--loop", is_flag=True, help="Begin again when the file ends.")
@click.option("--mute-after", is_flag=True, help="Mute before leaving.")
def speak(address: str, file: Path, token: str | None, loop: bool, mute_after: bool) -> None:
    """Say an audio FILE in the space at ADDRESS, once its host has invited you to the stage."""
    with _plain_errors():
        packets = list(audio.encode(audio.read(file)))
        visitor = Visitor(address, token)
        socket = visitor.enter()
        talker = Talker(socket, visitor.take_the_mic, visitor.accept)
        talker.talk(cycle(packets) if loop else packets)
        if mute_after:
            visitor.post("mute", muted="1")
        socket.close()
    click.echo(f"Said {len(packets) / 50:.1f} s of {file.name}.")


@bot.command()
@click.argument("address")
@click.option("--seconds", type=click.FloatRange(min=0.1), default=5.0, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True)
@click.option("--token", envvar="PARLEY_TOKEN", help="Who listens; a guest without it.")
def listen(address: str, seconds: float, out: Path, token: str | None) -> None:
    """Write what is heard in the space at ADDRESS to an Ogg Opus file."""
    with _plain_errors():
        socket = Visitor(address, token).enter()
        packets = hear(socket, seconds)
        socket.close()
    if not packets:
        raise click.ClickException("Nothing was heard.")
    whole = without_gaps(packets)
    out.write_bytes(b"".join(ogg.mux(whole)))
    click.echo(f"Heard {len(whole) / 50:.1f} s, {len(whole) - len(packets)} of {len(whole)} packets missing.")


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except Closed as closed:
        message = "The space ended." if closed.code == SPACE_ENDED else str(closed)
        raise click.ClickException(message) from closed
    except (AddressError, Refused, audio.AudioError, OSError) as error:
        raise click.ClickException(str(error)) from error
