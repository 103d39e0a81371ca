"""What a file brought as an exhibit is: told by its bytes, not by its name or stated type. Pure.

Only what a browser draws without running anything is let in: PNG, JPEG, and PDF, whose pages are
drawn here (record/pdf_page.py). SVG, HTML and everything else is refused. A picture that says it is
larger than ``SIDE_MAX`` or ``PIXELS_MAX`` is refused unopened: a small file can hold a picture that
fills the memory of the screen it is shown on.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from command_centre.errors import Rejected

EXHIBIT_BYTES_MAX = 20 << 20
SIDE_MAX = 16_384
PIXELS_MAX = 50_000_000

PDF = "application/pdf"
MAP = "application/vnd.duizhi.map+json"
CLIP = "video/mp4"
#: How long a clip that is shown may be; it is made while somebody waits, beside the recording.
CLIP_US_MIN, CLIP_US_MAX = 500_000, 60_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
#: Start-of-frame markers of JPEG (ITU-T T.81 table B.1) without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Examined:
    """Type and size of a file; a PDF's size is that of its first page when drawn."""

    mime: str
    width: int = 0
    height: int = 0


def examined(data: bytes) -> Examined:
    """What the bytes are.

    Raises:
        Rejected: ``bad_exhibit``.
    """
    if len(data) > EXHIBIT_BYTES_MAX:
        raise _bad(f"an exhibit has at most {EXHIBIT_BYTES_MAX >> 20} MiB")
    if data.startswith(b"%PDF-"):
        return Examined(PDF)
    if data.startswith(_PNG):
        return _sized("image/png", _png_size(data))
    if data.startswith(_JPEG):
        return _sized("image/jpeg", _jpeg_size(data))
    raise _bad("an exhibit is a PNG, JPEG or PDF file")


def png_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG we drew ourselves."""
    return _png_size(data) or (0, 0)


def _bad(detail: str) -> Rejected:
    return Rejected("bad_exhibit", detail)


def _sized(mime: str, size: tuple[int, int] | None) -> Examined:
    if size is None or min(size) < 1:
        raise _bad("the picture is broken")
    width, height = size
    if max(size) > SIDE_MAX or width * height > PIXELS_MAX:
        raise _bad(f"a picture has at most {PIXELS_MAX // 1_000_000} million points")
    return Examined(mime, width, height)


def _png_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 45 or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker == 0xD9 or marker == 0xDA:
            return None
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None
