"""H.264 over RTP (RFC 6184) and the little of H.264 that recording needs.

Pure. ``H264Depacketiser`` makes Annex B from payloads in order; ``parse_sps`` reads the picture
size and profile. Bad input raises ``MalformedMedia`` and nothing else. Bits of the slices are
never looked at.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from recorder.errors import MalformedMedia
from recorder.ingest.bits import Bits

START_CODE = b"\0\0\0\1"
IDR, SPS, PPS = 5, 7, 8
_STAP_A, _FU_A = 24, 28
MAX_FRAME_BYTES = 8 << 20


class H264Depacketiser:
    """Collects the NAL units of one access unit; single NAL, STAP-A and FU-A.

    Parameter sets are remembered, also those sent apart or in the offer: a key frame that comes
    without gets them in front.
    """

    def __init__(self, parameter_sets: tuple[bytes, bytes] = (b"", b"")) -> None:
        self.sets = ParameterSets(*parameter_sets)
        self.reset()

    def reset(self) -> None:
        """Forget the frame being collected."""
        self._parts: list[bytes] = []
        self._size = 0
        self._in_unit = False
        self.has_idr = False
        self.has_sps = False
        self.has_picture = False

    def push(self, data: bytes, start: int, end: int) -> None:
        """One payload, ``data[start:end]``."""
        if end - start < 2:
            raise MalformedMedia("payload shorter than a NAL unit header")
        kind = data[start] & 0x1F
        if kind == _FU_A:
            self._push_fragment(data, start, end)
        elif kind == _STAP_A:
            self._push_aggregate(data, start + 1, end)
        elif 1 <= kind <= 23:
            self._begin(kind)
            self._add(START_CODE + data[start:end])
            self._in_unit = False
        else:
            raise MalformedMedia(f"NAL unit type {kind} is not used in RFC 6184 mode 1")

    def _push_fragment(self, data: bytes, start: int, end: int) -> None:
        header = data[start + 1]
        if header & 0x80:
            self._begin(header & 0x1F)
            first = (data[start] & 0xE0) | (header & 0x1F)
            self._add(START_CODE + bytes((first,)) + data[start + 2 : end])
            self._in_unit = not header & 0x40
            return
        if not self._in_unit:
            raise MalformedMedia("fragment of a NAL unit whose start is missing")
        self._add(data[start + 2 : end])
        if header & 0x40:
            self._in_unit = False

    def _push_aggregate(self, data: bytes, position: int, end: int) -> None:
        while position < end:
            if position + 2 > end:
                raise MalformedMedia("STAP-A length is cut off")
            size = data[position] << 8 | data[position + 1]
            position += 2
            if size == 0 or position + size > end:
                raise MalformedMedia("STAP-A unit is cut off")
            self._begin(data[position] & 0x1F)
            self._add(START_CODE + data[position : position + size])
            position += size
        self._in_unit = False

    def _begin(self, kind: int) -> None:
        if kind == IDR:
            self.has_idr = True
        elif kind == SPS:
            self.has_sps = True
        if 1 <= kind <= 5:
            self.has_picture = True

    def _add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MAX_FRAME_BYTES:
            raise MalformedMedia("frame larger than any picture")
        self._parts.append(part)

    @property
    def open(self) -> bool:
        """A fragmented unit has not come to its end."""
        return self._in_unit

    @property
    def empty(self) -> bool:
        """Nothing collected."""
        return not self._parts

    @property
    def key(self) -> bool:
        """The access unit can be decoded without any before it."""
        return self.has_idr

    def take_raw(self) -> bytes:
        """The access unit as Annex B, as it came; starts the next one."""
        data = b"".join(self._parts)
        self.reset()
        return data

    def take(self) -> bytes:
        """The access unit as Annex B; starts the next one."""
        idr, own, picture = self.has_idr, self.has_sps, self.has_picture
        data = self.take_raw()
        return self.sets.complete(data, key=idr, own=own) if idr or own or not picture else data


class ParameterSets:
    """The ones in force: last seen, or told in the offer; empty when none is known."""

    def __init__(self, sps: bytes = b"", pps: bytes = b"") -> None:
        self.sps = sps
        self.pps = pps

    def complete(self, data: bytes, *, key: bool, own: bool) -> bytes:
        """A key frame with parameter sets in front; ``own`` ones, and sets sent apart, are kept."""
        if own or not key:
            sps, pps = parameter_sets(data)
            self.sps, self.pps = sps or self.sps, pps or self.pps
            return data
        if not self.sps:
            return data
        return START_CODE + self.sps + START_CODE + self.pps + data


def nal_units(annex_b: bytes) -> list[bytes]:
    """The NAL units of an Annex B byte stream, without start codes."""
    units: list[bytes] = []
    position = annex_b.find(b"\0\0\1")
    while position >= 0:
        start = position + 3
        position = annex_b.find(b"\0\0\1", start)
        unit = annex_b[start : position if position >= 0 else len(annex_b)]
        unit = unit.rstrip(b"\0")  # trailing zeros belong to the next start code
        if unit:
            units.append(unit)
    return units


def parameter_sets(annex_b: bytes) -> tuple[bytes, bytes]:
    """The first SPS and PPS in an access unit; empty when absent."""
    sps = pps = b""
    for unit in nal_units(annex_b):
        kind = unit[0] & 0x1F
        if kind == SPS and not sps:
            sps = unit
        elif kind == PPS and not pps:
            pps = unit
        elif kind in (1, IDR):
            break
    return sps, pps


@dataclass(slots=True, frozen=True)
class Sps:
    """What a sequence parameter set says about the pictures."""

    profile: int
    constraints: int
    level: int
    width: int
    height: int
    reorder: int | None = None  # pictures that may precede another in decoding and follow it
    #                             on screen; None when the set does not say
    chroma: int = 1  # chroma_format_idc
    luma_bits: int = 8
    chroma_bits: int = 8

    @property
    def codec_string(self) -> str:
        """RFC 6381 name, for instance avc1.42e01f."""
        return f"avc1.{self.profile:02x}{self.constraints:02x}{self.level:02x}"


_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


def parse_sps(unit: bytes) -> Sps:
    """Read a sequence parameter set (ITU-T H.264, 7.3.2.1.1).

    Raises:
        MalformedMedia: not an SPS, cut off, or with an impossible size.
    """
    if len(unit) < 4 or unit[0] & 0x1F != SPS:
        raise MalformedMedia("not a sequence parameter set")
    bits = Bits(unit[4:].replace(b"\0\0\3", b"\0\0"), "SPS")
    profile, constraints, level = unit[1], unit[2], unit[3]
    bits.unsigned()
    chroma, luma_bits, chroma_bits = 1, 8, 8
    if profile in _HIGH_PROFILES:
        chroma, luma_bits, chroma_bits = _high_profile_fields(bits)
    bits.unsigned()
    order = bits.unsigned()
    if order == 0:
        bits.unsigned()
    elif order == 1:
        bits.read(1)
        bits.signed()
        bits.signed()
        for _ in range(min(bits.unsigned(), 255)):
            bits.signed()
    references = bits.unsigned()
    bits.read(1)
    width = (bits.unsigned() + 1) * 16
    height_units = bits.unsigned() + 1
    frames_only = bits.read(1)
    height = height_units * 16 * (2 - frames_only)
    if not frames_only:
        bits.read(1)
    bits.read(1)
    if bits.read(1):
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
        unit_x = 2 if chroma in (1, 2) else 1
        unit_y = (2 if chroma == 1 else 1) * (2 - frames_only)
        width -= unit_x * (left + right)
        height -= unit_y * (top + bottom)
    if not (0 < width <= 16384 and 0 < height <= 16384):
        raise MalformedMedia("SPS has an impossible picture size")
    reorder: int | None = 0 if order == 2 or profile == 66 or references == 0 else None
    if reorder is None:
        with contextlib.suppress(MalformedMedia):  # the picture size is known all the same
            reorder = _reorder_of_vui(bits)
    return Sps(
        profile,
        constraints,
        level,
        width,
        height,
        reorder,
        chroma & 3,
        luma_bits & 15,
        chroma_bits & 15,
    )


def _reorder_of_vui(bits: Bits) -> int | None:
    """``max_num_reorder_frames`` of the usability information (E.1.1), when it is there."""
    if not bits.read(1):
        return None
    if bits.read(1) and bits.read(8) == 255:  # aspect ratio
        bits.read(32)
    if bits.read(1):  # overscan
        bits.read(1)
    if bits.read(1):  # video signal
        bits.read(4)
        if bits.read(1):
            bits.read(24)
    if bits.read(1):  # chroma location
        bits.unsigned()
        bits.unsigned()
    if bits.read(1):  # timing
        bits.read(65)
    has_delays = [_skip_hrd(bits) for _ in range(2) if bits.read(1)]
    if has_delays:
        bits.read(1)
    bits.read(1)  # picture structure
    if not bits.read(1):
        return None
    bits.read(1)
    for _ in range(4):
        bits.unsigned()
    return min(bits.unsigned(), 16)


def _skip_hrd(bits: Bits) -> bool:
    count = bits.unsigned() + 1
    bits.read(8)
    for _ in range(min(count, 32)):
        bits.unsigned()
        bits.unsigned()
        bits.read(1)
    bits.read(20)
    return True


def _high_profile_fields(bits: Bits) -> tuple[int, int, int]:
    chroma = bits.unsigned()
    if chroma == 3:
        bits.read(1)
    luma_bits, chroma_bits = bits.unsigned() + 8, bits.unsigned() + 8
    bits.read(1)
    if bits.read(1):
        for index in range(8 if chroma != 3 else 12):
            if bits.read(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma, luma_bits, chroma_bits


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed() + 256) % 256
        last = following or last
