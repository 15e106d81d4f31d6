"""What people write: cleaned, counted, and read for people, topics and spaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.errors import Invalid
from webapp.posts.text import (
    CHARACTERS_MAX,
    TEXT_MAX,
    SpaceLink,
    characters,
    clean_text,
    links,
    mentions,
    space_links,
    topics,
)

ID = "AbCdEfGhIjKlMnOpQrStUv"
FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "seen"),
    [("abc", 3), ("e\u0301", 1), (FAMILY, 1), ("🇩🇪🇫🇷", 2), ("👍🏽", 1), ("क्षि", 1), ("a\nb", 3), ("", 0)],
)
def test_characters_are_counted_as_people_see_them(text: str, seen: int) -> None:
    assert characters(text) == seen


def test_as_much_as_fits_is_taken_and_one_more_is_not() -> None:
    assert clean_text("x" * CHARACTERS_MAX) == "x" * CHARACTERS_MAX
    assert clean_text(FAMILY * 200).count("\u200d") == 600
    assert clean_text("e\u0301" * CHARACTERS_MAX) == "é" * CHARACTERS_MAX
    for text in ("x" * (CHARACTERS_MAX + 1), "x" * 10_000, "x" * 1_000_000, FAMILY * CHARACTERS_MAX):
        with pytest.raises(Invalid, match="at most 500 characters"):
            clean_text(text)


@pytest.mark.parametrize(
    "text", ["", "  \n\t ", "\u200b\u200d", "\u3164", "\ufe0f", "\u202e", "\u2800", "\x00", "\ud800"]
)
def test_nothing_to_see_is_no_post(text: str) -> None:
    with pytest.raises(Invalid, match="Write something"):
        clean_text(text)


def test_what_turns_text_around_hides_in_it_or_piles_up_is_dropped() -> None:
    assert clean_text("pay \u202eeciladnav\u202c\u200b @al\u200bice") == "pay eciladnav @alice"
    assert clean_text("nothing\x00here\ufeff\ue000") == "nothinghere"
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"
    assert len(clean_text("Z" + "\u0335" * 400)) == 9


def test_lines_stay_and_emptiness_does_not_grow() -> None:
    assert clean_text("  one \r\n two\t three\n\n\n\n\nfour  ") == "one\ntwo three\n\nfour"
    assert clean_text("a\u2028b\x85c") == "a\nb\nc"


@given(st.text(max_size=700))
def test_whatever_is_written_comes_out_small_and_stays_as_it_is(text: str) -> None:
    try:
        cleaned = clean_text(text)
    except Invalid:
        return
    assert len(cleaned) <= TEXT_MAX
    assert clean_text(cleaned) == cleaned
    assert not any(mark in cleaned for mark in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\x00\r")


def test_people_are_mentioned_once_and_not_in_addresses() -> None:
    text = "@Alice, (@bob) @alice! mail@charlie.com https://x.org/@dora @ab @" + "e" * 21 + " a@fred /@gina"
    assert mentions(text) == ["alice", "bob"]


def test_topics_have_a_letter_and_are_the_same_in_any_case() -> None:
    text = "#Tea #TEA #1 #2tea, #Straße #STRASSE https://x.org/#cake a#b &#39; ##c #" + "d" * 51
    assert topics(text) == ["tea", "2tea", "strasse"]
    assert len(topics(" ".join(f"#t{i}" for i in range(50)))) == 10


def test_an_address_ends_where_its_sentence_goes_on() -> None:
    text = "See https://x.org/a_(b), (http://y.org/c) and <https://z.org>… HTTPS://Q.org/?a=1&b=2!"
    assert links(text) == ["https://x.org/a_(b)", "http://y.org/c", "https://z.org", "HTTPS://Q.org/?a=1&b=2"]


@pytest.mark.parametrize(
    ("address", "start_ms"),
    [
        (f"http://localhost/spaces/{ID}", None),
        (f"HTTP://LocalHost/spaces/{ID}/", None),
        (f"https://localhost/spaces/{ID}?t=90", 90_000),
        (f"https://localhost/spaces/{ID}?x=1&t=0#turns", 0),
        (f"https://parley.example:8000/spaces/{ID}?t=abc", None),
        (f"http://localhost/spaces/{ID}?t=-5", None),
        (f"http://localhost/spaces/{ID}?t=99999999999", None),
        (f"http://localhost/spaces/{ID}?t=١", None),
    ],
)
def test_a_link_to_a_space_of_this_site_is_found_in_any_form(address: str, start_ms: int | None) -> None:
    hosts = frozenset({"localhost", "parley.example:8000"})
    assert space_links(f"Come: {address}. Now!", hosts) == [SpaceLink(ID, start_ms)]


@pytest.mark.parametrize(
    "address",
    [
        f"http://elsewhere/spaces/{ID}",
        f"http://localhost.evil.org/spaces/{ID}",
        f"http://localhost@evil.org/spaces/{ID}",
        f"http://evil.org/?http://localhost/spaces/{ID}",
        "http://localhost/spaces/new",
        f"http://localhost/space/{ID}",
        f"http://localhost/spaces/{ID}x",
        f"ftp://localhost/spaces/{ID}",
        "http://[bad",
    ],
)
def test_what_only_looks_like_one_is_none(address: str) -> None:
    assert space_links(address, frozenset({"localhost"})) == []
