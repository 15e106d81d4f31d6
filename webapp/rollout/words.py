"""What people and operators are told about a roll-out. Pure."""

from datetime import datetime

from babel.lists import format_list

from webapp.languages import gettext as _
from webapp.languages import locale
from webapp.rollout.features import label_of
from webapp.rollout.models import EventKind, RolloutEvent
from webapp.rollout.platforms import Platform
from webapp.rollout.programme import Verdict
from webapp.templating import day


def waiting(feature: str, verdict: Verdict, now: datetime) -> str:
    """Tells somebody without a feature when to expect it."""
    if verdict.expected_at is None:
        return _(
            "%(feature)s is being rolled out step by step. We cannot say yet when it reaches you.",
            feature=label_of(feature),
        )
    return _(
        "%(feature)s is being rolled out step by step. It reaches you on %(day)s.",
        feature=label_of(feature),
        day=day(verdict.expected_at, now),
    )


def places(platforms: frozenset[Platform]) -> str:
    """Names platforms in their usual order: ``iOS, Android and the web``."""
    names = [platform.label for platform in Platform if platform in platforms]
    return format_list(names, locale=locale())


def happened(event: RolloutEvent) -> str:
    """Says in a sentence what happened."""
    stage = {"number": event.stage, "label": _(event.subject) if event.subject else ""}
    handle = {"handle": event.subject}
    return {
        EventKind.STARTED: _("The announcement's programme was started."),
        EventKind.BEGAN: _("Stage %(number)s, “%(label)s”, began.", **stage),
        EventKind.PAUSED: _("The programme was paused."),
        EventKind.RESUMED: _("The programme was resumed."),
        EventKind.JUMPED: _("Stage %(number)s, “%(label)s”, was made to begin at once.", **stage),
        EventKind.CHANGED: _("Stage %(number)s, “%(label)s”, was changed.", **stage),
        EventKind.OPENED: _("It was offered to everybody."),
        EventKind.LISTED: _("%(handle)s was put on the list.", **handle),
        EventKind.UNLISTED: _("%(handle)s was taken off the list.", **handle),
    }[event.kind]


def by_whom(event: RolloutEvent) -> str:
    """Says who did it."""
    if event.by is not None:
        return f"@{event.by.handle}"
    return _("by its date") if event.kind == EventKind.BEGAN else _("on the command line")
