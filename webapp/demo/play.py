"""The bots at work: they hold a conversation whenever somebody listens, for ever."""

import logging
import re
import time
from collections.abc import Callable, Sequence
from contextlib import closing

from webapp.bot.client import CATCH_UP_S, TICK_S, Talker, Visitor
from webapp.bot.websocket import Closed, Refused
from webapp.demo.conversation import Track
from webapp.demo.script import OTTO, TITLE, TOPICS

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


def play(
    site: str, tokens: Sequence[str], tracks: Sequence[Track], live_address: Callable[[], str | None]
) -> None:
    """Keeps a space of the bots live and talks in it; a new one when it ended. Never returns."""
    while True:
        try:
            _wait_for(site)
            visit(live_address() or open_space(site, tokens[0]), tokens, tracks)
        except (Closed, Refused, OSError) as interruption:
            log.info("The demo was interrupted and goes on: %s", interruption)
            time.sleep(RETRY_S)


def open_space(site: str, token: str) -> str:
    """Opens and starts a recorded space, as its host would. Its address."""
    address = Visitor(site, token).post("/spaces", title=TITLE, topics=TOPICS, record="y").address
    Visitor(address, token).post("start")
    return address


def visit(address: str, tokens: Sequence[str], tracks: Sequence[Track]) -> None:
    """Takes the bots to a space and has them talk until it ends. Raises Closed."""
    host, guest = (Visitor(address, token) for token in tokens)
    with closing(host.enter()) as hosts, closing(guest.enter()) as guests:
        cast = Bot(hosts, host.take_the_mic), Bot(guests, guest.take_the_mic, guest.accept)
        cast[0].wait_for_the_mic()
        cast[1].wait_to_be_counted()
        host.post("invitations", handle=OTTO.handle)
        cast[1].wait_for_the_mic()
        converse(cast, tracks)


def converse(
    cast: Sequence[Bot], tracks: Sequence[Track], clock: Callable[[], float] = time.monotonic
) -> None:
    """Talks from the top when the first listener comes, to the end, and again while anybody listens."""
    at, tick = clock(), 0
    while True:
        for bot in cast:
            bot.listen(until=at)
        idle = tick == 0 and not cast[0].listeners
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
