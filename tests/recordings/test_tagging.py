"""Comments of an Ogg Opus file, exchanged without touching its audio."""

import json
import struct
import subprocess
from array import array
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import ogg as pages
from webapp.bot import audio, ogg
from webapp.recordings.tagging import FRONT_BYTES, UNCHANGED, VALUE_MAX_BYTES, tagged

TAGS = {"TITLE": "Tea – “Ærlig”", "ARTIST": "Alice", "DESCRIPTION": "http://parley.example/spaces/x"}
SECONDS = 3
FILE = b"".join(ogg.mux(list(audio.encode(array("h", [0, 8000, 0, -8000] * 12_000 * SECONDS)))))


def put(file: bytes, tags: dict[str, str] = TAGS) -> bytes:
    done = tagged(file[:FRONT_BYTES], tags)
    return done.head + file[done.audio_at :]


def comments(file: bytes) -> tuple[bytes, list[bytes]]:
    """The encoder's name, and the comments."""
    packet = list(pages.pages(file))[1].packets[0]
    at, found = 8, []
    (length,) = struct.unpack_from("<I", packet, at)
    vendor = packet[at + 4 : at + 4 + length]
    at += 4 + length
    (count,) = struct.unpack_from("<I", packet, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<I", packet, at)
        found.append(packet[at + 4 : at + 4 + length])
        at += 4 + length
    assert at == len(packet)
    return vendor, found


def test_comments_are_new_and_audio_is_not() -> None:
    done = put(FILE)
    assert comments(done) == (b"parley", [f"{name}={value}".encode() for name, value in TAGS.items()])
    assert ogg.demux(done) == ogg.demux(FILE)
    assert {page.serial for page in pages.pages(done)} == {page.serial for page in pages.pages(FILE)}


def test_other_programs_read_them(tmp_path: Path) -> None:
    path = tmp_path / "tagged.opus"
    path.write_bytes(put(FILE))
    shown = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path]
    probed = json.loads(subprocess.run(shown, capture_output=True, check=True).stdout)
    read = {name.upper(): value for name, value in probed["streams"][0]["tags"].items()}
    read["DESCRIPTION"] = read.pop("COMMENT")  # which ffmpeg takes for the same
    assert read == read | TAGS
    assert float(probed["format"]["duration"]) == pytest.approx(SECONDS, abs=0.03)
    told = subprocess.run(["opusinfo", path], capture_output=True, text=True, check=True).stdout
    assert "WARNING" not in told
    assert "TITLE=Tea – “Ærlig”" in told
    assert "Playback length: 0m:02.99" in told


def test_tagging_twice_is_tagging_once() -> None:
    assert put(put(FILE, {"TITLE": "x" * 500, "GENRE": "Speech"})) == put(FILE)


@given(st.integers(0, len(put(FILE))), st.integers(0, len(put(FILE))))
def test_any_range_is_spliced_right(one: int, other: int) -> None:
    start, end = sorted((one, other))
    done = tagged(FILE[:FRONT_BYTES], TAGS)
    head, first, last = done.parts(start, end)
    assert head + FILE[first:last] == put(FILE)[start:end]
    assert done.size_bytes(len(FILE)) == len(put(FILE))


@given(st.dictionaries(st.from_regex(r"[A-Z]{1,12}", fullmatch=True), st.text(max_size=4000), max_size=60))
def test_any_tags_fit_on_their_page(tags: dict[str, str]) -> None:
    done = put(FILE, tags)
    _, found = comments(done)
    assert ogg.demux(done) == ogg.demux(FILE)
    for comment, (name, value) in zip(found, tags.items(), strict=False):
        kept = comment.decode().removeprefix(f"{name}=")
        assert value.startswith(kept)
        assert len(kept.encode()) <= VALUE_MAX_BYTES


def test_what_does_not_fit_is_left_out() -> None:
    _, found = comments(put(FILE, {f"T{number}": "é" * 5000 for number in range(60)}))
    assert 30 <= len(found) < 60
    assert {len(comment.decode()) for comment in found[10:]} == {4 + VALUE_MAX_BYTES // 2}


def test_nothing_changed_is_the_file_itself() -> None:
    assert UNCHANGED.parts(3, 9) == (b"", 3, 9)
    assert UNCHANGED.size_bytes(7) == 7


HEAD, COMMENTS = (page for page in list(ogg.mux([b"x"]))[:2])


@pytest.mark.parametrize(
    ("front", "complaint"),
    [
        (b"", "no two whole"),
        (b"RIFF" * 20, "not where page 0"),
        (FILE[:60], "no two whole"),
        (pages.page([b"Speex   "], 0, 0, pages.FIRST) + COMMENTS, "no Opus header"),
        (pages.page([b"OpusHead"], 0, 0, 0) + COMMENTS, "no Opus header"),
        (HEAD + pages.page([b"OpusTags", b"sound"], 0, 1, 0), "second page alone"),
        (HEAD + pages.page([b"sound"], 0, 1, 0), "second page alone"),
        (HEAD + pages.page([b"OpusTags\0\0\0\0\0\0\0\0"], 0, 1, 0, serial=2), "second page alone"),
        (HEAD + pages.page([b"OpusTags\1"], 0, 1, 0), "first length"),
        (HEAD + pages.page([b"OpusTags\xff\0\0\0parley"], 0, 1, 0), "encoder's name"),
    ],
)
def test_another_beginning_is_refused(front: bytes, complaint: str) -> None:
    with pytest.raises(pages.OggError, match=complaint):
        tagged(front, TAGS)


def test_changed_byte_is_noticed() -> None:
    for at in range(len(HEAD) + len(COMMENTS)):
        torn = bytearray(FILE)
        torn[at] ^= 1
        with pytest.raises(pages.OggError):
            tagged(bytes(torn[:FRONT_BYTES]), TAGS)


@given(st.binary(max_size=400))
def test_any_bytes_are_tagged_or_refused(front: bytes) -> None:
    with suppress(pages.OggError):
        assert tagged(front, TAGS).audio_at <= len(front)
