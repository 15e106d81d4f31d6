"""How often something was withdrawn in this process: whoever sends a recording asks again when it was."""

from itertools import count

_counter = count(1)
_latest = 0


def note() -> None:
    """Something can be heard no more, by some or by all; it is committed."""
    global _latest  # noqa: PLW0603 -- the process has one
    _latest = next(_counter)


def latest() -> int:
    """Returns a number that is another one after each withdrawal."""
    return _latest
