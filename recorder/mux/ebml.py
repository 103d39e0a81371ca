"""Cuts a live WebM byte stream (EBML, RFC 8794; Matroska, RFC 9559) into init and clusters.

Pure. Bytes may come in any split; the same pieces leave. A piece is everything before the first
cluster, or one cluster, with the number of blocks of each track.
"""

from __future__ import annotations

from recorder.errors import MalformedMedia
from recorder.mux.boxes import MAX_BOX_BYTES, Piece

_SEGMENT = 0x18538067
_CLUSTER = 0x1F43B675
_SIMPLE_BLOCK = 0xA3
_BLOCK_GROUP = 0xA0
_BLOCK = 0xA1
_CUES = 0x1C53BB6B


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
                pieces.append(Piece(False, whole, block_counts(whole, body)))
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


def block_counts(cluster: bytes, body: int) -> dict[int, int]:
    """Blocks of each track in a cluster whose body begins at ``body``.

    Raises:
        MalformedMedia: the elements inside do not add up.
    """
    counts: dict[int, int] = {}
    for identifier, start, end in _elements(cluster, body, len(cluster)):
        block = start
        if identifier == _BLOCK_GROUP:
            inner = [s for i, s, _ in _elements(cluster, start, end) if i == _BLOCK]
            if not inner:
                raise MalformedMedia("WebM block group without a block")
            block = inner[0]
        elif identifier != _SIMPLE_BLOCK:
            continue
        numbered = read_size(cluster, block)
        if numbered is None or numbered[0] is None:
            raise MalformedMedia("WebM block without a track number")
        counts[numbered[0]] = counts.get(numbered[0], 0) + 1
    return counts


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
