"""What people may call themselves."""

import re
import unicodedata

from webapp.errors import Invalid
from webapp.languages import gettext as _

HANDLE = re.compile(r"[a-z0-9_]{3,20}", re.ASCII)
DISPLAY_NAME_MAX = 50
TOKEN_NAME_MAX = 60
BIO_MAX = 160
_JOINER = "\u200d"
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that show nothing: Unicode's default ignorable ones, and the empty Braille pattern."""
RESERVED = frozenset(
    """
    about abuse account accounts admin administrator api audience everyone guest help healthz host me metrics
    mod moderator null operator parley post posts privacy recording recordings review root search security
    settings sign_in sign_out sign_up space spaces speaker staff stage static support system terms tickets
    undefined you
    """.split()
)
GONE_PREFIX = "gone_"
"""Begins the handles of accounts that were deleted."""


def clean_handle(text: str) -> str:
    """Returns a handle in lower case, without the @ some type.

    Raises Invalid unless it is 3-20 of a-z, 0-9 and _, and not a word the site needs.
    """
    handle = text.strip().removeprefix("@").lower()
    if not HANDLE.fullmatch(handle):
        raise Invalid(_("A handle is 3 to 20 characters: letters from a to z, digits and underscores."))
    if handle in RESERVED or handle.startswith(GONE_PREFIX):
        raise Invalid(_("That handle is kept for the site itself."))
    return handle


def clean_display_name(text: str) -> str:
    """Returns a name on one line, composed (NFC), without characters that show nothing or turn text around.

    Raises Invalid when nothing, or more than 50 characters, is left.
    """
    return _clean(text, DISPLAY_NAME_MAX)


def clean_token_name(text: str) -> str:
    """Returns what a token is for, on one line. Invalid when nothing, or more than 60 characters, is left."""
    return _clean(text, TOKEN_NAME_MAX)


def clean_bio(text: str) -> str:
    """Returns what somebody says of themself, on one line; it may be nothing. Invalid over 160 characters.

    Characters that show nothing or turn text around are dropped, but for the joiner inside emoji.
    """
    composed = unicodedata.normalize("NFC", text)
    shown = (c if c == _JOINER or not unicodedata.category(c).startswith("C") else " " for c in composed)
    bio = " ".join("".join(shown).split()).strip(f" {_JOINER}")
    if len(bio) > BIO_MAX:
        raise Invalid(_("Say it in up to %(count)s characters.", count=BIO_MAX))
    return bio


def _clean(text: str, at_most: int) -> str:
    shown = (character if is_shown(character) else " " for character in unicodedata.normalize("NFC", text))
    name = " ".join("".join(shown).split())
    if not any(character.isalnum() for character in name):
        raise Invalid(_("A name needs at least one letter or digit."))
    if len(name) > at_most:
        raise Invalid(_("A name has at most %(at_most)s characters.", at_most=at_most))
    return name


def is_shown(character: str) -> bool:
    """Control, format (zero-width, bidirectional), private and blank characters are not for names."""
    return not unicodedata.category(character).startswith("C") and not _BLANK.match(character)
