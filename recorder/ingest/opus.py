"""Opus packets (RFC 6716, 3.1): how long one lasts. Pure."""

from __future__ import annotations

from recorder.errors import MalformedMedia

_SILK_MS = (10, 20, 40, 60)
_CELT_US = (2_500, 5_000, 10_000, 20_000)
MAX_DURATION_US = 120_000


def duration_us(packet: bytes) -> int:
    """Duration of one packet.

    Raises:
        MalformedMedia: empty, or longer than Opus allows.
    """
    if not packet:
        raise MalformedMedia("empty Opus packet")
    configuration = packet[0] >> 3
    if configuration < 12:
        frame_us = _SILK_MS[configuration & 3] * 1000
    elif configuration < 16:
        frame_us = (10_000, 20_000)[configuration & 1]
    else:
        frame_us = _CELT_US[configuration & 3]
    code = packet[0] & 3
    if code == 3:
        if len(packet) < 2:
            raise MalformedMedia("Opus packet without its frame count")
        count = packet[1] & 0x3F
    else:
        count = 1 if code == 0 else 2
    total = frame_us * count
    if not 0 < total <= MAX_DURATION_US:
        raise MalformedMedia("Opus packet of an impossible length")
    return total
