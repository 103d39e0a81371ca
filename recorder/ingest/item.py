"""What the receive path hands over: the same shape from C and from the twin.

``kind`` says which fields count; the numbers are those of ``media.h``.
"""

from __future__ import annotations

from typing import NamedTuple

LOST = 0  # ``packets`` were given up here
FRAME = 1  # a whole picture: ``data``, ``flags`` KEY, PICTURE, SETS, and the rest
PACKET = 2  # one payload, in order: ``data``, ``flags`` MARKER, and the rest
MALFORMED = 3  # the picture being collected is spoilt
RESTARTED = 4  # another SSRC has taken over; everything begins anew
CONTROL = 5  # an SRTCP datagram, not deciphered: ``data``
OTHER = 6  # a datagram for somebody else: ``data`` and ``source``

KEY, PICTURE, SETS, MARKER = 1, 2, 4, 8

#: Modes of a lane: what it makes of packets that are in order.
PACKETS, H264_PICTURES, VP8_PICTURES = 0, 1, 2


class Item(NamedTuple):
    """One thing that came out."""

    kind: int
    lane: int = -1  # number of the lane
    data: bytes = b""
    flags: int = 0
    timestamp: int = 0  # RTP, 32 bit
    arrival_us: int = 0  # when its first packet came
    packets: int = 0
    ssrc: int = 0
    source: tuple[str, int] | None = None
