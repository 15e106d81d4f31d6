"""The app on somebody's phone that shows their codes."""

import base64
import hmac
import time

STEP_S = 30
DAY_S = 86_400


def code(key: str, days_ahead: int = 0) -> str:
    """The six digits of this moment (RFC 6238), or of the same moment so many days later."""
    counter = int(time.time() + days_ahead * DAY_S) // STEP_S
    digest = hmac.digest(base64.b32decode(_padded(key)), counter.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"


def _padded(key: str) -> str:
    bare = key.upper().translate(str.maketrans("", "", " -"))
    return bare + "=" * (-len(bare) % 8)
