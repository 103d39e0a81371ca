"""RTCP (RFC 3550, RFC 4585, REMB draft): the few packets the recorder reads and writes.

Pure. Parsing stops silently at the first thing that is not RTCP; building never fails for values
in range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct, pack

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206

_COMMON = Struct("!BBH").unpack_from
_SENDER = Struct("!LQL").unpack_from
_WORD = Struct("!L").unpack_from


@dataclass(slots=True, frozen=True)
class Report:
    """The sender's part of a sender report."""

    ssrc: int
    ntp: int
    rtp: int


@dataclass(slots=True, frozen=True)
class Bye:
    """These sources leave."""

    ssrcs: tuple[int, ...]


def parse_compound(data: bytes) -> list[Report | Bye]:
    """The sender reports and goodbyes in a compound packet, up to the first malformed part."""
    found: list[Report | Bye] = []
    position = 0
    while position + 4 <= len(data):
        first, kind, words = _COMMON(data, position)
        end = position + 4 + 4 * words
        if first & 0xC0 != 0x80 or end > len(data):
            break
        if kind == SR and end - position >= 28:
            found.append(Report(*_SENDER(data, position + 4)))
        elif kind == BYE:
            count = min(first & 0x1F, words)
            found.append(Bye(tuple(_WORD(data, position + 4 + 4 * i)[0] for i in range(count))))
        position = end
    return found


@dataclass(slots=True, frozen=True)
class ReportBlock:
    """One reception report (RFC 3550, 6.4.1)."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int


def receiver_report(own: int, blocks: Sequence[ReportBlock]) -> bytes:
    """A receiver report; at most 31 blocks fit."""
    body = pack("!L", own)
    for block in blocks[:31]:
        lost = max(-(1 << 23), min(block.lost, (1 << 23) - 1)) & 0xFFFFFF
        body += pack(
            "!LLLLLL",
            block.ssrc,
            (block.fraction_lost & 0xFF) << 24 | lost,
            block.highest & 0xFFFFFFFF,
            block.jitter & 0xFFFFFFFF,
            block.last_report & 0xFFFFFFFF,
            block.delay & 0xFFFFFFFF,
        )
    return _packet(min(len(blocks), 31), RR, body)


def picture_loss(own: int, media: int) -> bytes:
    """PLI: please send a key frame (RFC 4585, 6.3.1)."""
    return _packet(1, PSFB, pack("!LL", own, media))


def nack(own: int, media: int, sequences: Sequence[int]) -> bytes:
    """Generic NACK for these sequence numbers (RFC 4585, 6.2.1)."""
    body = pack("!LL", own, media)
    remaining = sorted({s & 0xFFFF for s in sequences})
    while remaining:
        base = remaining[0]
        mask = 0
        rest: list[int] = []
        for sequence in remaining[1:]:
            distance = sequence - base
            if distance <= 16:
                mask |= 1 << (distance - 1)
            else:
                rest.append(sequence)
        body += pack("!HH", base, mask)
        remaining = rest
    return _packet(1, RTPFB, body)


def maximum_bit_rate(own: int, bits_per_s: int, ssrcs: Sequence[int]) -> bytes:
    """REMB: what the sender may send at most (draft-alvestrand-rmcat-remb-03)."""
    exponent = max(0, bits_per_s.bit_length() - 18)
    mantissa = bits_per_s >> exponent
    body = pack("!LL", own, 0) + b"REMB"
    body += pack("!BBH", len(ssrcs), exponent << 2 | mantissa >> 16, mantissa & 0xFFFF)
    body += b"".join(pack("!L", ssrc) for ssrc in ssrcs)
    return _packet(15, PSFB, body)


def _packet(count: int, kind: int, body: bytes) -> bytes:
    return pack("!BBH", 0x80 | count, kind, len(body) // 4) + body
