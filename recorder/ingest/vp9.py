"""VP9 over RTP (RFC 9628) and the start of its frame header (VP9 bitstream specification, 6.2).

Pure. Bad input raises ``MalformedMedia`` and nothing else.

Spatial layers of one picture come with one timestamp. They are put into one superframe with its
index (annex B), which is what decoders and containers take for one sample.
"""

from __future__ import annotations

from dataclasses import dataclass

from recorder.errors import MalformedMedia
from recorder.ingest.bits import Bits

MAX_FRAME_BYTES = 8 << 20
MAX_LAYERS = 8
_SYNC = 0x498342
_SRGB = 7


@dataclass(slots=True, frozen=True)
class Descriptor:
    """What the payload descriptor says, and where the VP9 bytes begin (RFC 9628, 4.2)."""

    start: int
    begins: bool  # first packet of a layer's frame
    ends: bool  # last packet of a layer's frame


def parse_descriptor(data: bytes, start: int, end: int) -> Descriptor:
    """Read the descriptor of a payload.

    Raises:
        MalformedMedia: cut off.
    """
    if end - start < 2:
        raise MalformedMedia("VP9 payload shorter than its descriptor")
    flags = data[start]
    position = start + 1
    if flags & 0x80:  # I: picture id of 7 or 15 bits
        position += 2 if data[position] & 0x80 else 1
    if flags & 0x20:  # L: layer indices, and TL0PICIDX in non-flexible mode
        position += 1 if flags & 0x10 else 2
    if flags & 0x50 == 0x50:  # P and F: up to three reference indices
        position = _skip_references(data, position, end)
    if flags & 0x02:  # V: scalability structure
        position = _skip_structure(data, position, end)
    if position >= end:
        raise MalformedMedia("VP9 descriptor is cut off")
    return Descriptor(position, bool(flags & 0x08), bool(flags & 0x04))


def _skip_references(data: bytes, position: int, end: int) -> int:
    for _ in range(3):
        more = _byte(data, position, end) & 1
        position += 1
        if not more:
            return position
    raise MalformedMedia("VP9 descriptor with more than three references")


def _skip_structure(data: bytes, position: int, end: int) -> int:
    first = _byte(data, position, end)
    position += 1
    if first & 0x10:  # Y: sizes of the layers
        position += 4 * ((first >> 5) + 1)
    if first & 0x08:  # G: picture group
        pictures = _byte(data, position, end)
        position += 1
        for _ in range(pictures):
            position += 1 + (_byte(data, position, end) >> 2 & 3)
    return position


def _byte(data: bytes, position: int, end: int) -> int:
    if position >= end:
        raise MalformedMedia("VP9 descriptor is cut off")
    return data[position]


class Vp9Depacketiser:
    """Collects the layer frames of one picture."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the picture being collected."""
        self._layers: list[bytes] = []
        self._parts: list[bytes] = []
        self._size = 0

    def push(self, data: bytes, start: int, end: int) -> None:
        """One payload, ``data[start:end]``."""
        descriptor = parse_descriptor(data, start, end)
        if descriptor.begins == bool(self._parts):
            raise MalformedMedia("VP9 frame without its start, or with two")
        self._size += end - descriptor.start
        if self._size > MAX_FRAME_BYTES:
            raise MalformedMedia("frame larger than any picture")
        self._parts.append(data[descriptor.start : end])
        if descriptor.ends:
            if len(self._layers) == MAX_LAYERS:
                raise MalformedMedia("VP9 picture with more than eight layers")
            self._layers.append(b"".join(self._parts))
            self._parts = []

    @property
    def empty(self) -> bool:
        """Nothing collected."""
        return not self._layers and not self._parts

    @property
    def has_picture(self) -> bool:
        """There is a whole frame to decode."""
        return bool(self._layers) and not self._parts

    @property
    def key(self) -> bool:
        """The picture can be decoded without any before it."""
        return self.has_picture and is_key(self._layers[0])

    def take(self) -> bytes:
        """The picture; starts the next one.

        Raises:
            MalformedMedia: its end is missing.
        """
        layers, unfinished = self._layers, bool(self._parts)
        self.reset()
        if unfinished:
            raise MalformedMedia("VP9 frame without its end")
        if len(layers) == 1:
            return layers[0]
        return superframe(layers) if layers else b""


def superframe(frames: list[bytes]) -> bytes:
    """Several frames as one sample, with the index behind them (annex B)."""
    width = max(1, (max(map(len, frames)).bit_length() + 7) // 8)
    marker = bytes((0xC0 | (width - 1) << 3 | (len(frames) - 1),))
    sizes = b"".join(len(frame).to_bytes(width, "little") for frame in frames)
    return b"".join(frames) + marker + sizes + marker


def is_key(frame: bytes) -> bool:
    """Whether a frame is a key frame: its first bits say so; False for anything else."""
    if not frame or frame[0] >> 6 != 2:
        return False
    first = frame[0]
    if first & 0x30 == 0x30:  # profile 3 has a reserved bit
        return not first & 0x06 if not first & 0x08 else False
    return not first & 0x0C


@dataclass(slots=True, frozen=True)
class KeyHeader:
    """What the uncompressed header of a key frame says about the pictures."""

    profile: int
    bit_depth: int
    subsampling: int  # as in vpcC: 1 is 4:2:0 with colocated chroma, 2 is 4:2:2, 3 is 4:4:4
    full_range: bool
    width: int
    height: int

    @property
    def level(self) -> int:
        """The lowest level whose picture fits, times ten (VP9 levels, 30 pictures a second)."""
        samples, side = self.width * self.height, max(self.width, self.height)
        for level, most_samples, most_side in _LEVELS:
            if samples <= most_samples and side <= most_side:
                return level
        return 62

    @property
    def codec_string(self) -> str:
        """Name for browsers, for instance vp09.00.31.08 (VP codec ISO media file binding)."""
        return f"vp09.{self.profile:02d}.{self.level:02d}.{self.bit_depth:02d}"


_LEVELS = (
    (10, 36_864, 512),
    (11, 73_728, 768),
    (20, 122_880, 960),
    (21, 245_760, 1_344),
    (30, 552_960, 2_048),
    (31, 983_040, 2_752),
    (40, 2_228_224, 4_160),
    (50, 8_912_896, 8_384),
    (60, 35_651_584, 16_832),
)


def parse_key_header(frame: bytes) -> KeyHeader:
    """Read the header of a key frame; of several layers the lowest, which comes first.

    Raises:
        MalformedMedia: not a key frame, cut off, or with an impossible value.
    """
    if not is_key(frame):
        raise MalformedMedia("not a VP9 key frame")
    bits = Bits(frame[:24], "VP9 frame header")
    bits.read(2)
    profile = bits.read(1) | bits.read(1) << 1
    if profile == 3:
        bits.read(1)
    bits.read(4)  # show_existing_frame, frame_type, show_frame, error_resilient_mode
    if bits.read(24) != _SYNC:
        raise MalformedMedia("VP9 key frame without its sync code")
    bit_depth = (12 if bits.read(1) else 10) if profile >= 2 else 8
    subsampling, full_range = _colour(bits, profile)
    width, height = bits.read(16) + 1, bits.read(16) + 1
    if width > 16384 or height > 16384:
        raise MalformedMedia("VP9 key frame with an impossible size")
    return KeyHeader(profile, bit_depth, subsampling, full_range, width, height)


def _colour(bits: Bits, profile: int) -> tuple[int, bool]:
    """color_config(): chroma subsampling as vpcC numbers it, and the range."""
    if bits.read(3) == _SRGB:
        if not profile & 1:
            raise MalformedMedia("VP9 RGB needs profile 1 or 3")
        bits.read(1)
        return 3, True
    full_range = bool(bits.read(1))
    if not profile & 1:
        return 1, full_range
    horizontal, vertical = bits.read(1), bits.read(1)
    bits.read(1)
    return {(1, 0): 2, (0, 0): 3}.get((horizontal, vertical), 1), full_range
