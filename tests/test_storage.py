from pathlib import Path

import pytest
from flask import Flask

from webapp import storage as module
from webapp.config import Settings
from webapp.storage import Files


@pytest.fixture
def store(app: Flask) -> Files:
    return module.storage().disk


@pytest.fixture
def file(store: Files, settings: Settings) -> Path:
    """A file as the recorder writes it; its key is space/mix.opus."""
    file = settings.recordings_dir / "space" / "mix.opus"
    file.parent.mkdir()
    file.write_bytes(b"0123456789")
    return file


def test_what_the_recorder_wrote_is_read(store: Files, file: Path) -> None:
    assert store.read("space/mix.opus") == b"0123456789"
    assert store.stat("space/mix.opus").size_bytes == 10


@pytest.mark.parametrize(("start", "end"), [(0, 10), (3, 4), (0, 4), (4, 10), (5, 5)])
def test_range_streams_in_pieces(
    store: Files, file: Path, monkeypatch: pytest.MonkeyPatch, start: int, end: int
) -> None:
    monkeypatch.setattr(module, "PIECE_BYTES", 4)
    pieces = list(store.stream("space/mix.opus", start, end))
    assert b"".join(pieces) == b"0123456789"[start:end]
    assert all(len(piece) <= 4 for piece in pieces)


def test_entity_tag_changes_with_the_content(store: Files, file: Path) -> None:
    before = store.stat("space/mix.opus").etag
    file.write_bytes(b"longer than before")
    assert before.startswith('"')
    assert before.endswith('"')
    assert store.stat("space/mix.opus").etag != before


@pytest.mark.parametrize("key", ["nothing", "/etc/passwd"])
def test_what_is_not_kept_here_is_not_found(store: Files, key: str) -> None:
    with pytest.raises(FileNotFoundError):
        store.read(key)
