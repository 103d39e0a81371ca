"""AV1 over RTP (AOMedia, RTP payload format for AV1, v1.0) and the headers recording needs.

Pure. Bad input raises ``MalformedMedia`` and nothing else. The dependency descriptor is ignored:
every OBU of a temporal unit is recorded. A temporal unit leaves in the low-overhead format with
a size in every OBU and without temporal delimiters, as MP4 wants it (AV1-ISOBMFF, 2.4).
"""

from __future__ import annotations

from dataclasses import dataclass

from recorder.errors import MalformedMedia
from recorder.ingest.bits import Bits

SEQUENCE_HEADER, TEMPORAL_DELIMITER, FRAME_HEADER, FRAME, TILE_LIST, PADDING = 1, 2, 3, 6, 8, 15
MAX_FRAME_BYTES = 8 << 20
MAX_OBUS = 512
_DROPPED = frozenset({TEMPORAL_DELIMITER, TILE_LIST, PADDING})
_PICTURES = frozenset({FRAME_HEADER, FRAME})
_HAS_SIZE, _HAS_EXTENSION = 0x02, 0x04


def read_leb128(data: bytes, position: int, end: int) -> tuple[int, int]:
    """A number and the position after it (AV1, 4.10.5).

    Raises:
        MalformedMedia: cut off, or larger than 32 bits.
    """
    value = 0
    for index in range(5):
        if position >= end:
            raise MalformedMedia("AV1 length is cut off")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return value, position
    raise MalformedMedia("AV1 length is larger than 32 bits")


def leb128(value: int) -> bytes:
    """A number in as few bytes as possible."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Av1Depacketiser:
    """Collects the OBUs of one temporal unit."""

    def __init__(self) -> None:
        self._sequence = b""  # the last sequence header: a key frame without one gets it
        self.reset()

    def reset(self) -> None:
        """Forget the temporal unit being collected."""
        self._obus: list[bytes] = []
        self._open: list[bytes] = []  # elements of an OBU that goes on in the next packet
        self._size = 0
        self._has_sequence = False
        self._key: bool | None = None  # whether the first picture is a key frame

    def push(self, data: bytes, start: int, end: int) -> None:
        """One payload, ``data[start:end]`` (section 4.3 and 4.4)."""
        if end - start < 2:
            raise MalformedMedia("AV1 payload shorter than its aggregation header")
        self._size += end - start
        if self._size > MAX_FRAME_BYTES:
            raise MalformedMedia("frame larger than any picture")
        header = data[start]
        goes_on, to_be_continued = bool(header & 0x80), bool(header & 0x40)
        if goes_on != bool(self._open):
            raise MalformedMedia("AV1 fragment without its start, or an OBU without its end")
        elements = _elements(data, start + 1, end, header >> 4 & 3)
        for index, (begin, stop) in enumerate(elements):
            self._open.append(data[begin:stop])
            if index < len(elements) - 1 or not to_be_continued:
                obu = b"".join(self._open)
                self._open = []
                self._add(obu)

    def _add(self, obu: bytes) -> None:
        """Keep a whole OBU, with its size in it."""
        kind, body = split_obu(obu)
        if kind in _DROPPED:
            return
        if len(self._obus) == MAX_OBUS:
            raise MalformedMedia("AV1 temporal unit with too many OBUs")
        sized = obu[:1] if not obu[0] & _HAS_EXTENSION else obu[:2]
        sized = bytes((sized[0] | _HAS_SIZE,)) + sized[1:] + leb128(len(body)) + body
        if kind == SEQUENCE_HEADER:
            self._has_sequence = True
            self._sequence = sized
        elif kind in _PICTURES and self._key is None:
            self._key = _is_key(body)
        self._obus.append(sized)

    @property
    def empty(self) -> bool:
        """Nothing collected."""
        return not self._obus and not self._open

    @property
    def has_picture(self) -> bool:
        """There is a whole picture to decode."""
        return self._key is not None and not self._open

    @property
    def key(self) -> bool:
        """The unit can be decoded without any before it."""
        return self.has_picture and bool(self._key) and bool(self._sequence)

    def take(self) -> bytes:
        """The temporal unit; starts the next one.

        Raises:
            MalformedMedia: its end is missing.
        """
        obus, unfinished = self._obus, bool(self._open)
        if unfinished:
            self.reset()
            raise MalformedMedia("AV1 OBU without its end")
        if self._key and not self._has_sequence and self._sequence:
            obus = [self._sequence, *obus]
        self.reset()
        return b"".join(obus)


def _elements(data: bytes, position: int, end: int, count: int) -> list[tuple[int, int]]:
    """Where the OBU elements of a payload lie; W=0 means that each has a length."""
    found: list[tuple[int, int]] = []
    while position < end and (not count or len(found) < count):
        if count and len(found) == count - 1:
            length = end - position
        else:
            length, position = read_leb128(data, position, end)
        if not length or position + length > end:
            raise MalformedMedia("AV1 OBU element is empty or cut off")
        found.append((position, position + length))
        position += length
    if count and len(found) != count:
        raise MalformedMedia("AV1 payload with fewer OBU elements than it says")
    return found


def split_obu(obu: bytes) -> tuple[int, bytes]:
    """Type and body of an OBU, with or without its size in it (AV1, 5.3).

    Raises:
        MalformedMedia: not an OBU, or cut off.
    """
    if not obu or obu[0] & 0x80:
        raise MalformedMedia("not an AV1 OBU")
    position = 2 if obu[0] & _HAS_EXTENSION else 1
    if position > len(obu):
        raise MalformedMedia("AV1 OBU header is cut off")
    end = len(obu)
    if obu[0] & _HAS_SIZE:
        length, position = read_leb128(obu, position, end)
        if position + length > end:
            raise MalformedMedia("AV1 OBU is cut off")
        end = position + length
    return obu[0] >> 3 & 0x0F, obu[position:end]


def _is_key(body: bytes) -> bool:
    """show_existing_frame is 0 and frame_type is KEY_FRAME (AV1, 5.9.2)."""
    return bool(body) and body[0] & 0xE0 == 0


def obus(unit: bytes) -> list[tuple[int, bytes, bytes]]:
    """Type, body and whole bytes of the OBUs of a temporal unit in which each has its size.

    Raises:
        MalformedMedia: the sizes do not add up.
    """
    found: list[tuple[int, bytes, bytes]] = []
    position = 0
    while position < len(unit):
        if not unit[position] & _HAS_SIZE:
            raise MalformedMedia("AV1 OBU without a size")
        start = position + (2 if unit[position] & _HAS_EXTENSION else 1)
        length, body = read_leb128(unit, start, len(unit))
        if body + length > len(unit):
            raise MalformedMedia("AV1 OBU is cut off")
        kind = unit[position] >> 3 & 0x0F
        found.append((kind, unit[body : body + length], unit[position : body + length]))
        position = body + length
    return found


@dataclass(slots=True, frozen=True)
class SequenceHeader:
    """What a sequence header says about the pictures."""

    profile: int
    level: int
    tier: int
    bit_depth: int
    monochrome: bool
    subsampling: tuple[int, int]
    chroma_position: int
    width: int
    height: int
    obu: bytes  # the whole OBU, for av1C

    @property
    def codec_string(self) -> str:
        """RFC 6381 name, for instance av01.0.04M.08 (AV1-ISOBMFF, 5)."""
        tier = "H" if self.tier else "M"
        return f"av01.{self.profile}.{self.level:02d}{tier}.{self.bit_depth:02d}"

    @property
    def configuration(self) -> bytes:
        """The av1C record (AV1-ISOBMFF, 2.3.3)."""
        high, twelve = self.bit_depth > 8, self.bit_depth == 12
        horizontal, vertical = self.subsampling
        flags = (self.tier << 7) | (high << 6) | (twelve << 5) | (self.monochrome << 4)
        flags |= (horizontal << 3) | (vertical << 2) | self.chroma_position
        return bytes((0x81, self.profile << 5 | self.level, flags, 0)) + self.obu


def sequence_header(unit: bytes) -> SequenceHeader:
    """The sequence header of a key frame's temporal unit.

    Raises:
        MalformedMedia: there is none, or it cannot be.
    """
    for kind, body, whole in obus(unit):
        if kind == SEQUENCE_HEADER:
            return parse_sequence_header(body, whole)
    raise MalformedMedia("AV1 key frame without its sequence header")


def parse_sequence_header(body: bytes, whole: bytes) -> SequenceHeader:
    """Read sequence_header_obu() (AV1, 5.5.1).

    Raises:
        MalformedMedia: cut off, or with an impossible value.
    """
    bits = Bits(body, "AV1 sequence header")
    profile = bits.read(3)
    if profile > 2:
        raise MalformedMedia("AV1 profile that does not exist")
    bits.read(1)
    reduced = bool(bits.read(1))
    level, tier = (bits.read(5), 0) if reduced else _operating_points(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    width, height = bits.read(width_bits) + 1, bits.read(height_bits) + 1
    if width > 16384 or height > 16384:
        raise MalformedMedia("AV1 sequence with an impossible size")
    if not reduced and bits.read(1):
        bits.read(7)  # lengths of frame ids
    bits.read(3)
    if not reduced:
        _skip_tools(bits)
    bits.read(3)
    bit_depth, monochrome, subsampling, position = _colour(bits, profile)
    return SequenceHeader(
        profile, level, tier, bit_depth, monochrome, subsampling, position, width, height, whole
    )


def _operating_points(bits: Bits) -> tuple[int, int]:
    """Timing and operating points; level and tier of the first one."""
    delay_bits = 0
    if bits.read(1):
        bits.read(64)
        if bits.read(1):
            bits.unsigned()
        if bits.read(1):
            delay_bits = bits.read(5) + 1
            bits.read(42)
    display_delays = bits.read(1)
    first: tuple[int, int] | None = None
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        level = bits.read(5)
        tier = bits.read(1) if level > 7 else 0
        if delay_bits and bits.read(1):
            bits.read(2 * delay_bits + 1)
        if display_delays and bits.read(1):
            bits.read(4)
        first = first or (level, tier)
    assert first is not None
    return first


def _skip_tools(bits: Bits) -> None:
    bits.read(4)
    order_hint = bits.read(1)
    if order_hint:
        bits.read(2)
    screen_content = 2 if bits.read(1) else bits.read(1)
    if screen_content and not bits.read(1):
        bits.read(1)
    if order_hint:
        bits.read(3)


def _colour(bits: Bits, profile: int) -> tuple[int, bool, tuple[int, int], int]:
    """color_config() (5.5.2): bit depth, monochrome, subsampling, chroma sample position."""
    depth = 10 if bits.read(1) else 8
    if profile == 2 and depth == 10 and bits.read(1):
        depth = 12
    monochrome = bool(bits.read(1)) if profile != 1 else False
    primaries = transfer = matrix = 2
    if bits.read(1):
        primaries, transfer, matrix = bits.read(8), bits.read(8), bits.read(8)
    if monochrome:
        return depth, True, (1, 1), 0
    if (primaries, transfer, matrix) == (1, 13, 0):
        return depth, False, (0, 0), 0
    bits.read(1)
    subsampling = _subsampling(bits, profile, depth)
    position = bits.read(2) if subsampling == (1, 1) else 0
    return depth, False, subsampling, position


def _subsampling(bits: Bits, profile: int, depth: int) -> tuple[int, int]:
    if profile == 0:
        return 1, 1
    if profile == 1:
        return 0, 0
    if depth < 12:
        return 1, 0
    horizontal = bits.read(1)
    return horizontal, bits.read(1) if horizontal else 0
