"""Who is connected to which space. Pure: told of sockets, it counts people."""

from threading import Lock

GUEST = 1 << 63
"""The bit that tells a guest's number from an account's id."""


class Presence:
    """The sockets of every space, by person. Any thread may ask; one tells."""

    def __init__(self) -> None:
        self._spaces: dict[int, dict[int, set[int]]] = {}
        self._lock = Lock()

    def opened(self, space: int, person: int, conn: int) -> bool:
        """Notes a socket; True when it is the person's first in this space."""
        with self._lock:
            conns = self._spaces.setdefault(space, {}).setdefault(person, set())
            conns.add(conn)
            return len(conns) == 1

    def closed(self, space: int, person: int, conn: int) -> bool:
        """Forgets a socket; True when it was the person's last in this space."""
        with self._lock:
            people = self._spaces.get(space, {})
            conns = people.get(person)
            if conns is None or conn not in conns:
                return False
            conns.remove(conn)
            if not conns:
                del people[person]
            return not conns

    def left(self, space: int, person: int) -> None:
        """Forgets all sockets of somebody who said that they go, before these close."""
        with self._lock:
            self._spaces.get(space, {}).pop(person, None)

    def forget(self, space: int) -> None:
        """Drops a space whose room is gone."""
        with self._lock:
            self._spaces.pop(space, None)

    def people(self, space: int) -> list[int]:
        """Returns who is connected, in the order in which they came."""
        with self._lock:
            return list(self._spaces.get(space, ()))

    def holds(self, space: int, person: int) -> bool:
        """Tells whether somebody is connected to a space."""
        with self._lock:
            return person in self._spaces.get(space, ())

    def everybody(self) -> set[int]:
        """Returns whoever is connected to some space."""
        with self._lock:
            return {person for people in self._spaces.values() for person in people}

    def spaces_of(self, person: int) -> list[int]:
        """Returns where somebody is connected."""
        with self._lock:
            return [space for space, people in self._spaces.items() if person in people]
