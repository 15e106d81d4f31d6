import pytest

from webapp import storage as module
from webapp.config import Settings
from webapp.storage import Storage


@pytest.fixture
def store(settings: Settings) -> Storage:
    return Storage(module._open(settings))


def test_what_is_written_is_read(store: Storage, settings: Settings) -> None:
    store.write("space/waveform.json", b"[1, 2]")
    assert store.read("space/waveform.json") == b"[1, 2]"
    assert store.stat("space/waveform.json").size_bytes == 6
    assert (settings.recordings_dir / "space" / "waveform.json").is_file()


def test_what_the_recorder_wrote_is_read(store: Storage, settings: Settings) -> None:
    (settings.recordings_dir / "space").mkdir()
    (settings.recordings_dir / "space" / "mix.opus").write_bytes(b"OggS")
    assert store.read("space/mix.opus") == b"OggS"


@pytest.mark.parametrize(("start", "end"), [(0, 10), (3, 4), (0, 4), (4, 10), (5, 5)])
def test_range_streams_in_pieces(
    store: Storage, monkeypatch: pytest.MonkeyPatch, start: int, end: int
) -> None:
    monkeypatch.setattr(module, "PIECE_BYTES", 4)
    store.write("key", b"0123456789")
    pieces = list(store.stream("key", start, end))
    assert b"".join(pieces) == b"0123456789"[start:end]
    assert all(len(piece) <= 4 for piece in pieces)


def test_entity_tag_changes_with_the_content(store: Storage) -> None:
    store.write("key", b"before")
    before = store.stat("key").etag
    store.write("key", b"and after")
    assert before.startswith('"')
    assert before.endswith('"')
    assert store.stat("key").etag != before


@pytest.mark.parametrize("key", ["nothing", "/etc/passwd"])
def test_what_is_not_kept_here_is_not_found(store: Storage, key: str) -> None:
    with pytest.raises(FileNotFoundError):
        store.read(key)


def test_deleting_takes_one_folder_only(store: Storage) -> None:
    for key in ("one/mix.opus", "one/track-1.opus", "one-more/mix.opus"):
        store.write(key, b"x")
    store.delete_all("one")
    store.delete_all("never-was")
    with pytest.raises(FileNotFoundError):
        store.stat("one/mix.opus")
    assert store.read("one-more/mix.opus") == b"x"
