"""Bots at work: they hold a conversation whenever somebody listens, for ever."""

import logging
import re
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from typing import NamedTuple

from webapp.bot.client import CATCH_UP_S, TICK_S, Talker, Visitor
from webapp.bot.websocket import Closed, Refused
from webapp.demo.conversation import Track

IDLE_S = 0.25
RETRY_S = 1.0
_LISTENERS = re.compile(r'id="listener-count"[^>]*>\s*([\d,]+)')

log = logging.getLogger(__name__)


class Bot(Talker):
    """A talker who also reads on the page how many listen. `listeners` is None until the page has said so."""

    listeners: int | None = None

    def note(self, message: str | bytes | None) -> None:
        super().note(message)
        if isinstance(message, str) and (told := _LISTENERS.search(message)):
            self.listeners = int(told[1].replace(",", ""))

    def wait_to_be_counted(self) -> None:
        """Waits until the page knows of them: from then on the host can invite them to the stage."""
        while self.listeners is None:
            self.note(self.socket.receive(None))


class Show(NamedTuple):
    """A space that is kept live: how it is opened, and who comes, by their tokens."""

    title: str
    topics: str
    record: bool
    host: str
    guest: str
    guest_handle: str
    audience: Sequence[str] = ()


def play(site: str, show: Show, tracks: Sequence[Track], standing: Callable[[], str | None]) -> None:
    """Keeps a show live and has it talked in; in a new space when one ended. Never returns.

    ``standing`` returns the address of one that is live, or waits to be started.
    """
    while True:
        try:
            _wait_for(site)
            address = standing() or open_space(site, show)
            with suppress(Refused):  # it is live already
                Visitor(address, show.host).post("start")
            visit(address, show, tracks)
        except (Closed, Refused, OSError) as interruption:
            log.info("The demo was interrupted and goes on: %s", interruption)
            time.sleep(RETRY_S)


def open_space(site: str, show: Show) -> str:
    """Opens a space, as its host would. Its address."""
    record = {"record": "y"} if show.record else {}
    return Visitor(site, show.host).post("/spaces", title=show.title, topics=show.topics, **record).address


def visit(address: str, show: Show, tracks: Sequence[Track]) -> None:
    """Takes everybody to a space and has two of them talk until it ends. Raises Closed."""
    host, guest, *others = (Visitor(address, token) for token in (show.host, show.guest, *show.audience))
    with ExitStack() as sockets:
        hosts, guests, *seats = (
            sockets.enter_context(closing(who.enter())) for who in (host, guest, *others)
        )
        cast = Bot(hosts, host.take_the_mic), Bot(guests, guest.take_the_mic, guest.accept)
        cast[0].wait_for_the_mic()
        cast[1].wait_to_be_counted()
        host.post("invitations", handle=show.guest_handle)
        cast[1].wait_for_the_mic()
        converse(cast, tracks, audience=[Bot(seat, lambda: None) for seat in seats])


def converse(
    cast: Sequence[Bot],
    tracks: Sequence[Track],
    clock: Callable[[], float] = time.monotonic,
    audience: Sequence[Bot] = (),
) -> None:
    """Talks from the top when the first listener comes, to the end, and again while anybody listens.

    Those of the demo's own audience are quiet company: for them alone nobody talks.
    """
    at, tick = clock(), 0
    while True:
        for bot in (*cast, *audience):
            bot.listen(until=at)
        idle = tick == 0 and (cast[0].listeners or 0) <= len(audience)
        if not idle:
            for bot, track in zip(cast, tracks, strict=True):
                if (packet := track[tick]) and bot.may_talk:
                    bot.say(packet, at)
            tick = (tick + 1) % len(tracks[0])
        at = max(at + (IDLE_S if idle else TICK_S), clock() - CATCH_UP_S)


def _wait_for(site: str) -> None:
    while True:
        try:
            Visitor(f"{site}/healthz").get()
            return
        except (Refused, OSError):
            time.sleep(RETRY_S)
