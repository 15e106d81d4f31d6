"""Who can hear a recording, until when, and what happens then, in words. Pure.

The same words stand on the page about what is kept and beside each recording.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.templating import day

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
    """What holds in a stage: by whom it can be heard until when, where no date is known yet, and then."""

    name: str
    sentence: str
    then: str


RULES = {
    Stage.RECORDING: Rule(
        marked("While it is recorded"),
        marked("Whoever is in the space hears it live until the space ends."),
        marked("Then the same link plays it back."),
    ),
    Stage.PLAYABLE: Rule(
        marked("Afterwards"),
        marked("Anyone can listen for 30 days after the end, or until the host deletes it."),
        marked("Then it leaves the host and the public. A sealed copy stays in the vault."),
    ),
    Stage.SEALED: Rule(
        marked("Once it was deleted, or its 30 days are over"),
        marked(
            "Nobody but a reviewer can open the sealed copy, for a reason that is written down"
            " until 120 days after the end."
        ),
        marked("Then its key and its bytes are destroyed. A receipt stays."),
    ),
    Stage.HELD: Rule(
        marked("If a reviewer holds it for an appeal"),
        marked(
            "Nobody but a reviewer can open the sealed copy, for a reason that is written down"
            " until the hold ends."
        ),
        marked("Then its key and its bytes are destroyed. A receipt stays."),
    ),
    Stage.DESTROYED: Rule(
        marked("Destroyed"),
        marked("Nobody can hear it, and nothing can bring it back."),
        marked("The receipt says what it was and when it was destroyed."),
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
    who: str | None = None,
) -> Clock:
    """Returns what holds at an instant, in days of UTC.

    ``gone_at``: when it, or its files, were deleted. ``who`` may hear it until then.
    """
    if destroyed_at is not None:
        return _clock(Stage.DESTROYED, _("Destroyed on %(day)s.", day=day(destroyed_at, now)), None)
    if gone_at is None and now < heard_until:
        who = who or _("Anyone")
        sentence = _("%(who)s can listen until %(day)s.", who=who, day=day(heard_until, now))
        return _clock(Stage.PLAYABLE, sentence, heard_until)
    held = held_until is not None and held_until > max(vault_until, now)
    until = max(vault_until, held_until or vault_until)
    sentence = _(
        "Nobody but a reviewer can open the sealed copy, for a reason that is written down until %(day)s.",
        day=day(until, now),
    )
    return _clock(Stage.HELD if held else Stage.SEALED, sentence, until)


def _clock(stage: Stage, sentence: str, until: datetime | None) -> Clock:
    return Clock(stage, sentence, _(RULES[stage].then), until)
