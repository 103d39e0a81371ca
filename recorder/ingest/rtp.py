"""RTP packets (RFC 3550) as offsets into the datagram, and number unwrapping.

Pure. Nothing here raises on bad input: a datagram that is not RTP parses to ``None``.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

#: Larger media datagrams than this are not sent by any publisher and upset libsrtp.
MAX_DATAGRAM = 1500

_FIXED = Struct("!BBHLL").unpack_from


class RtpHeader(NamedTuple):
    """The header fields, and where the payload lies in the datagram."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    start: int
    end: int


def parse_header(data: bytes) -> RtpHeader | None:
    """The header of an unprotected RTP packet, or None when it is not one (RFC 3550, 5.1)."""
    size = len(data)
    if size < 12:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED(data)
    if first & 0xC0 != 0x80:
        return None
    start = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if size < start + 4:
            return None
        start += 4 + 4 * (data[start + 2] << 8 | data[start + 3])
    end = size
    if first & 0x20:
        padding = data[-1]
        if padding == 0:
            return None
        end -= padding
    if start > end:
        return None
    return RtpHeader(second & 0x7F, second >= 0x80, sequence, timestamp, ssrc, start, end)


def is_rtcp(data: bytes) -> bool:
    """Whether a datagram in the SRTP range is RTCP (RFC 5761, 4)."""
    return len(data) > 1 and 192 <= data[1] <= 223


class Unwrapper:
    """Turns counters that wrap into ones that do not, by the nearest signed distance.

    A step back is a step back, never a wrap of 2**bits, unless that is the shorter way.
    """

    def __init__(self, bits: int) -> None:
        self._half = 1 << (bits - 1)
        self._mask = (1 << bits) - 1
        self._last: int | None = None

    def unwrap(self, value: int) -> int:
        """The value on the unbounded scale; the first one stays as it is."""
        last = self._last
        if last is None:
            self._last = value
            return value
        step = ((value - last + self._half) & self._mask) - self._half
        self._last = last + step
        return self._last

    def peek(self, value: int) -> int:
        """Like ``unwrap`` without remembering the value."""
        last = self._last
        if last is None:
            return value
        return last + ((value - last + self._half) & self._mask) - self._half
