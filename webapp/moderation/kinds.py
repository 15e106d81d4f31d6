"""What can be wrong, and what somebody says of it. Pure."""

import re
from enum import StrEnum

from webapp.errors import Invalid
from webapp.languages import gettext as _
from webapp.languages import marked, number
from webapp.templating import clock_time

WORDS_MAX = 1_000
REASON_MAX = 300
"""How much a reviewer tells the author of a post that they remove."""

_POSITION = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):(?=[0-5]\d$))?(\d{1,6})", re.ASCII)


class Kind(StrEnum):
    """What somebody says is wrong."""

    HATEFUL = "hateful"
    HARASSMENT = "harassment"
    VIOLENCE = "violence"
    MINORS = "minors"
    SELF_HARM = "self_harm"
    PRIVATE = "private"
    SCAM = "scam"
    OTHER = "other"


KINDS = {
    Kind.HATEFUL: marked("It is hateful"),
    Kind.HARASSMENT: marked("It harasses somebody"),
    Kind.VIOLENCE: marked("It threatens or praises violence"),
    Kind.MINORS: marked("It is sexual and involves minors"),
    Kind.SELF_HARM: marked("Somebody may harm themself"),
    Kind.PRIVATE: marked("It gives away private information"),
    Kind.SCAM: marked("It is a scam, or somebody poses as another"),
    Kind.OTHER: marked("Something else"),
}


def clean_kind(text: str) -> Kind:
    """Returns one of the kinds. Invalid otherwise."""
    try:
        return Kind(text)
    except ValueError as error:
        raise Invalid(_("Choose what is wrong.")) from error


def clean_words(text: str, kind: str, longest: int = WORDS_MAX) -> str:
    """Returns so many characters on one or more lines. Invalid otherwise, and when OTHER has none."""
    lines = ("".join(c if c.isprintable() else " " for c in line).rstrip() for line in text.splitlines())
    words = "\n".join(lines).strip()
    if len(words) > longest:
        raise Invalid(_("Up to %(count)s characters, please.", count=number(longest)))
    if not words and kind == Kind.OTHER:
        raise Invalid(_("Say what is wrong."))
    return words


def clean_position(text: str, duration_ms: int) -> int | None:
    """Returns a position such as ``75``, ``1:15`` or ``1:02:03`` in milliseconds; None for none. Invalid."""
    if not text.strip():
        return None
    match = _POSITION.fullmatch(text.strip())
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, -1)
    at_ms = (hours * 3600 + minutes * 60 + seconds) * 1000
    if match is None or at_ms > duration_ms:
        raise Invalid(
            _(
                "Write when it is, between 0:00 and %(time)s, or leave this empty.",
                time=clock_time(duration_ms),
            )
        )
    return at_ms
