"""What can be wrong, and what somebody says of it. Pure."""

import re
from enum import StrEnum

from webapp.errors import Invalid
from webapp.templating import clock_time

WORDS_MAX = 1_000

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
    Kind.HATEFUL: "It is hateful",
    Kind.HARASSMENT: "It harasses somebody",
    Kind.VIOLENCE: "It threatens or praises violence",
    Kind.MINORS: "It is sexual and involves minors",
    Kind.SELF_HARM: "Somebody may harm themself",
    Kind.PRIVATE: "It gives away private information",
    Kind.SCAM: "It is a scam, or somebody poses as another",
    Kind.OTHER: "Something else",
}


def clean_kind(text: str) -> Kind:
    """Returns one of the kinds. Invalid otherwise."""
    try:
        return Kind(text)
    except ValueError as error:
        raise Invalid("Choose what is wrong.") from error


def clean_words(text: str, kind: str) -> str:
    """Returns up to 1,000 characters on one or more lines. Invalid otherwise, and when OTHER has none."""
    lines = ("".join(c if c.isprintable() else " " for c in line).rstrip() for line in text.splitlines())
    words = "\n".join(lines).strip()
    if len(words) > WORDS_MAX:
        raise Invalid(f"Up to {WORDS_MAX:,} characters, please.")
    if not words and kind == Kind.OTHER:
        raise Invalid("Say what is wrong.")
    return words


def clean_position(text: str, duration_ms: int) -> int | None:
    """Returns a position such as ``75``, ``1:15`` or ``1:02:03`` in milliseconds; None for none. Invalid."""
    if not text.strip():
        return None
    match = _POSITION.fullmatch(text.strip())
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, -1)
    at_ms = (hours * 3600 + minutes * 60 + seconds) * 1000
    if match is None or at_ms > duration_ms:
        raise Invalid(f"Write when it is, between 0:00 and {clock_time(duration_ms)}, or leave this empty.")
    return at_ms
