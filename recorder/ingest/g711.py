"""G.711 (ITU-T G.711): one byte a sample to 16 bit linear, by table. Pure."""

from __future__ import annotations

from recorder.media import PCMA, PCMU

RATE = 8_000


def _mu_law(code: int) -> int:
    code ^= 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84) << (code >> 4 & 7)
    return 0x84 - magnitude if code & 0x80 else magnitude - 0x84


def _a_law(code: int) -> int:
    code ^= 0x55
    segment = code >> 4 & 7
    magnitude = ((code & 0x0F) << 4) + 8
    if segment:
        magnitude = (magnitude + 0x100) << (segment - 1)
    return magnitude if code & 0x80 else -magnitude


def _tables(law: list[int]) -> tuple[bytes, bytes]:
    """Low and high bytes of every code's sample: ``bytes.translate`` is then the decoder."""
    return bytes(value & 0xFF for value in law), bytes(value >> 8 & 0xFF for value in law)


_TABLES = {
    PCMU: _tables([_mu_law(code) for code in range(256)]),
    PCMA: _tables([_a_law(code) for code in range(256)]),
}


def linear(codec: str, payload: bytes) -> bytes:
    """The payload as 16 bit little-endian samples."""
    low, high = _TABLES[codec]
    samples = bytearray(2 * len(payload))
    samples[0::2] = payload.translate(low)
    samples[1::2] = payload.translate(high)
    return bytes(samples)
