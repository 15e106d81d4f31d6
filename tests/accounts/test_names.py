import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.accounts.names import HANDLE, RESERVED, clean_display_name, clean_handle
from webapp.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "handle"), [("alice", "alice"), ("Alice", "alice"), (" @Al_1 ", "al_1"), ("a" * 20, "a" * 20)]
)
def test_handle_is_cleaned(typed: str, handle: str) -> None:
    assert clean_handle(typed) == handle


@pytest.mark.parametrize(
    "typed",
    ["", "ab", "a" * 21, "al ice", "al-ice", "älice", "alice\u200b", "аlice", "٣٣٣", "ali\nce", "<b>alice"],
)
def test_handle_of_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="3 to 20"):
        clean_handle(typed)


@pytest.mark.parametrize("typed", ["admin", "Settings", "sign_in"])
def test_handle_the_site_needs_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="kept for the site"):
        clean_handle(typed)


def test_reserved_words_could_be_handles() -> None:
    assert all(HANDLE.fullmatch(word) or len(word) < 3 for word in RESERVED)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Zoë  Example ", "Zoë Example"),
        ("Zoe\u0308", "Zoë"),
        ("王小明", "王小明"),
        ("Ali\u200bce", "Ali ce"),
        ("\u202egnp.exe\u202c Bob", "gnp.exe Bob"),
        ("Al\x00ice\nB", "Al ice B"),
        ("<script>1</script>", "<script>1</script>"),
    ],
)
def test_name_shows_what_it_is(typed: str, name: str) -> None:
    assert clean_display_name(typed) == name


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u200d\u2066", "\u3164", "---", "x" * 51])
def test_name_of_nothing_or_too_much_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        clean_display_name(typed)


@given(st.text())
def test_name_that_is_taken_is_plain(typed: str) -> None:
    try:
        name = clean_display_name(typed)
    except Invalid:
        return
    assert clean_display_name(name) == name
    assert 1 <= len(name) <= 50
    assert not any(unicodedata.category(character)[0] in "CZ" and character != " " for character in name)
