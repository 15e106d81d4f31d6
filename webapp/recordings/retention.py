"""Who can hear a recording, until when, and what happens then, in words. Pure.

The same words stand on the page about what is kept and beside each recording.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HOST_ACCESS = timedelta(days=30)
VAULT = timedelta(days=120)


class Stage(StrEnum):
    """Where a recording is in its life."""

    RECORDING = "recording"
    PLAYABLE = "playable"
    SEALED = "sealed"
    HELD = "held"
    DESTROYED = "destroyed"


@dataclass(frozen=True)
class Rule:
    """What holds in a stage. ``lasts`` says until when where no date is known yet."""

    name: str
    who: str
    lasts: str
    then: str


RULES = {
    Stage.RECORDING: Rule(
        "While it is recorded",
        "Whoever is in the space hears it live",
        "until the space ends",
        "Then the same link plays it back.",
    ),
    Stage.PLAYABLE: Rule(
        "Afterwards",
        "Anyone can listen",
        "for 30 days after the end, or until the host deletes it",
        "Then it leaves the host and the public. A sealed copy stays in the vault.",
    ),
    Stage.SEALED: Rule(
        "Once it was deleted, or its 30 days are over",
        "Nobody but a reviewer can open the sealed copy, for a reason that is written down",
        "until 120 days after the end",
        "Then its key and its bytes are destroyed. A receipt stays.",
    ),
    Stage.HELD: Rule(
        "If a reviewer holds it for an appeal",
        "Nobody but a reviewer can open the sealed copy, for a reason that is written down",
        "until the hold ends",
        "Then its key and its bytes are destroyed. A receipt stays.",
    ),
    Stage.DESTROYED: Rule(
        "Destroyed",
        "Nobody can hear it, and nothing can bring it back",
        "",
        "The receipt says what it was and when it was destroyed.",
    ),
}


@dataclass(frozen=True)
class Clock:
    """What holds for one recording at an instant: ``sentence`` says by whom and until when."""

    stage: Stage
    sentence: str
    then: str
    until: datetime | None


def clock(
    now: datetime,
    *,
    heard_until: datetime,
    vault_until: datetime,
    held_until: datetime | None = None,
    gone_at: datetime | None = None,
    destroyed_at: datetime | None = None,
    who: str = "Anyone",
) -> Clock:
    """Returns what holds at an instant, in days of UTC.

    ``gone_at``: when it, or its files, were deleted. ``who`` may hear it until then.
    """
    if destroyed_at is not None:
        rule = RULES[Stage.DESTROYED]
        return Clock(Stage.DESTROYED, f"Destroyed on {day(destroyed_at, now)}.", rule.then, None)
    if gone_at is None and now < heard_until:
        return _clock(Stage.PLAYABLE, f"{who} can listen", heard_until, now)
    held = held_until is not None and held_until > max(vault_until, now)
    until = max(vault_until, held_until or vault_until)
    stage = Stage.HELD if held else Stage.SEALED
    return _clock(stage, RULES[stage].who, until, now)


def _clock(stage: Stage, who: str, until: datetime, now: datetime) -> Clock:
    return Clock(stage, f"{who} until {day(until, now)}.", RULES[stage].then, until)


def day(moment: datetime, now: datetime) -> str:
    """Names a day of UTC; its year only where it is another one."""
    year = f" {moment.year}" if moment.year != now.year else ""
    return f"{moment.day} {moment:%B}{year}"
