"""Every byte here is worked out by hand from docs/protocol.md."""

import pytest

from webapp.bot import wire


def test_talk_is_laid_out_as_written():
    assert wire.talk(0x0102, 0x03040506, [b"abc"]) == bytes.fromhex("0101 0102 03040506 0003") + b"abc"


def test_talk_wraps_sequence_and_timestamp():
    assert wire.talk(65_536, 2**32 + 960, [b"x"])[2:8] == bytes.fromhex("0000 000003c0")


@pytest.mark.parametrize("count", [0, 7])
def test_talk_carries_one_to_six_packets(count):
    with pytest.raises(wire.WireError):
        wire.talk(0, 0, [b"x"] * count)


def test_listen_is_laid_out_as_written():
    assert wire.listen(pace=3) == bytes.fromhex("05 01 03 00")
    assert wire.listen(receive=False) == bytes.fromhex("05 00 01 00")


def test_hear_gives_its_packets():
    message = bytes.fromhex("02 02 01 01 00000010") + b"\0\x01a" + b"\0\x02bc"
    assert wire.parse(message) == wire.Hear(wire.Stream.WITHOUT_ME, True, False, 16, (b"a", b"bc"))


def test_state_says_who_may_talk():
    on_stage = wire.parse(bytes.fromhex("04 01 02 03 00000007"))
    assert on_stage == wire.State(1, wire.StateFlag.WRITTEN, 3, 7)
    assert on_stage.may_talk
    muted = wire.parse(bytes.fromhex("04 01 01 03 00000007"))
    elsewhere = wire.parse(bytes.fromhex("04 01 04 03 00000007"))
    audience = wire.parse(bytes.fromhex("04 00 00 ff 00000007"))
    assert not (muted.may_talk)
    assert not (elsewhere.may_talk)
    assert not (audience.may_talk)


def test_levels_are_by_seat():
    assert wire.parse(bytes.fromhex("03 02 00 9e 0c 7f")) == wire.Levels({0: 0x9E, 12: 0x7F})
    assert wire.parse(bytes.fromhex("03 00")) == wire.Levels({})


def test_unknown_kind_is_skipped():
    assert wire.parse(b"\x7fwhatever") is None


@pytest.mark.parametrize(
    "message",
    ["", "02", "03", "04", "02 01 00 00 00000000", "02 01 00 00 00000000 0002 61", "02 00 00 00 00000000 00",
     "02 01 02 00 00000000 0001 61", "03 02 00 9e", "04 01 02 03 000000", "04 01 02 03 00000000 00"],
)  # fmt: skip
def test_malformed_message_is_refused(message):
    with pytest.raises(wire.WireError):
        wire.parse(bytes.fromhex(message))
