"""The chunk stream of RTMP (Adobe, RTMP 1.0, chapter 5): bytes to messages and back. Pure.

Limits are stated beside their names; what goes beyond them raises ``MalformedMedia`` and the
connection is of no more use.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from recorder.errors import MalformedMedia

HANDSHAKE_BYTES = 1536
MAX_MESSAGE_BYTES = 8 << 20  # larger than any picture
MAX_STREAMS = 64  # chunk streams of one connection; publishers use five
MAX_CHUNK_BYTES = 1 << 20
OUT_CHUNK_BYTES = 4096
_EXTENDED = 0xFFFFFF
_HEADS = (11, 7, 3, 0)  # bytes of a message header by its format

SET_CHUNK_SIZE, ABORT, ACKNOWLEDGEMENT, CONTROL, WINDOW_SIZE, BANDWIDTH = 1, 2, 3, 4, 5, 6
AUDIO, VIDEO, DATA, COMMAND = 8, 9, 18, 20


@dataclass(slots=True)
class RtmpMessage:
    """One message; ``timestamp`` is in milliseconds, 32 bit."""

    kind: int
    timestamp: int
    stream: int
    data: bytes


@dataclass(slots=True)
class _Stream:
    timestamp: int = 0
    delta: int = 0
    length: int = 0
    kind: int = 0
    stream: int = 0
    extended: bool = False
    size: int = 0  # collected so far
    parts: list[bytes] = field(default_factory=list)


class ChunkReader:
    """Collects chunks until messages are whole."""

    def __init__(self) -> None:
        self.bytes_read = 0
        self._chunk_bytes = 128
        self._streams: dict[int, _Stream] = {}
        self._buffer = b""
        self._pending_bytes = 0  # of messages that are not whole, all streams

    def feed(self, data: bytes) -> None:
        """Bytes as they came."""
        self.bytes_read += len(data)
        self._buffer = self._buffer + data if self._buffer else data

    def take(self) -> bytes:
        """What was fed and not used."""
        rest, self._buffer = self._buffer, b""
        return rest

    def messages(self) -> list[RtmpMessage]:
        """The messages that are whole; protocol control for the chunks themselves is obeyed.

        Raises:
            MalformedMedia: not a chunk stream, or beyond a limit.
        """
        whole: list[RtmpMessage] = []
        position = 0
        while True:
            after = self._chunk(position, whole)
            if after == position:
                break
            position = after
        self._buffer = self._buffer[position:] if position else self._buffer
        return whole

    def _chunk(self, position: int, whole: list[RtmpMessage]) -> int:
        """Take one chunk; returns where it ends, or the same position when more is needed."""
        data, start = self._buffer, position
        if len(data) - position < 3:
            return start
        layout, number = data[position] >> 6, data[position] & 0x3F
        position += 1
        if number == 0:
            number = 64 + data[position]
            position += 1
        elif number == 1:
            number = 64 + data[position] + 256 * data[position + 1]
            position += 2
        stream = self._streams.get(number)
        if stream is None:
            if layout != 0 and layout != 1:
                raise MalformedMedia("RTMP chunk stream begins without a header")
            if len(self._streams) >= MAX_STREAMS:
                raise MalformedMedia(f"more than {MAX_STREAMS} RTMP chunk streams")
            stream = self._streams[number] = _Stream()
        head = _HEADS[layout]
        if len(data) - position < head:
            return start
        extended = stream.extended
        if head >= 3:
            extended = int.from_bytes(data[position : position + 3], "big") == _EXTENDED
        body = position + head + (4 if extended else 0)
        if len(data) < body:
            return start
        length = stream.length
        if head >= 7:
            length = int.from_bytes(data[position + 3 : position + 6], "big")
        if stream.parts and layout < 3:  # a new message: what there was is given up
            self._pending_bytes -= stream.size
            stream.parts, stream.size = [], 0
        begins = not stream.parts
        wanted = min(self._chunk_bytes, length - (0 if begins else stream.size))
        if length > MAX_MESSAGE_BYTES or wanted < 0:
            raise MalformedMedia(f"RTMP message above {MAX_MESSAGE_BYTES} bytes")
        if len(data) - body < wanted:
            return start
        stream.extended, stream.length = extended, length
        self._head(stream, layout, position, begins)
        stream.parts.append(data[body : body + wanted])
        stream.size += wanted
        self._pending_bytes += wanted
        if self._pending_bytes > 2 * MAX_MESSAGE_BYTES:
            raise MalformedMedia("too many RTMP messages at once")
        if stream.size >= stream.length:
            self._whole(stream, whole)
        return body + wanted

    def _head(self, stream: _Stream, layout: int, position: int, begins: bool) -> None:
        data = self._buffer
        if layout == 3:
            if begins:
                stream.timestamp = (stream.timestamp + stream.delta) & 0xFFFFFFFF
            return
        time = int.from_bytes(data[position : position + 3], "big")
        if stream.extended:
            at = position + _HEADS[layout]
            time = int.from_bytes(data[at : at + 4], "big")
        if layout <= 1:
            stream.kind = data[position + 6]
        if layout == 0:
            stream.stream = int.from_bytes(data[position + 7 : position + 11], "little")
            stream.timestamp, stream.delta = time, time
        else:
            stream.delta = time
            stream.timestamp = (stream.timestamp + time) & 0xFFFFFFFF

    def _whole(self, stream: _Stream, whole: list[RtmpMessage]) -> None:
        data = b"".join(stream.parts)
        self._pending_bytes -= stream.size
        stream.parts, stream.size = [], 0
        if stream.kind == SET_CHUNK_SIZE and len(data) >= 4:
            self._chunk_bytes = int.from_bytes(data[:4], "big") & 0x7FFFFFFF
            if not 1 <= self._chunk_bytes <= MAX_CHUNK_BYTES:
                raise MalformedMedia(f"expected an RTMP chunk size up to {MAX_CHUNK_BYTES}")
        elif stream.kind == ABORT and len(data) >= 4:
            aborted = self._streams.get(int.from_bytes(data[:4], "big"))
            if aborted is not None:
                self._pending_bytes -= aborted.size
                aborted.parts, aborted.size = [], 0
        else:
            whole.append(RtmpMessage(stream.kind, stream.timestamp, stream.stream, data))


def chunked(kind: int, data: bytes, *, number: int = 3, stream: int = 0) -> bytes:
    """A message as chunks of ``OUT_CHUNK_BYTES``."""
    head = bytes((number,)) + b"\0\0\0" + len(data).to_bytes(3, "big") + bytes((kind,))
    pieces = [head + stream.to_bytes(4, "little") + data[:OUT_CHUNK_BYTES]]
    for at in range(OUT_CHUNK_BYTES, len(data), OUT_CHUNK_BYTES):
        pieces.append(bytes((0xC0 | number,)) + data[at : at + OUT_CHUNK_BYTES])
    return b"".join(pieces)


def control(kind: int, value: int) -> bytes:
    """A protocol control message with one number."""
    extra = b"\2" if kind == BANDWIDTH else b""
    return chunked(kind, value.to_bytes(4, "big") + extra, number=2)
