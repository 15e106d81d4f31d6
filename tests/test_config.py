import re
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from webapp.__main__ import main
from webapp.config import Settings

EXAMPLE = Path(__file__).parents[1] / ".env.example"


def variable(field: str) -> str:
    alias = Settings.model_fields[field].validation_alias
    return str(alias) if alias else f"PARLEY_{field.upper()}"


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_explained(field: str) -> None:
    assert re.search(rf"^# .+\n#?{variable(field)}=", EXAMPLE.read_text(), re.MULTILINE)


def test_example_explains_nothing_else() -> None:
    named = set(re.findall(r"^#?([A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert named == {variable(field) for field in Settings.model_fields}


def test_environment_is_honoured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("DEMO", "0")
    monkeypatch.setenv("PARLEY_DATA_DIR", str(tmp_path))
    settings = Settings(_env_file=None)
    assert (settings.port, settings.demo, settings.data_dir) == (9000, False, tmp_path)
    assert settings.sqlalchemy_url == f"sqlite:///{tmp_path}/parley.sqlite3"
    assert settings.address == "http://localhost:9000"


def test_signing_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    key = Settings(_env_file=None, data_dir=tmp_path).signing_key()
    assert len(key) >= 32
    assert Settings(_env_file=None, data_dir=tmp_path).signing_key() == key
    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_signing_key_that_was_set_is_used_and_not_kept(tmp_path: Path) -> None:
    assert Settings(_env_file=None, data_dir=tmp_path, secret_key="chosen").signing_key() == "chosen"
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("public_url", "secure"),
    [(None, False), ("http://localhost:8000", False), ("https://parley.example/", True)],
)
def test_cookies_are_secure_over_https(public_url: str | None, secure: bool) -> None:
    assert Settings(_env_file=None, public_url=public_url).cookie_secure is secure


@pytest.mark.parametrize("public_url", ["parley.example", "ftp://parley.example", "https://host/parley"])
def test_public_url_must_be_an_origin(public_url: str) -> None:
    with pytest.raises(ValidationError, match="a scheme and a host"):
        Settings(_env_file=None, public_url=public_url)


def test_setting_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(SystemExit, match="PORT: Input should be a valid integer"):
        main()
