import random
import subprocess
from array import array

import pytest

from webapp import ogg as pages
from webapp.bot import audio, ogg


def file_of(packets):
    return b"".join(ogg.mux(packets))


@pytest.mark.parametrize("count", [1, 9, 10, 11, 57])
def test_file_gives_back_its_packets(count):
    random.seed(count)
    packets = [random.randbytes(random.choice([1, 254, 255, 256, 510, 1275])) for _ in range(count)]
    read = ogg.demux(file_of(packets))
    assert read.packets == packets
    assert read.preskip == ogg.PRESKIP
    assert read.n_samples == count * 960 - ogg.PRESKIP


def test_checksum_matches_the_published_check_value():
    """CRC-32 of polynomial 0x04c11db7, from zero, nothing reflected or inverted."""
    assert pages.crc32(b"123456789") == 0x89A1897F


def test_packet_may_span_pages():
    head, tags, *_rest = ogg.mux([b"", b"tail"])
    long = bytes(range(255)) * 2 + b"end"
    first = pages.with_crc(pages.page([], pages.NO_PACKET_ENDS, 2, 0)[:26] + b"\x02\xff\xff" + long[:510])
    second = pages.page([long[510:], b"tail"], 1920, 3, pages.CONTINUED | pages.LAST)
    assert ogg.demux(head + tags + first + second).packets == [long, b"tail"]


def test_torn_tail_is_left_out():
    whole = file_of([b"packet"] * 30)
    last_page = len(b"".join(list(ogg.mux([b"packet"] * 30))[:-1]))
    for end in range(last_page, len(whole)):
        assert len(ogg.demux(whole[:end]).packets) == 20


def test_changed_byte_is_noticed():
    whole = bytearray(file_of([b"packet"] * 10))
    whole[-1] ^= 1
    with pytest.raises(pages.OggError, match="checksum"):
        ogg.demux(bytes(whole))


@pytest.mark.parametrize("data", [b"", b"RIFF" * 20, b"".join(list(ogg.mux([b"x"]))[1:])])
def test_other_bytes_are_refused(data):
    with pytest.raises(pages.OggError):
        ogg.demux(data)


def test_opusinfo_finds_nothing_to_complain_of(tmp_path):
    path = tmp_path / "tone.opus"
    path.write_bytes(file_of(list(audio.encode(array("h", [0, 8000, 0, -8000] * 24_000)))))
    told = subprocess.run(["opusinfo", path], capture_output=True, text=True, check=True).stdout
    assert "WARNING" not in told
    assert "Playback length: 0m:01.99" in told
