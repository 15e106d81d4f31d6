"""Keys: made once, private, and gone for good."""

import stat
from pathlib import Path

import pytest

from webapp.vault.keys import KeyRing


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "ring")


def test_a_copy_has_one_key_that_no_other_has(ring: KeyRing) -> None:
    key = ring.make("one")
    assert len(key) == 32
    assert ring.make("one") == key == ring.find("one")
    assert ring.make("two") != key
    assert ring.refs() == ["one", "two"]


def test_nobody_else_on_the_machine_reads_it(ring: KeyRing, tmp_path: Path) -> None:
    ring.make("one")
    assert stat.S_IMODE((tmp_path / "ring").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "ring" / "one.key").stat().st_mode) == 0o600


def test_a_key_that_was_destroyed_is_overwritten_and_gone(ring: KeyRing, tmp_path: Path) -> None:
    key = ring.make("one")
    link = tmp_path / "another name of the same bytes"
    link.hardlink_to(tmp_path / "ring" / "one.key")
    ring.destroy("one")
    ring.destroy("one")
    assert ring.find("one") is None
    assert ring.refs() == []
    assert link.read_bytes() == bytes(32) != key


def test_half_a_key_is_none(ring: KeyRing, tmp_path: Path) -> None:
    (tmp_path / "ring" / "one.key").write_bytes(b"short")
    assert ring.find("one") is None
    assert len(ring.make("one")) == 32


@pytest.mark.parametrize("ref", ["", "../one", "a/b", "one.key", "\u00fc", "x" * 65])
def test_what_names_no_copy_names_no_file(ring: KeyRing, ref: str) -> None:
    with pytest.raises(ValueError, match="names no copy"):
        ring.make(ref)
