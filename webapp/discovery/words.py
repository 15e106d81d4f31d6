"""What somebody types to find something, as words. Pure."""

import unicodedata

QUERY_MAX = 200
"""How many characters of it are read."""
WORDS_MAX = 8


def words_of(text: str) -> list[str]:
    """Returns the words of a query, composed (NFC), the first 8. What is no letter, digit or mark divides.

    So nothing in them means anything to a database, and a text of signs alone has none.
    """
    composed = unicodedata.normalize("NFC", text[:QUERY_MAX])
    divided = "".join(character if _belongs(character) else " " for character in composed)
    words = (word for word in divided.split() if any(map(str.isalnum, word)))
    return list(words)[:WORDS_MAX]


def _belongs(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")
