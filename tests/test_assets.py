"""Static files at addresses that change with them."""

from pathlib import Path

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from webapp import assets

KEPT = "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["css/base.css", "js/audio/session.worker.js", "vendor/htmx.min.js"])
def test_file_of_this_version_is_kept_for_good(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/static/v-{assets.version()}/{path}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == KEPT
    assert "Set-Cookie" not in answer.headers
    assert answer.data == client.get(f"/static/{path}").data


@pytest.mark.parametrize("version", ["0123456789ab", "x"])
def test_page_of_another_version_finds_its_files_but_keeps_none(client: FlaskClient, version: str) -> None:
    for path in ("css/base.css", "vendor/htmx.min.js"):
        answer = client.get(f"/static/v-{version}/{path}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] != KEPT


@pytest.mark.parametrize("path", ["nothing.css", "vendor/package.json", "../app.py", "css/../../app.py"])
def test_nothing_else_is_there(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/v-{assets.version()}/{path}").status_code == 404


def test_pages_name_the_version(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        assert url_for("static", filename="a.css") == f"/static/v-{assets.version()}/a.css"
    page = client.get("/").text
    assert f"/static/v-{assets.version()}/js/app.js" in page
    assert "/static/js" not in page


def test_version_changes_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.css").write_text("a {}")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    first = assets.version.__wrapped__()
    assert assets.version.__wrapped__() == first
    (tmp_path / "a.css").write_text("b {}")
    assert assets.version.__wrapped__() != first
