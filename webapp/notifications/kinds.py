"""Every kind of thing that people are told, and which ways it takes unless they say otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.languages import marked


class Way(StrEnum):
    """How word reaches somebody."""

    PAGE = "page"
    PUSH = "push"
    MAIL = "mail"


ALL = frozenset(Way)
PAGE_AND_PUSH = frozenset({Way.PAGE, Way.PUSH})


@dataclass(frozen=True)
class Kind:
    """``title`` names it for the people it concerns, ``when`` says when they are told.

    ``on`` are the ways it takes by default, ``open`` those that each may decide about; the others stay so.
    """

    name: str
    title: str
    when: str
    on: frozenset[Way]
    open: frozenset[Way] = ALL

    def ways(self, chosen: Mapping[str, bool]) -> frozenset[Way]:
        """Returns the ways it takes to somebody who chose otherwise for some of them."""
        return frozenset(
            way for way in Way if (chosen.get(way, way in self.on) if way in self.open else way in self.on)
        )


_KINDS = (
    Kind(
        "live",
        marked("Somebody you follow starts a space"),
        marked("When it starts and you may join it."),
        on=PAGE_AND_PUSH,
    ),
    Kind(
        "speaks",
        marked("Somebody you follow speaks"),
        marked("Once a space, when they have come to its stage and begun to speak, if you may join it."),
        on=frozenset({Way.PAGE}),
    ),
    Kind(
        "planned",
        marked("Somebody you follow plans a space"),
        marked("When they say when it starts, if you may join it."),
        on=frozenset({Way.PAGE}),
    ),
    Kind(
        "follow",
        marked("Somebody follows you"),
        marked("The first time they do."),
        on=frozenset({Way.PAGE}),
    ),
    Kind(
        "reply",
        marked("Somebody replies to you"),
        marked("When they answer a post of yours."),
        on=PAGE_AND_PUSH,
    ),
    Kind(
        "mention",
        marked("Somebody mentions you"),
        marked("When a post has your handle in it, or quotes a post of yours."),
        on=PAGE_AND_PUSH,
    ),
    Kind(
        "invitation",
        marked("You are invited to a stage"),
        marked("When a host or co-host would like you to speak."),
        on=PAGE_AND_PUSH,
        open=frozenset({Way.PUSH}),
    ),
    Kind(
        "request",
        marked("Your request to speak is taken up"),
        marked("When you are on the stage, as you asked."),
        on=PAGE_AND_PUSH,
        open=frozenset({Way.PUSH}),
    ),
    Kind(
        "reminder",
        marked("Reminders"),
        marked("When a space that you wait for, or one of yours, is about to start, moves or is cancelled."),
        on=ALL,
        open=frozenset({Way.PUSH, Way.MAIL}),
    ),
    Kind(
        "recording",
        marked("A recording of yours is about to leave"),
        marked("A week and a day before nobody can hear it any more."),
        on=frozenset({Way.PAGE}),
        open=frozenset({Way.PUSH, Way.MAIL}),
    ),
    Kind(
        "rollout",
        marked("Something new has come to you"),
        marked("When a feature that arrives in stages reaches you."),
        on=frozenset({Way.PAGE}),
        open=frozenset({Way.PUSH, Way.MAIL}),
    ),
    Kind(
        "moderation",
        marked("Something of yours was removed"),
        marked("When those who run the site take down what you wrote."),
        on=frozenset({Way.PAGE}),
        open=frozenset({Way.PUSH, Way.MAIL}),
    ),
    Kind(
        "report",
        marked("What you reported was looked at"),
        marked("When a reviewer decided about a post that you reported."),
        on=frozenset({Way.PAGE}),
    ),
)
KINDS = {kind.name: kind for kind in _KINDS}


def kind_called(name: str) -> Kind:
    """Returns a kind. KeyError: what is told under a name that is not listed here is a mistake of ours."""
    return KINDS[name]
