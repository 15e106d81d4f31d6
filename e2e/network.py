"""The network between a browser and the server, which a test may slow down, cut or let go silent."""

import re
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

CHUNK_BYTES = 65_536
UPGRADE = b"Upgrade: websocket"


PACKED, PLAIN = re.compile(rb"(?i)accept-encoding:[^\r\n]*"), b"Accept-Encoding: identity"
"""What is rewritten must not come packed."""


class Network:
    """Passes on whatever comes, both ways. `address` stands for the server's own."""

    def __init__(self, server: str) -> None:
        target = urlsplit(server)
        self._server = (target.hostname or "", target.port or 80)
        self._door = socket.create_server(("localhost", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = Lock()
        self._there = True
        self.rewrite = (b"", b"")
        """What the server says in whole messages of this length, and what the browser gets to see instead."""
        self._flows = Event()
        self._flows.set()
        self._sockets_flow = Event()
        self._sockets_flow.set()
        self.address = f"http://localhost:{self._door.getsockname()[1]}"
        Thread(target=self._let_in, daemon=True).start()

    def cut(self) -> None:
        """Ends every connection as a router does that restarts; new ones are refused until it heals."""
        self._there = False
        self._end()

    def go_silent(self) -> None:
        """From now on nothing passes and nobody is told, as in a tunnel; new connections get no answer."""
        self._flows.clear()

    def hold_sockets(self) -> None:
        """WebSockets wait at the door until it heals; pages and files come."""
        self._sockets_flow.clear()

    def lose(self) -> None:
        """Changes to another network: what was open stays silent for ever, and new connections work."""
        self._flows.clear()
        with self._lock:
            lost, self._pairs = self._pairs, []
        self._lost = lost  # open for as long as this is
        self._flows = Event()
        self._flows.set()

    def heal(self) -> None:
        """All is as before; what had gone silent arrives late."""
        self._there = True
        self._let_flow()

    def close(self) -> None:
        self._there = False
        self._let_flow()
        self._door.close()
        self._end()

    def _let_flow(self) -> None:
        self._flows.set()
        self._sockets_flow.set()

    def _let_in(self) -> None:
        while True:
            try:
                inside, _ = self._door.accept()
            except OSError:
                return
            if self._there:
                Thread(target=self._carry, args=(inside, self._flows), daemon=True).start()
            else:
                inside.close()

    def _carry(self, inside: socket.socket, flows: Event) -> None:
        flows.wait()
        try:
            if UPGRADE in inside.recv(CHUNK_BYTES, socket.MSG_PEEK):
                self._sockets_flow.wait()
            outside = socket.create_connection(self._server, timeout=5)
        except OSError:
            inside.close()
            return
        with self._lock:
            self._pairs.append((inside, outside))
        with suppress(OSError, ValueError), inside, outside:
            while self._pass_on(inside, outside, flows):
                pass

    def _pass_on(self, inside: socket.socket, outside: socket.socket, flows: Event) -> bool:
        readable, _, _ = select.select([inside, outside], [], [])
        flows.wait()
        for each in readable:
            data = each.recv(CHUNK_BYTES)
            if each is inside:
                outside.sendall(PACKED.sub(PLAIN, data) if self.rewrite[0] else data)
            else:
                inside.sendall(data.replace(*self.rewrite) if self.rewrite[0] else data)
            if not data:
                return False
        return True

    def _end(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for each in pair:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


@contextmanager
def network(server: str) -> Iterator[Network]:
    between = Network(server)
    try:
        yield between
    finally:
        between.close()
