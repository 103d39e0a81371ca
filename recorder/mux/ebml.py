"""Cuts a live WebM byte stream (EBML, RFC 8794; Matroska, RFC 9559) into init and clusters.

Pure. Bytes may come in any split; the same pieces leave. A piece is everything before the first
cluster, or one cluster, with the number of blocks of each track.

The muxer begins a cluster at a key frame only when the one before has more than 4 kB. A cluster
with a key frame of the video track (number 1) inside is therefore cut in two before it: the second
gets the same time code, so the times of its blocks stay as they are.
"""

from __future__ import annotations

from itertools import pairwise

from recorder.errors import MalformedMedia
from recorder.mux.boxes import MAX_BOX_BYTES, Piece

_SEGMENT = 0x18538067
_CLUSTER = 0x1F43B675
_SIMPLE_BLOCK = 0xA3
_BLOCK_GROUP = 0xA0
_BLOCK = 0xA1
_TIME_CODE = 0xE7
_REFERENCE = 0xFB
_VIDEO_TRACK = 1


def read_id(data: bytes | bytearray, position: int) -> tuple[int, int] | None:
    """Element id and the position after it; None when bytes are missing."""
    if position >= len(data):
        return None
    length = 9 - data[position].bit_length() if data[position] else 9
    if length > 4:
        raise MalformedMedia("EBML id longer than four bytes")
    if position + length > len(data):
        return None
    return int.from_bytes(data[position : position + length], "big"), position + length


def read_size(data: bytes | bytearray, position: int) -> tuple[int | None, int] | None:
    """Element size (None: unknown) and the position after it; None when bytes are missing."""
    if position >= len(data):
        return None
    length = 9 - data[position].bit_length() if data[position] else 9
    if length > 8:
        raise MalformedMedia("EBML size longer than eight bytes")
    if position + length > len(data):
        return None
    mask = (1 << (7 * length)) - 1
    value = int.from_bytes(data[position : position + length], "big") & mask
    return (None if value == mask else value), position + length


class WebmSplitter:
    """Turns muxer output into pieces: one init segment, then clusters."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head = bytearray()
        self._started = False

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces completed by these bytes.

        Raises:
            MalformedMedia: not the output of a live WebM muxer.
        """
        self._buffer += data
        pieces: list[Piece] = []
        while True:
            element = self._next_element()
            if element is None:
                return pieces
            identifier, whole, body = element
            if identifier == _CLUSTER:
                if not self._started:
                    self._started = True
                    pieces.append(Piece(True, bytes(self._head)))
                for cluster, start in cut_at_key_frames(whole, body):
                    pieces.append(Piece(False, cluster, block_counts(cluster, start)))
            elif not self._started:
                self._head += whole
            # cues and tags after the last cluster are of no use to anyone here

    def _next_element(self) -> tuple[int, bytes, int] | None:
        """The next whole top-level element: id, bytes, and where its body begins."""
        buffer = self._buffer
        identified = read_id(buffer, 0)
        if identified is None:
            return None
        identifier, position = identified
        sized = read_size(buffer, position)
        if sized is None:
            return None
        size, position = sized
        if identifier == _SEGMENT:
            size = 0  # its children are our top level
        elif size is None:
            raise MalformedMedia("WebM element of unknown size where a size is needed")
        if size > MAX_BOX_BYTES:
            raise MalformedMedia("WebM element larger than any cluster")
        end = position + size
        if len(buffer) < end:
            return None
        whole = bytes(buffer[:end])
        del buffer[:end]
        return identifier, whole, position


def cut_at_key_frames(cluster: bytes, body: int) -> list[tuple[bytes, int]]:
    """The cluster, or clusters, and where the body of each begins.

    Raises:
        MalformedMedia: the elements inside do not add up.
    """
    time_code = b""
    cuts: list[int] = []
    seen_video = False
    position = body
    for identifier, start, end in _elements(cluster, body, len(cluster)):
        if identifier == _TIME_CODE:
            time_code = cluster[position:end]
        elif identifier in (_SIMPLE_BLOCK, _BLOCK_GROUP):
            track, key = _block(cluster, identifier, start, end)
            if track == _VIDEO_TRACK:
                if key and seen_video:
                    cuts.append(position)
                seen_video = True
        position = end
    if not cuts:
        return [(cluster, body)]
    bounds = [body, *cuts, len(cluster)]
    made: list[tuple[bytes, int]] = []
    for index, (start, end) in enumerate(pairwise(bounds)):
        content = (time_code if index else b"") + cluster[start:end]
        head = _CLUSTER.to_bytes(4, "big") + (1 << 56 | len(content)).to_bytes(8, "big")
        made.append((head + content, len(head)))
    return made


def block_counts(cluster: bytes, body: int) -> dict[int, int]:
    """Blocks of each track in a cluster whose body begins at ``body``.

    Raises:
        MalformedMedia: the elements inside do not add up.
    """
    counts: dict[int, int] = {}
    for identifier, start, end in _elements(cluster, body, len(cluster)):
        if identifier in (_SIMPLE_BLOCK, _BLOCK_GROUP):
            track, _ = _block(cluster, identifier, start, end)
            counts[track] = counts.get(track, 0) + 1
    return counts


def _block(cluster: bytes, identifier: int, start: int, end: int) -> tuple[int, bool]:
    """Track of a block, and whether it is a key frame (RFC 9559, 10.2 and 5.1.3.5.5)."""
    key: bool | None = None
    if identifier == _BLOCK_GROUP:
        inside = _elements(cluster, start, end)
        blocks = [at for inner, at, _ in inside if inner == _BLOCK]
        if not blocks:
            raise MalformedMedia("WebM block group without a block")
        key = all(inner != _REFERENCE for inner, _, _ in inside)
        start = blocks[0]
    numbered = read_size(cluster, start)
    if numbered is None or numbered[0] is None or numbered[1] + 3 > end:
        raise MalformedMedia("WebM block without its header")
    if key is None:
        key = bool(cluster[numbered[1] + 2] & 0x80)
    return numbered[0], key


def _elements(data: bytes, position: int, end: int) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    while position < end:
        identified = read_id(data, position)
        sized = read_size(data, identified[1]) if identified is not None else None
        if identified is None or sized is None or sized[0] is None or sized[1] + sized[0] > end:
            raise MalformedMedia("WebM element does not fit into its parent")
        found.append((identified[0], sized[1], sized[1] + sized[0]))
        position = sized[1] + sized[0]
    return found
