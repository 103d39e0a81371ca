"""Cuts FFmpeg's fragmented MP4 (ISO/IEC 14496-12) into its init segment and fragments.

Pure; for what FFmpeg muxes (late files): live media has its own writers (mp4.py, webm.py). Bytes
may come in any split; the same pieces leave. Only what filing needs is read: which tracks have how
many samples in a fragment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct

from recorder.errors import MalformedMedia

_U32 = Struct(">I").unpack_from
_U64 = Struct(">Q").unpack_from
MAX_BOX_BYTES = 64 << 20

_IGNORED = frozenset({b"mfra", b"sidx", b"styp", b"prft", b"free", b"skip"})


@dataclass(slots=True)
class Piece:
    """An init segment, or a fragment with the number of samples of each track."""

    init: bool
    data: bytes
    samples: dict[int, int] = field(default_factory=dict)  # track number -> samples


class BoxSplitter:
    """Collects bytes until top-level boxes are whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """The boxes completed by these bytes, as (type, whole box).

        Raises:
            MalformedMedia: a box size that cannot be.
        """
        buffer = self._buffer
        buffer += data
        boxes: list[tuple[bytes, bytes]] = []
        position = 0
        while len(buffer) - position >= 8:
            size = _box_size(buffer, position)
            if size == 0 or len(buffer) - position < size:
                break
            box = bytes(buffer[position : position + size])
            boxes.append((box[4:8], box))
            position += size
        del buffer[:position]
        return boxes


def _box_size(buffer: bytearray, position: int) -> int:
    """Size of the box at a position, 0 when more bytes are needed to know."""
    size = int(_U32(buffer, position)[0])
    if size == 1:
        if len(buffer) - position < 16:
            return 0
        size = int(_U64(buffer, position + 8)[0])
        if size < 16:
            raise MalformedMedia("MP4 box with a size smaller than its header")
    elif size < 8:
        raise MalformedMedia("MP4 box with a size smaller than its header")
    if size > MAX_BOX_BYTES:
        raise MalformedMedia("MP4 box larger than any fragment")
    return size


class Mp4Splitter:
    """Turns muxer output into pieces: one init segment, then fragments (moof+mdat)."""

    def __init__(self) -> None:
        self._boxes = BoxSplitter()
        self._head = b""
        self._moof = b""

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces completed by these bytes.

        Raises:
            MalformedMedia: not the output of a fragmenting MP4 muxer.
        """
        pieces: list[Piece] = []
        for kind, box in self._boxes.feed(data):
            if kind == b"ftyp":
                self._head = box
            elif kind == b"moov":
                pieces.append(Piece(True, self._head + box))
            elif kind == b"moof":
                self._moof = box
            elif kind == b"mdat":
                if not self._moof:
                    raise MalformedMedia("MP4 media data without its moof")
                pieces.append(Piece(False, self._moof + box, sample_counts(self._moof)))
                self._moof = b""
            elif kind not in _IGNORED:
                raise MalformedMedia(f"unexpected MP4 box {kind!r}")
        return pieces


def sample_counts(moof: bytes) -> dict[int, int]:
    """Samples of each track in a movie fragment box.

    Raises:
        MalformedMedia: the boxes inside do not add up.
    """
    counts: dict[int, int] = {}
    for kind, start, end in _children(moof, 8, len(moof)):
        if kind != b"traf":
            continue
        track = samples = 0
        for inner, inner_start, inner_end in _children(moof, start, end):
            if inner == b"tfhd" and inner_end - inner_start >= 8:
                track = _U32(moof, inner_start + 4)[0]
            elif inner == b"trun" and inner_end - inner_start >= 8:
                samples += _U32(moof, inner_start + 4)[0]
        if track:
            counts[track] = counts.get(track, 0) + samples
    return counts


def _children(data: bytes, position: int, end: int) -> list[tuple[bytes, int, int]]:
    found: list[tuple[bytes, int, int]] = []
    while position < end:
        if end - position < 8:
            raise MalformedMedia("MP4 box is cut off")
        size = int(_U32(data, position)[0])
        if size < 8 or position + size > end:
            raise MalformedMedia("MP4 box does not fit into its parent")
        found.append((data[position + 4 : position + 8], position + 8, position + size))
        position += size
    return found
