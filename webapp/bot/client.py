"""One person in one space, over the same HTTP and the same WebSocket as a browser."""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.cookiejar import CookieJar
from typing import NamedTuple, Protocol
from urllib.parse import urljoin, urlsplit

from webapp.bot import wire
from webapp.bot.websocket import Closed, Refused, WebSocket

HTTP_TIMEOUT_S = 10
TICK_S = wire.TICK_MS / 1000
CATCH_UP_S = 0.1
INVITATION = 'id="invitation"'
"""What stands on the page of whoever is invited to the stage."""


class AddressError(ValueError):
    """An address that no browser would open."""


class Page(NamedTuple):
    address: str
    html: str


class Socket(Protocol):
    def send(self, message: bytes) -> None: ...
    def receive(self, timeout: float | None) -> str | bytes | None: ...


class Visitor:
    """Someone at a page of a site: an account when a token is given, else a guest with a session cookie."""

    def __init__(self, address: str, token: str | None = None) -> None:
        self.address = address.rstrip("/")
        parts = urlsplit(self.address)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise AddressError(f"{address} is not the address of a page.")
        self._site = f"{parts.scheme}://{parts.netloc}"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._cookies = CookieJar()
        keep = [] if token else [urllib.request.HTTPCookieProcessor(self._cookies)]
        self._opener = urllib.request.build_opener(*keep)

    def get(self, path: str = "") -> Page:
        """Reads `path`, relative to the address unless it begins with a slash. Raises Refused."""
        return self._request(path, None)

    def post(self, path: str, **form: str) -> Page:
        """Sends a form; a redirect is followed. Raises Refused."""
        return self._request(path, urllib.parse.urlencode(form).encode())

    def enter(self) -> WebSocket:
        """Opens the space's socket, as its page would."""
        self.get()
        url = "ws" + self._url("socket").removeprefix("http")
        headers = {"Origin": self._site, **self._headers, **self._cookie()}
        return WebSocket.connect(url, wire.SUBPROTOCOL, headers)

    def accept(self) -> None:
        """Takes the seat that is offered, if it is not gone by now."""
        with suppress(Refused):
            self.post("invitation", answer="accept")

    def take_the_mic(self) -> None:
        """Says yes to being recorded where the dock asks, and unmutes."""
        if 'id="consent"' in self.get("dock").html:
            self.post("consent", answer="yes")
        self.post("mute", muted="0")

    def _url(self, path: str) -> str:
        return urljoin(self.address + "/", path) if path else self.address

    def _request(self, path: str, body: bytes | None) -> Page:
        request = urllib.request.Request(self._url(path), body, self._headers)  # noqa: S310
        try:
            with self._opener.open(request, timeout=HTTP_TIMEOUT_S) as response:
                return Page(response.url, response.read().decode())
        except urllib.error.HTTPError as error:
            error.close()
            raise Refused(error.code, f"{request.get_method()} {request.full_url}") from error

    def _cookie(self) -> dict[str, str]:
        pairs = [f"{cookie.name}={cookie.value}" for cookie in self._cookies]
        return {"Cookie": "; ".join(pairs)} if pairs else {}


class Talker:
    """Puts packets on a socket at the pace of speech, whenever the server lets this person talk."""

    def __init__(
        self,
        socket: Socket,
        take_the_mic: Callable[[], None],
        accept: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.socket = socket
        self._take_the_mic = take_the_mic
        self._accept = accept
        self._clock = clock
        self._epoch = clock()
        self._sequence = 0
        self.state: wire.State | None = None

    @property
    def may_talk(self) -> bool:
        return self.state is not None and self.state.may_talk

    def talk(self, packets: Iterable[bytes]) -> None:
        """Sends one packet each 20 ms; stands still while off the stage or muted. Raises Closed."""
        at = self._clock()
        for packet in packets:
            self.listen(until=at)
            if not self.may_talk:
                self.wait_for_the_mic()
                at = self._clock()
            self.say(packet, at)
            at = max(at + TICK_S, self._clock() - CATCH_UP_S)

    def say(self, packet: bytes, at: float) -> None:
        """Sends one packet that belongs to the moment `at` of the clock."""
        timestamp = round((at - self._epoch) / TICK_S) * wire.TICK_SAMPLES
        self.socket.send(wire.talk(self._sequence, timestamp, [packet]))
        self._sequence += 1

    def listen(self, until: float) -> None:
        """Takes in what the server says until the clock shows `until`."""
        while True:
            left = max(until - self._clock(), 0)
            message = self.socket.receive(left)
            if message is not None:
                self.note(message)
            elif not left:
                return

    def wait_for_the_mic(self) -> None:
        """Waits to be on the stage, then asks for the microphone, once for each time on it."""
        asked = False
        while not self.may_talk:
            if self.state and self.state.on_stage and not asked:
                self._take_the_mic()
            asked = bool(self.state and self.state.on_stage)
            self.note(self.socket.receive(None))

    def note(self, message: str | bytes | None) -> None:
        """Takes in one message; whoever is invited to the stage comes."""
        if isinstance(message, str) and INVITATION in message:
            self._accept()
        if isinstance(message, bytes) and isinstance(told := wire.parse(message), wire.State):
            self.state = told


def hear(socket: Socket, seconds: float, clock: Callable[[], float] = time.monotonic) -> dict[int, bytes]:
    """Listens for so long, or until the socket ends. The packets that came, by tick of the room."""
    packets: dict[int, bytes] = {}
    end = clock() + seconds
    with suppress(Closed):
        socket.send(wire.listen(pace=3))
        while (left := end - clock()) > 0:
            message = socket.receive(left)
            told = wire.parse(message) if isinstance(message, bytes) else None
            if isinstance(told, wire.Hear) and not told.unheard:
                packets.update(enumerate(told.packets, start=told.tick))
    return packets


def without_gaps(packets: dict[int, bytes]) -> list[bytes]:
    """Packets of consecutive ticks, first to last; what never came is a TOC byte alone, as DTX sends it."""
    whole: list[bytes] = []
    for tick in range(min(packets), max(packets) + 1):
        whole.append(packets.get(tick) or bytes([whole[-1][0] & 0xFC]))
    return whole
