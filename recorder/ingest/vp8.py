"""VP8 over RTP (RFC 7741) and the frame header's key bit and size (RFC 6386, 9.1). Pure."""

from __future__ import annotations

from recorder.errors import MalformedMedia

MAX_FRAME_BYTES = 8 << 20


def payload_start(data: bytes, start: int, end: int) -> tuple[int, bool]:
    """Where the VP8 bytes begin after the descriptor, and whether a frame starts here."""
    if start >= end:
        raise MalformedMedia("empty VP8 payload")
    first = data[start]
    position = start + 1
    if first & 0x80:
        if position >= end:
            raise MalformedMedia("VP8 descriptor is cut off")
        extension = data[position]
        position += 1
        if extension & 0x80:
            if position >= end:
                raise MalformedMedia("VP8 picture id is cut off")
            position += 2 if data[position] & 0x80 else 1
        if extension & 0x40:
            position += 1
        if extension & 0x30:
            position += 1
    if position >= end:
        raise MalformedMedia("VP8 descriptor is cut off")
    return position, bool(first & 0x10) and first & 0x0F == 0


class Vp8Depacketiser:
    """Collects the payloads of one frame."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the frame being collected."""
        self._parts: list[bytes] = []
        self._size = 0

    def push(self, data: bytes, start: int, end: int) -> None:
        """One payload, ``data[start:end]``."""
        position, begins = payload_start(data, start, end)
        if begins == bool(self._parts):
            raise MalformedMedia("VP8 frame without its start, or with two")
        self._size += end - position
        if self._size > MAX_FRAME_BYTES:
            raise MalformedMedia("frame larger than any picture")
        self._parts.append(data[position:end])

    @property
    def empty(self) -> bool:
        """Nothing collected."""
        return not self._parts

    @property
    def has_picture(self) -> bool:
        """There is something to decode."""
        return bool(self._parts)

    @property
    def key(self) -> bool:
        """The frame can be decoded without any before it."""
        return bool(self._parts) and not self._parts[0][0] & 1

    def take(self) -> bytes:
        """The frame; starts the next one."""
        data = b"".join(self._parts)
        self.reset()
        return data


def frame_size(frame: bytes) -> tuple[int, int]:
    """Width and height of a key frame.

    Raises:
        MalformedMedia: not a key frame, or cut off.
    """
    if len(frame) < 10 or frame[0] & 1 or frame[3:6] != b"\x9d\x01\x2a":
        raise MalformedMedia("not a VP8 key frame")
    width = int.from_bytes(frame[6:8], "little") & 0x3FFF
    height = int.from_bytes(frame[8:10], "little") & 0x3FFF
    if not width or not height:
        raise MalformedMedia("VP8 key frame without a size")
    return width, height
