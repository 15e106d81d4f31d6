"""What a space may become, who may do what in it, and what a title and topics look like. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from webapp.errors import Conflict, Forbidden, Invalid
from webapp.languages import gettext as _
from webapp.languages import marked

TITLE_MAX = 70
TOPICS_MAX = 3
TOPIC_MAX = 24
QUESTION_MAX = 140
PLANNED_MAX = 10
"""How many spaces a host may have planned at a time."""
_JOINER = "\u200d"


class State(StrEnum):
    """Where a space is in its life."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Role(StrEnum):
    """What somebody is in one space."""

    HOST = "host"
    COHOST = "cohost"
    SPEAKER = "speaker"
    LISTENER = "listener"


PLACES = {Role.HOST: 1, Role.COHOST: 2, Role.SPEAKER: 10}
"""How many of each there may be on a stage."""
STAGE_SEATS = sum(PLACES.values())

_FULL = {
    Role.COHOST: marked("There are two co-hosts already."),
    Role.SPEAKER: marked(
        "Ten people can speak at a time, and ten do. Somebody has to leave the stage first."
    ),
}


class OpenTo(StrEnum):
    """Whom a space is for. What is for those with the link stands in no list."""

    ANYONE = "anyone"
    FOLLOWED = "followed"
    LINK = "link"


@dataclass(frozen=True)
class Door:
    """Who may enter a space, and replay it: whom it is for, and whether an account is needed."""

    open_to: OpenTo = OpenTo.ANYONE
    guests: bool = True

    @property
    def who(self) -> str:
        """Names those who may, as a sentence begins."""
        if self.open_to == OpenTo.FOLLOWED:
            return _("The people its host follows")
        if self.open_to == OpenTo.LINK:
            return _("Anyone with the link") if self.guests else _("Anyone with an account and the link")
        return _("Anyone") if self.guests else _("Anyone with an account")


_NEXT: dict[State, frozenset[State]] = {
    State.SCHEDULED: frozenset({State.LIVE, State.CANCELLED}),
    State.LIVE: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
    State.CANCELLED: frozenset(),
}

_AS_IT_IS = {
    State.SCHEDULED: marked("This space has not started yet."),
    State.LIVE: marked("This space is live already."),
    State.ENDED: marked("This space has ended."),
    State.CANCELLED: marked("This space was cancelled."),
}

_RIGHTS: dict[Role, frozenset[str]] = {
    Role.HOST: frozenset({"edit", "start", "end", "speak", "manage_stage", "appoint", "record", "set_door"}),
    Role.COHOST: frozenset({"speak", "manage_stage"}),
    Role.SPEAKER: frozenset({"speak"}),
    Role.LISTENER: frozenset(),
}

_HOSTS_ALONE = frozenset({"edit", "set_door", "start", "record", "appoint"})
"""What is the host's also while somebody else leads."""

_REFUSALS = {
    "edit": marked("Only the host can change or cancel this space."),
    "start": marked("Only the host can start this space."),
    "end": marked("Only the host can end this space for everybody, or the co-host who leads it."),
    "manage_stage": marked("Only the host and the co-hosts decide who is on the stage."),
    "appoint": marked("Only the host makes people co-hosts."),
    "record": marked("Only the host can stop the recording."),
    "set_door": marked("Only the host decides who may join."),
}

_USABLE_IN = {
    "edit": State.SCHEDULED,
    "start": State.SCHEDULED,
    "set_door": State.SCHEDULED,
    "end": State.LIVE,
    "speak": State.LIVE,
    "manage_stage": State.LIVE,
    "appoint": State.LIVE,
}


def check_transition(current: State, to: State) -> None:
    """Conflict, in words, unless a space may go from one state to the other."""
    if to not in _NEXT[current]:
        raise Conflict(_(_AS_IT_IS[current]))


def check_live(current: State) -> None:
    """Conflict, in words, unless the space is live."""
    if current != State.LIVE:
        raise Conflict(_(_AS_IT_IS[current]))


def check_not_started(current: State) -> None:
    """Conflict, in words, unless the space is still to start."""
    if current != State.SCHEDULED:
        raise Conflict(_(_AS_IT_IS[current]))


def rights(role: Role, state: State, leads: bool = False) -> frozenset[str]:
    """Returns what someone of this role may do while the space is in this state."""
    return frozenset(right for right in _rights(role, leads) if _USABLE_IN.get(right, state) == state)


def check_may(role: Role, right: str, leads: bool = False) -> None:
    """Forbidden, in words, unless someone of this role has this right in some state of a space."""
    if right not in _rights(role, leads):
        raise Forbidden(_(_REFUSALS[right]))


def _rights(role: Role, leads: bool) -> frozenset[str]:
    """A co-host who leads may do what runs the room, as the host may."""
    if leads and role == Role.COHOST:
        return _RIGHTS[role] | (_RIGHTS[Role.HOST] - _HOSTS_ALONE)
    return _RIGHTS[role]


def outranks(actor: Role, other: Role, leads: bool = False) -> bool:
    """Tells whether the one may mute, move or remove the other; who leads ranks as the host."""
    below = {
        Role.HOST: (Role.COHOST, Role.SPEAKER, Role.LISTENER),
        Role.COHOST: (Role.SPEAKER, Role.LISTENER),
    }
    return other in below.get(Role.HOST if leads and actor == Role.COHOST else actor, ())


def has_place(role: Role, taken: Iterable[Role]) -> bool:
    """Tells whether somebody more may have this role on a stage where these are taken."""
    return list(taken).count(role) < PLACES[role]


def check_place(role: Role, taken: Iterable[Role]) -> None:
    """Conflict, in words, unless somebody more may have this role."""
    if not has_place(role, taken):
        raise Conflict(_(_FULL[role]))


def lowest_free_seat(taken: Iterable[int]) -> int:
    """Returns a seat, 0 to 12. Conflict when all 13 are taken."""
    free = set(range(STAGE_SEATS)) - set(taken)
    if not free:
        raise Conflict(_("The stage is full: %(count)s people are on it.", count=STAGE_SEATS))
    return min(free)


def clean_title(text: str) -> str:
    """Returns a title on one line of 1 to 70 characters. Invalid otherwise."""
    title = one_line(text)
    if not title:
        raise Invalid(_("Say what you will talk about."))
    if len(title) > TITLE_MAX:
        raise Invalid(_("A title has at most %(count)s characters.", count=TITLE_MAX))
    return title


def clean_topics(text: str) -> list[str]:
    """Returns the topics of a list with commas, each once: up to 3 of up to 24 characters. Invalid else."""
    topics = list({topic.casefold(): topic for topic in reversed(_split(text))}.values())[::-1]
    if len(topics) > TOPICS_MAX:
        raise Invalid(_("A space has at most %(count)s topics.", count=TOPICS_MAX))
    if any(len(topic) > TOPIC_MAX for topic in topics):
        raise Invalid(_("A topic has at most %(count)s characters.", count=TOPIC_MAX))
    return topics


def clean_question(text: str) -> str:
    """Returns a question on one line of up to 140 characters; it may be empty. Invalid."""
    question = one_line(text)
    if len(question) > QUESTION_MAX:
        raise Invalid(_("A question has at most %(count)s characters.", count=QUESTION_MAX))
    return question


def _split(text: str) -> list[str]:
    parts = (one_line(part.replace("#", " ")) for part in text.split(","))
    return [part for part in parts if part]


def one_line(text: str) -> str:
    """Returns a text on one line, without what shows nothing or turns it around, but for emoji's joiner."""
    shown = "".join(c if c.isprintable() or c == _JOINER else " " for c in text)
    return " ".join(shown.split()).strip(f" {_JOINER}")
