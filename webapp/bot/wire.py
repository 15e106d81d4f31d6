"""The bytes of docs/protocol.md, from the client's side. Nothing here knows a socket or a clock."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

SUBPROTOCOL = "parley.v1"
TICK_MS = 20
TICK_SAMPLES = 960
TALK_FRAMES_MAX = 6
OFF_STAGE = 255


class Kind(IntEnum):
    TALK = 1
    HEAR = 2
    LEVELS = 3
    STATE = 4
    LISTEN = 5


class Stream(IntEnum):
    SHARED = 0
    WITHOUT_ME = 1


class StateFlag(IntFlag):
    MUTED = 1
    WRITTEN = 2
    ELSEWHERE = 4


class WireError(ValueError):
    """A message that docs/protocol.md does not allow."""


@dataclass(frozen=True)
class Hear:
    """Packets of 20 ms for consecutive ticks, the first of them `tick`."""

    stream: Stream
    fresh: bool
    unheard: bool
    tick: int
    packets: tuple[bytes, ...]


@dataclass(frozen=True)
class State:
    """What this socket may do now."""

    role: int
    flags: StateFlag
    seat: int
    tick: int

    @property
    def on_stage(self) -> bool:
        return self.seat != OFF_STAGE

    @property
    def may_talk(self) -> bool:
        return self.on_stage and not self.flags & (StateFlag.MUTED | StateFlag.ELSEWHERE)


@dataclass(frozen=True)
class Levels:
    """The voices that sound: seat -> RFC 6464 level byte."""

    by_seat: dict[int, int]


def talk(sequence: int, timestamp: int, packets: Sequence[bytes]) -> bytes:
    """Builds a TALK of 1-6 packets; sequence and timestamp (samples at 48 kHz) wrap by themselves."""
    if not 1 <= len(packets) <= TALK_FRAMES_MAX:
        raise WireError(f"A TALK carries 1 to {TALK_FRAMES_MAX} packets, not {len(packets)}.")
    head = struct.pack(">BBHI", Kind.TALK, len(packets), sequence & 0xFFFF, timestamp & 0xFFFFFFFF)
    return head + b"".join(struct.pack(">H", len(packet)) + packet for packet in packets)


def listen(receive: bool = True, pace: int = 1) -> bytes:
    """Asks for audio (or for none), `pace` frames of 20 ms a message."""
    return struct.pack(">BBBB", Kind.LISTEN, receive, pace, 0)


def parse(message: bytes) -> Hear | State | Levels | None:
    """Reads what a server sends; None for a kind that this version does not know. Raises WireError."""
    if not message:
        raise WireError("An empty message has no kind.")
    try:
        match message[0]:
            case Kind.HEAR:
                return _parse_hear(message)
            case Kind.STATE:
                return _parse_state(message)
            case Kind.LEVELS:
                return _parse_levels(message)
    except (struct.error, ValueError) as error:
        raise WireError(f"Malformed {Kind(message[0]).name}: {error}") from error
    return None


def _parse_hear(message: bytes) -> Hear:
    _, count, stream, flags, tick = struct.unpack_from(">BBBBI", message)
    return Hear(Stream(stream), bool(flags & 1), bool(flags & 2), tick, _split_packets(message[8:], count))


def _split_packets(data: bytes, count: int) -> tuple[bytes, ...]:
    packets = []
    for _ in range(count):
        (length,) = struct.unpack_from(">H", data)
        packets.append(data[2 : 2 + length])
        if len(packets[-1]) < length:
            raise WireError("a packet is cut short")
        data = data[2 + length :]
    if data:
        raise WireError("bytes are left over")
    return tuple(packets)


def _parse_state(message: bytes) -> State:
    _, role, flags, seat, tick = struct.unpack(">BBBBI", message)
    return State(role, StateFlag(flags), seat, tick)


def _parse_levels(message: bytes) -> Levels:
    _, count = struct.unpack_from(">BB", message)
    pairs = struct.unpack(f"{2 * count}B", message[2:])
    return Levels(dict(zip(pairs[::2], pairs[1::2], strict=True)))
