"""Text in fewer bytes, for those who take it; everything else as it is."""

import gzip

import brotli
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from webapp import compression

PAGE = "<p>A page that says the same again and again.</p>" * 50
STYLES = "/static/css/base.css"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.add_url_rule("/long", "long", lambda: PAGE)
    app.add_url_rule("/short", "short", lambda: "short")
    app.add_url_rule("/sound", "sound", lambda: Response(PAGE, mimetype="audio/ogg"))
    app.add_url_rule("/drops", "drops", lambda: Response(iter([PAGE, PAGE]), mimetype="text/html"))
    return app.test_client()


def get(client: FlaskClient, path: str, takes: str, **headers: str) -> Response:
    return client.get(path, headers={"Accept-Encoding": takes, **headers})


@pytest.mark.parametrize(
    ("takes", "way", "read"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0.1, gzip;q=0.5", "gzip", gzip.decompress),
    ],
)
def test_page_and_file_come_as_the_browser_takes_them(client, takes, way, read) -> None:
    plain = client.get(STYLES).data
    for path, whole in (("/long", PAGE.encode()), (STYLES, plain)):
        answer = get(client, path, takes)
        assert answer.headers["Content-Encoding"] == way
        assert answer.content_length == len(answer.data) < len(whole) / 2
        assert read(answer.data) == whole
        assert "Accept-Encoding" in answer.vary


@pytest.mark.parametrize("takes", ["", "identity", "zstd", "br;q=0"])
def test_other_browsers_get_it_as_it_is(client: FlaskClient, takes: str) -> None:
    answer = get(client, "/long", takes)
    assert "Content-Encoding" not in answer.headers
    assert answer.text == PAGE
    assert "Accept-Encoding" in answer.vary


@pytest.mark.parametrize("path", ["/short", "/sound", "/drops", "/static/img/icon-192.png"])
def test_what_is_short_dense_or_streamed_stays_as_it_is(client: FlaskClient, path: str) -> None:
    assert "Content-Encoding" not in get(client, path, "br").headers


def test_known_file_is_not_sent_again(client: FlaskClient) -> None:
    first = get(client, STYLES, "br")
    again = get(client, STYLES, "br", **{"If-None-Match": first.headers["ETag"]})
    assert first.headers["ETag"].startswith("W/")
    assert again.status_code == 304
    assert not again.data


def test_part_of_a_file_is_a_part_of_its_bytes(client: FlaskClient) -> None:
    part = get(client, STYLES, "br", Range="bytes=0-9")
    assert part.status_code == 206
    assert part.data == client.get(STYLES).data[:10]


def test_head_says_how_long_the_answer_would_be(client: FlaskClient) -> None:
    head = client.head("/long", headers={"Accept-Encoding": "br"})
    assert head.content_length == get(client, "/long", "br").content_length
    assert not head.data


def test_file_is_compressed_once(client: FlaskClient) -> None:
    compression._file.cache_clear()
    for _ in range(3):
        get(client, STYLES, "br")
    assert compression._file.cache_info().misses == 1
