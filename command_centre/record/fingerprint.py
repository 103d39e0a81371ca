"""A picture of a fingerprint (捺印) that stands beside a handwriting: which ones are taken.

PNG or JPEG, at most 96 KiB, each side 100 to 1,200 pixels: what a fingerprint pad gives, or a
tablet's camera after it was made smaller. The bytes are kept as they came, in the private part of
the entry, and are drawn into the signature of the PDF. Biometric: in no log message.

Not done: nothing is compared with it, and whose finger it is the recording of the signing shows.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from command_centre.errors import Rejected

BYTES_MAX = 96 << 10
SIDE_MIN, SIDE_MAX = 100, 1200
#: What is said it is -> what Typst calls it.
FORMATS = {"image/png": "png", "image/jpeg": "jpg"}
_PNG = b"\x89PNG\r\n\x1a\n"
#: JPEG markers of a frame, which say its size: SOF0 to SOF15 without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    """The picture as a desk sends it."""

    mime: str
    data: bytes  # base64 in JSON

    def __repr__(self) -> str:
        return "Fingerprint()"


def check_fingerprint(picture: Fingerprint) -> None:
    """Raise ``bad_fingerprint`` unless this is a picture that can be kept and drawn."""
    if picture.mime not in FORMATS:
        raise Rejected("bad_fingerprint", f"expected {' or '.join(FORMATS)}")
    if not 0 < len(picture.data) <= BYTES_MAX:
        raise Rejected("bad_fingerprint", f"a picture has 1 to {BYTES_MAX} bytes")
    size = _png(picture.data) if picture.mime == "image/png" else _jpeg(picture.data)
    if size is None:
        raise Rejected("bad_fingerprint", f"the file is not {picture.mime}, or not whole")
    if not all(SIDE_MIN <= side <= SIDE_MAX for side in size):
        raise Rejected("bad_fingerprint", f"each side has {SIDE_MIN} to {SIDE_MAX} pixels")


def _png(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(_PNG) or len(data) < 33 or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg(data: bytes) -> tuple[int, int] | None:
    for marker, body in _segments(data):
        if marker in _FRAMES and len(body) >= 5:
            height, width = struct.unpack(">HH", body[1:5])
            return width, height
    return None


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The parts of a JPEG before its picture data."""
    at = 2
    if data[:2] != b"\xff\xd8":
        return
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xDA or length < 2:
            return
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length
