"""The manifest, the service worker and the page for want of a network."""

import json
import math
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp import assets, installable
from webapp.accounts.models import User

SignIn = Callable[[User], FlaskClient]
DARKEST = 0.0031308


def test_manifest_says_what_a_phone_needs(client: FlaskClient) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    said = json.loads(answer.data)
    assert (said["start_url"], said["scope"], said["display"]) == ("/", "/", "standalone")
    assert {icon["sizes"] for icon in said["icons"]} == {"192x192", "512x512"}
    assert [icon.get("purpose") for icon in said["icons"]] == [None, None, "maskable"]
    for icon in said["icons"]:
        picture = client.get(icon["src"])
        assert (picture.status_code, picture.mimetype) == (200, "image/png")
        width = int.from_bytes(picture.data[16:20], "big")
        assert icon["sizes"] == f"{width}x{width}"
    (shortcut,) = said["shortcuts"]
    assert client.get(shortcut["url"]).status_code in (200, 302)


def test_worker_knows_its_version_and_its_files(app: Flask, client: FlaskClient) -> None:
    installable.add_worker_script(app, "js/format.js")
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert "no-cache" in answer.headers["Cache-Control"]
    known = json.loads(answer.text.splitlines()[0].removeprefix("self.PARLEY = ").rstrip(";"))
    assert known["version"] == assets.version()
    assert known["scripts"][-1] == f"/static/v-{assets.version()}/js/format.js"
    for path in [known["offline"], *known["needs"], *known["scripts"]]:
        assert client.get(path).status_code == 200, path


def test_offline_page_is_the_same_for_everybody(app: Flask, alice: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    browser.set_cookie("theme", "dark")
    answer = browser.get("/offline")
    assert "You are offline" in answer.text
    without_cookies = app.test_client().get("/offline")
    assert answer.text == without_cookies.text
    assert "csrf" not in answer.text
    assert "Set-Cookie" not in without_cookies.headers


def test_page_names_manifest_icon_and_both_colours(client: FlaskClient) -> None:
    page = client.get("/").text
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert "apple-touch-icon.png" in page
    colours = re.findall(r'<meta name="theme-color" content="(.+?)" media="(.+?)"', page)
    light, dark = installable.PAPER["light"], installable.PAPER["dark"]
    assert colours == [(light, "(prefers-color-scheme: light)"), (dark, "(prefers-color-scheme: dark)")]
    client.set_cookie("theme", "dark")
    colours = re.findall(r'content="(#.+?)" media="(.+?)"', client.get("/").text)
    assert colours == [(light, "not all"), (dark, "all")]


@pytest.mark.parametrize(("scheme", "at"), [("light", 0), ("dark", 1)])
def test_colours_are_those_of_the_tokens(scheme: str, at: int) -> None:
    tokens = (assets.STATIC / "css" / "tokens.css").read_text()
    paper = re.search(r"--paper: light-dark\(oklch\((.+?)\), oklch\((.+?)\)\)", tokens)
    assert paper
    assert installable.PAPER[scheme] == as_hex(*map(float, paper.groups()[at].split()))


def as_hex(lightness: float, chroma: float, hue: float) -> str:
    """An Oklch colour in sRGB, by https://bottosson.github.io/posts/oklab/."""
    a, b = (chroma * turn(math.radians(hue)) for turn in (math.cos, math.sin))
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
        -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
        -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_,
    )
    gamma = (12.92 * x if x <= DARKEST else 1.055 * x ** (1 / 2.4) - 0.055 for x in linear)
    return "#" + "".join(f"{round(255 * min(1, max(0, x))):02x}" for x in gamma)
