from hypothesis import given
from hypothesis import strategies as st

from webapp.discovery.words import WORDS_MAX, words_of


def test_whatever_is_no_letter_divides() -> None:
    assert words_of('tea, "cake" & (jazz*) OR NOT title:x') == [
        "tea",
        "cake",
        "jazz",
        "OR",
        "NOT",
        "title",
        "x",
    ]
    assert words_of("a\0b") == ["a", "b"]
    assert words_of("snake_case") == ["snake", "case"]
    assert words_of("") == words_of("  ") == words_of("?!*\"'") == words_of("\U0001f600") == []


def test_marks_stay_with_their_letters() -> None:
    assert words_of("cafe\u0301") == ["café"]
    assert words_of("हिन्दी") == ["हिन्दी"]


@given(st.text())
def test_words_hold_nothing_that_means_anything_to_a_database(text: str) -> None:
    words = words_of(text)
    assert len(words) <= WORDS_MAX
    for word in words:
        assert any(map(str.isalnum, word))
        assert not set(word) & set("\"'*:^&|!()<>-+{}\\_%\0 \n\t~")
