"""What templates are given: plain values, with nothing left to look up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from webapp.accounts.models import User
from webapp.accounts.names import GONE_PREFIX
from webapp.languages import gettext as _
from webapp.spaces.presence import GUEST
from webapp.spaces.states import Door, Role, State, has_place
from webapp.templating import initials

Outcome = Literal["unrecorded", "preparing", "ready", "members", "gone"]
"""What is left of an ended space. ``members``: who has an account may listen, and this visitor has none."""

FACE = User.id, User.handle, User.display_name, User.hue
_GUEST = re.compile(r"guest-([0-9a-fA-F]{1,16})", re.ASCII)


@dataclass(frozen=True)
class Person:
    """Somebody with a face. ``person`` is their number in the media core, in decimals."""

    person: str
    handle: str
    name: str
    initials: str
    hue: int
    guest: bool = False

    @property
    def url(self) -> str:
        """Where their profile is, if they have one."""
        return f"/@{self.handle}"

    @property
    def has_profile(self) -> bool:
        return not self.guest and not self.handle.startswith(GONE_PREFIX)

    @classmethod
    def of(cls, user: User) -> "Person":
        return cls.called(user.id, user.handle, user.display_name, user.hue)

    @classmethod
    def called(cls, number: int, handle: str, display_name: str, hue: int) -> "Person":
        """Returns the same from the columns ``FACE``, where nothing else of an account is asked for."""
        name = _(display_name) if handle.startswith(GONE_PREFIX) else display_name
        return cls(str(number), handle, name, initials(name), hue)

    @classmethod
    def of_guest(cls, number: int) -> "Person":
        """A guest's handle has a hyphen, which no account's has."""
        return cls(str(number), guest_handle(number), _("Guest"), "G", number % 360, guest=True)


def guest_handle(number: int) -> str:
    """Names a guest in an address."""
    return f"guest-{number ^ GUEST:x}"


def guest_number(handle: str) -> int | None:
    """Returns the guest whom a handle names; None when it is an account's."""
    named = _GUEST.fullmatch(handle)
    return int(named[1], 16) | GUEST if named else None


@dataclass(frozen=True)
class Seat:
    """A place on the stage, 0 to 12, and who has it."""

    seat: int
    person: Person
    role: Role
    muted: bool
    connected: bool
    leads: bool = False


@dataclass(frozen=True)
class RoomNotice:
    """Who leads while the host does not, or whom the room waits for; ``left_ms`` is how long, when shown."""

    kind: Literal["led", "waiting", "ending"]
    leader: Person
    heir: Person | None
    until: datetime | None
    left_ms: int = field(compare=False, default=0)


@dataclass(frozen=True)
class Asked:
    """A request to speak, and how long that person has spoken in this space."""

    person: Person
    question: str
    spoken_ms: int
    connected: bool


@dataclass(frozen=True)
class Invited:
    """Somebody who may come to the stage, and the name of who says so."""

    person: Person
    by: str


@dataclass(frozen=True)
class Card:
    """What concerns one listener alone: who invites them to the stage, or their place among those who ask."""

    invited_by: str = ""
    place: int = 0
    question: str = ""


@dataclass(frozen=True)
class SpaceView:
    """A space as its page shows it. ``audience`` holds the first 40 of ``listeners``.

    ``asked`` is the queue of requests to speak, in its order. ``added`` is what features above spaces add to
    the page (``webapp.spaces.extras``).

    ``sequence`` grows with what is changed before the start; ``ended_reason`` also says why it was cancelled.
    """

    public_id: str
    url: str
    title: str
    topics: list[str]
    state: State
    record: bool
    recording_now: bool
    recording_stopped_at: datetime | None
    host: Person
    seats: list[Seat]
    audience: list[Person]
    listeners: int
    on_stage: int
    started_at: datetime | None
    ended_at: datetime | None
    door: Door
    scheduled_for: datetime | None = None
    sequence: int = 0
    ended_reason: str | None = None
    notice: RoomNotice | None = None
    requests_open: bool = True
    asked: list[Asked] = field(default_factory=list)
    invited: list[Invited] = field(default_factory=list)
    added: Mapping[str, object] = field(default_factory=dict)

    def seat_of(self, person: Person) -> Seat | None:
        """Returns where somebody sits; None in the audience."""
        return next((seat for seat in self.seats if seat.person.person == person.person), None)

    def has_place(self, role: Role) -> bool:
        """Tells whether somebody more may be this on the stage."""
        return has_place(role, [seat.role for seat in self.seats])

    def card_of(self, person: Person | None) -> Card | None:
        """Returns what concerns somebody alone; None if there is nothing."""
        return self.cards().get(int(person.person)) if person else None

    def cards(self) -> dict[int, Card]:
        """Returns the same for everybody, by their number."""
        asked = enumerate(self.asked, start=1)
        cards = {int(each.person.person): Card(place=place, question=each.question) for place, each in asked}
        cards.update({int(each.person.person): Card(invited_by=each.by) for each in self.invited})
        return cards


@dataclass(frozen=True)
class Viewer:
    """Whoever looks at a space, or, in what is sent to many, what those many have in common."""

    person: Person | None
    signed_in: bool
    role: Role | Literal["guest"]
    can: frozenset[str]
    muted: bool = True
    consent: str | None = None
    needs_consent: bool = False
    may_change_consent: bool = False

    @property
    def leads(self) -> bool:
        """Whether they are the host or a co-host: the space is theirs, and not for them to report."""
        return self.role in (Role.HOST, Role.COHOST)


Bar = tuple[int, int | None]
"""One bar of a waveform: 0 to 100 high, in the hue of whoever spoke most, if anybody did."""


class Turn(NamedTuple):
    """Somebody spoke, in milliseconds of the recording."""

    person: Person
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class ReplayView:
    """A recording that can be heard; ``clock`` says by whom and until when, ``then`` what happens then.

    ``resume_ms`` is where the visitor goes on listening. Lists show no ``turns``, and have none.
    """

    rid: str
    audio_url: str
    duration_ms: int
    size_bytes: int
    interrupted: bool
    lost_ms: int
    stopped_at: datetime | None
    bars: list[Bar]
    turns: list[Turn]
    clock: str
    then: str
    resume_ms: int = 0


@dataclass(frozen=True)
class SpaceCard:
    """A space in a list; ``why`` says what put it there, where that is told."""

    space: SpaceView
    replay: ReplayView | None = None
    why: str = ""
