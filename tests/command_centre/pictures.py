"""Small real files: a PNG, a JPEG, a PDF of some pages."""

from __future__ import annotations

import struct
import zlib

import typst


def png(width: int = 40, height: int = 30, *, said: tuple[int, int] | None = None) -> bytes:
    """A grey picture; ``said`` is the size its header claims."""
    rows = b"".join(b"\x00" + bytes([128]) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", *(said or (width, height)), 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def pdf(pages: int = 3) -> bytes:
    """A document; page n is n cm wider than 10 cm."""
    text = "".join(
        f"#page(width: {10 + n}cm, height: 14cm)[Page {n}]\n" for n in range(1, pages + 1)
    )
    made = typst.Compiler().compile(text.encode(), format="pdf")
    assert isinstance(made, bytes)
    return made
