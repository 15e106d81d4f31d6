from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp.vendor import FILES

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", FILES)
def test_file_is_served(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/static/vendor/{name}")
    assert answer.status_code == 200
    assert len(answer.data) > 1000
    assert answer.content_type.startswith(("text/javascript", "font/woff2"))


@pytest.mark.parametrize("name", ["htmx.org/package.json", "../app.js", "fonts/other.woff2", "typescript"])
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/vendor/{name}").status_code == 404


def test_lock_file_names_no_host() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
