"""What people and operators are told about a roll-out. Pure."""

from datetime import datetime

from webapp.rollout.features import label_of
from webapp.rollout.models import EventKind, RolloutEvent
from webapp.rollout.platforms import Platform
from webapp.rollout.programme import Verdict


def waiting(feature: str, verdict: Verdict, now: datetime) -> str:
    """Tells somebody without a feature when to expect it."""
    if verdict.expected_at is None:
        when = "We cannot say yet when it reaches you."
    else:
        when = f"It reaches you on {day(verdict.expected_at, now)}."
    return f"{label_of(feature)} is being rolled out step by step. {when}"


def day(moment: datetime, now: datetime) -> str:
    """Writes a day (UTC), with its year when that is another one."""
    year = f" {moment.year}" if moment.year != now.year else ""
    return f"{moment.day} {moment:%B}{year}"


def places(platforms: frozenset[Platform]) -> str:
    """Names platforms in their usual order: ``iOS, Android and the web``."""
    names = [platform.label for platform in Platform if platform in platforms]
    return " and ".join(", ".join(names).rsplit(", ", 1))


def happened(event: RolloutEvent) -> str:
    """Says in a sentence what happened."""
    stage = f"Stage {event.stage}, “{event.subject}”,"
    return {
        EventKind.STARTED: "The announcement's programme was started.",
        EventKind.BEGAN: f"{stage} began.",
        EventKind.PAUSED: "The programme was paused.",
        EventKind.RESUMED: "The programme was resumed.",
        EventKind.JUMPED: f"{stage} was made to begin at once.",
        EventKind.CHANGED: f"{stage} was changed.",
        EventKind.OPENED: "It was offered to everybody.",
        EventKind.LISTED: f"{event.subject} was put on the list.",
        EventKind.UNLISTED: f"{event.subject} was taken off the list.",
    }[event.kind]


def by_whom(event: RolloutEvent) -> str:
    """Says who did it."""
    if event.by is not None:
        return f"@{event.by.handle}"
    return "by its date" if event.kind == EventKind.BEGAN else "on the command line"
