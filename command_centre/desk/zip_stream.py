"""A directory as a ZIP file, made while it is sent: nothing is kept in memory or on disk.

Members are stored, not compressed (media does not shrink), in sorted order with a fixed date, so
the same package always gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

_READ_BYTES = 256 * 1024


class _Sink(io.RawIOBase):
    """What zipfile writes to; not seekable, emptied after each piece."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._parts.append(piece)
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def zip_stream(directory: Path, top: str) -> Iterator[bytes]:
    """The ZIP file's bytes; ``top`` is the folder it unpacks to."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(directory.rglob("*")):
            if not path.is_file():
                continue
            name = f"{top}/{path.relative_to(directory).as_posix()}"
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            info.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(info, "w") as member:
                while piece := source.read(_READ_BYTES):
                    member.write(piece)
                    yield sink.take()
            yield sink.take()
    yield sink.take()
