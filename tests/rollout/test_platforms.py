import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.rollout.platforms import Platform, platform_of

SAFARI = "Mozilla/5.0 ({}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "hint", "platform"),
    [
        (SAFARI.format("iPhone; CPU iPhone OS 18_0 like Mac OS X"), "", Platform.IOS),
        (SAFARI.format("iPad; CPU OS 12_2 like Mac OS X"), "", Platform.IOS),
        (SAFARI.format("iPod touch; CPU iPhone OS 12_0 like Mac OS X"), "", Platform.IOS),
        (SAFARI.format("Macintosh; Intel Mac OS X 10_15_7"), "", Platform.WEB),
        (CHROME.format("Linux; Android 10; K"), "", Platform.ANDROID),
        ("Mozilla/5.0 (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0", "", Platform.ANDROID),
        (CHROME.format("Linux; Android 10; K"), '"Android"', Platform.ANDROID),
        (CHROME.format("X11; Linux x86_64"), '"Android"', Platform.ANDROID),
        (CHROME.format("X11; Linux x86_64"), '"iOS"', Platform.IOS),
        (CHROME.format("X11; Linux x86_64"), '"Linux"', Platform.WEB),
        (CHROME.format("Windows NT 10.0; Win64; x64"), '"Windows"', Platform.WEB),
        (CHROME.format("X11; CrOS x86_64 14541.0.0"), '"Chrome OS"', Platform.WEB),
        ("", "", Platform.WEB),
    ],
)
def test_platform_is_what_the_headers_say(user_agent: str, hint: str, platform: Platform) -> None:
    assert platform_of(user_agent, hint) == platform


@given(st.text(), st.text())
def test_anything_else_is_the_web_or_named(user_agent: str, hint: str) -> None:
    assert platform_of(user_agent, hint) in Platform
