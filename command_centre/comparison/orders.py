"""What the centre and the comparison's process say to each other: length-prefixed MessagePack.

The centre sends orders in the order of the log and ends a batch with ``Settle``; the process
answers each ``Settle`` with one ``State``. Nothing else is shared, so either may die at any moment:
the centre starts another process and reads everything to it again.
"""

from __future__ import annotations

from typing import Any

import msgspec

from command_centre.comparison.lexicon import DeviceLog
from command_centre.comparison.views import Cell, Finding

LENGTH_BYTES = 4
MESSAGE_BYTES_MAX = 256 << 20


class _Order(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of what the centre sends."""

    case: str


class SaidWord(msgspec.Struct, frozen=True, array_like=True):
    """A word of an utterance."""

    w: str
    start_us: int
    end_us: int
    confidence: int


class OpenCase(_Order, frozen=True):
    """Begin a case, or begin it again with what is known of it now."""

    document: dict[str, Any]
    people: dict[str, str]  # name in the lexicon: id in the case
    logs: list[DeviceLog] = []


class ReviseCase(_Order, frozen=True):
    """Points, names, documents or stored logs are others now; what was said stays."""

    document: dict[str, Any]
    people: dict[str, str]
    logs: list[DeviceLog] = []


class Said(_Order, frozen=True):
    """An utterance."""

    utterance: str
    session: str
    room: str
    person: str  # name of who is questioned in the room; empty: not known
    speaker: str  # config.words.Speaker; of one mixed microphone as proposed or named
    text: str
    start_us: int
    end_us: int
    day: str  # of the interview, YYYY-MM-DD where it takes place
    language: str = "zh"
    words: list[SaidWord] = []
    repairs: list[tuple[int, int]] = []  # spans of text put in by sound
    certain: bool = True  # False: one mixed microphone, and nobody said who spoke


class Corrected(_Order, frozen=True):
    """A person corrected an utterance; this is its text now."""

    utterance: str
    text: str


class Asked(_Order, frozen=True):
    """A prompt with a point was acknowledged in a room: it is going to be asked."""

    session: str
    room: str
    prompt: str
    point: str
    text: str
    t_us: int


class MinuteOf(msgspec.Struct, frozen=True, array_like=True):
    """The least and the most of each quantity in one minute; thousandths of their unit."""

    t_us: int  # when the minute begins
    low: dict[str, int]
    high: dict[str, int]


class Measured(_Order, frozen=True):
    """What an instrument measured, thinned to minutes; a minute may come again with more of it."""

    device: str
    name: str = ""
    minutes: list[MinuteOf] = []


class Settle(_Order, frozen=True):
    """Everything so far has been said; answer with how the case stands."""

    number: int


Order = OpenCase | ReviseCase | Said | Corrected | Asked | Measured | Settle


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since the last ``Settle``; everything after ``OpenCase`` (``full``)."""

    case: str
    number: int
    full: bool
    cells: list[Cell]
    findings: list[Finding]
    gone: list[str]  # ids of findings found no more
    engine: str
    behind: int = 0  # answers still to be read again; ask once more
    failed: int = 0  # utterances the engine could not read, in all
    slowest_us: int = 0  # of the utterances of the batch


_ENCODER = msgspec.msgpack.Encoder()
ORDERS: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
STATES: msgspec.msgpack.Decoder[State] = msgspec.msgpack.Decoder(State)


def frame(message: msgspec.Struct) -> bytes:
    """A message with its length before it."""
    raw = _ENCODER.encode(message)
    return len(raw).to_bytes(LENGTH_BYTES, "big") + raw
