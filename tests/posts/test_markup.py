"""A post's text as HTML: the little that is allowed, and nothing that is not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.posts.markup import rendered

REL = 'rel="nofollow noopener ugc"'
TAG = re.compile(r"</?([a-z]+)([^>]*)>")
ATTRIBUTES = re.compile(
    r'( (href="(https?://|/@|/topics/)[^"<>]*"|rel="nofollow noopener ugc"|target="_blank"))*'
)


def test_emphasis_code_and_lines_are_shown() -> None:
    assert rendered("*a* **b** `c*d*`\ne\n\nf").replace("\n", "") == (
        "<p><em>a</em> <strong>b</strong> <code>c*d*</code><br>e</p><p>f</p>"
    )


def test_links_people_and_topics_lead_somewhere() -> None:
    html = rendered("See https://www.example.org/a_b_c?x=1&y=*2*, @Alice_b and #Tea_Time.")
    assert f'<a href="https://www.example.org/a_b_c?x=1&amp;y=*2" target="_blank" {REL}>example.org/' in html
    assert f'<a href="/@alice_b" {REL}>@Alice_b</a>' in html
    assert f'<a href="/topics/tea_time" {REL}>#Tea_Time</a>' in html
    assert "…</a>" in rendered("https://example.org/" + "a" * 100)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "![a](https://x.org/a.png)",
        "# Heading",
        "> quote",
        "- item",
        "| a | b |",
        "<https://x.org>",
        "&lt;b&gt;",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "http://[bad",
        "https://x.org/\"onmouseover='alert(1)'",
        "@alice<b>",
        "`<b>`",
        "\\<b\\>",
    ],
)
def test_nothing_else_is_made_of_it(text: str) -> None:
    check(rendered(text))
    assert "<b>" not in rendered(text)
    assert "<h1" not in rendered(text)


@given(st.text(alphabet="ab*_`\\<>&\"'()[]!@#:/.hts \n", max_size=60))
def test_whatever_is_written_only_that_comes_out(text: str) -> None:
    check(rendered(text))


def check(html: str) -> None:
    for tag, attributes in TAG.findall(html):
        assert tag in ("p", "br", "em", "strong", "code", "a")
        assert ATTRIBUTES.fullmatch(attributes), attributes
    assert "<" not in TAG.sub("", html)
