"""One track of RTP that comes in order over TCP: packets in, whole frames out.

Pure. The counterpart of ``track.Track`` for RTSP: nothing is reordered and nothing can be asked
for again, so a hole in the numbers is loss at once. The key-frame gate is the same: after loss
nothing leaves until the next key frame. Malformed payloads are counted; nothing raises.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from recorder.errors import MalformedMedia
from recorder.ingest.h264 import (
    IDR,
    MAX_FRAME_BYTES,
    SPS,
    START_CODE,
    parameter_sets,
    parse_sps,
)
from recorder.ingest.opus import duration_us
from recorder.ingest.picture_order import PictureOrder
from recorder.ingest.rtp import Unwrapper
from recorder.media import AUDIO_RATE, H264, OPUS, EncodedFrame, Kind

_HEAD = Struct(">BBHII").unpack_from
_FRAGMENT = Struct(">BBHBBHIIBB").unpack_from  # interleaved frame, RTP header, FU-A headers
_FRAGMENT_BYTES = 18
_STAP_A, _FU_A = 24, 28

OnFrame = Callable[[EncodedFrame], None]
OnLost = Callable[[Kind, int], None]


class OrderedTrack:
    """Base: numbers, timestamps, loss. ``_payload`` is the codec's."""

    kind: Kind = "video"

    def __init__(self, payload_type: int, on_frame: OnFrame, on_lost: OnLost) -> None:
        self.payload_type = payload_type
        self.ssrc: int | None = None
        self.malformed = 0
        self.highest = 0  # extended sequence number, for receiver reports
        self.packets = 0
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._next = -1
        self._timestamps = Unwrapper(32)
        self._after_loss = False

    def packet(self, data: bytes, start: int, end: int, now_us: int) -> None:
        """One RTP packet, ``data[start:end]``."""
        if end - start < 12:
            self.malformed += 1
            return
        first, second, sequence, timestamp, ssrc = _HEAD(data, start)
        if first >> 6 != 2 or second & 0x7F != self.payload_type:
            self.malformed += 1
            return
        start += 12
        if first & 0x3F:
            start, end = _inner(data, first, start, end)
        if sequence != self._next:
            self._jump(sequence, ssrc)
        self.ssrc = ssrc
        self._next = (sequence + 1) & 0xFFFF
        self.highest += 1
        self.packets += 1
        if start < end:
            self._payload(data, start, end, timestamp, second > 127, now_us)

    def fragments(self, data: bytes, position: int, channel: int) -> int:
        """A codec may take a run of interleaved frames at once; returns where the run ends."""
        del data, channel
        return position

    def report_rtp(self, rtp: int) -> int:
        """The RTP time of a sender report on the clock of our kind (90 or 48 kHz), 32 bit."""
        return rtp

    def _jump(self, sequence: int, ssrc: int) -> None:
        if self._next < 0:
            self.highest = sequence - 1
            return
        missing = (sequence - self._next) & 0xFFFF
        if ssrc != self.ssrc or missing > 0x8000:
            missing = 0  # it started over
        self.highest += missing
        if missing:
            self._on_lost(self.kind, missing)
        self._after_loss = True
        self._lost()

    def _lost(self) -> None:
        """Packets are missing before the next one."""

    def _payload(
        self, data: bytes, start: int, end: int, timestamp: int, marker: bool, now_us: int
    ) -> None:
        raise NotImplementedError


def _inner(data: bytes, first: int, start: int, end: int) -> tuple[int, int]:
    """Bounds of the payload behind CSRCs, extension and padding; empty when they do not fit."""
    start += 4 * (first & 0x0F)
    if first & 0x10:
        if start + 4 > end:
            return 0, 0
        start += 4 + 4 * (data[start + 2] << 8 | data[start + 3])
    if first & 0x20 and start < end:
        end -= data[end - 1]
    return (start, end) if start < end else (0, 0)


class OrderedH264(OrderedTrack):
    """H.264 (RFC 6184, single units, STAP-A and FU-A), B-frames included.

    Collects access units itself instead of through ``H264Depacketiser``: nine packets in ten are
    the middle of a fragmented unit, and ``fragments`` takes a run of them in one go.
    """

    def __init__(
        self,
        payload_type: int,
        on_frame: OnFrame,
        on_lost: OnLost,
        parameter_set_bytes: tuple[bytes, bytes] = (b"", b""),
    ) -> None:
        super().__init__(payload_type, on_frame, on_lost)
        self._sets = parameter_set_bytes
        self._order = PictureOrder()
        self._described = b""
        self._gate = True  # closed until a key frame
        self._spoilt = False  # the picture being collected misses a part
        self._timestamp = -1  # of the picture being collected
        self._arrival_us = 0
        self._count = 0
        self._clear()

    def _clear(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._in_unit = False
        self._has_idr = self._has_sps = self._has_picture = False

    def fragments(self, data: bytes, position: int, channel: int) -> int:
        """Take the rest of a fragmented unit at a position; returns where the run ends.

        What is anything else, however slightly, is left for ``packet``.
        """
        if not self._in_unit or self._spoilt:
            return position
        parts, last = self._parts, len(data) - _FRAGMENT_BYTES
        first, timestamp, following = position, self._timestamp, self._next
        count, middle, final = len(parts), self.payload_type, self.payload_type | 0x80
        ended = marked = False
        while position <= last and not ended:
            found = _FRAGMENT(data, position)
            dollar, number, size, version, kind, sequence, stamp, ssrc, indicator, header = found
            end = position + 4 + size
            if (
                dollar != 0x24
                or number != channel
                or version != 0x80
                or (kind != middle and not (kind == final and header & 0x40))
                or sequence != following
                or stamp != timestamp
                or ssrc != self.ssrc
                or indicator & 0x1F != _FU_A
                or header & 0x80
                or size <= 14
                or end > len(data)
            ):
                break
            parts.append(data[position + _FRAGMENT_BYTES : end])
            following = (following + 1) & 0xFFFF
            position = end
            ended, marked = header & 0x40 != 0, kind == final
        count = len(parts) - count
        if count:
            self._next = following
            self._count += count
            self.highest += count
            self.packets += count
            self._grow(position - first)
            if ended and parts is self._parts:
                self._in_unit = False
                if marked:
                    self._finish()
        return position

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MAX_FRAME_BYTES:
            self.malformed += 1
            self._lost()

    def _lost(self) -> None:
        self._clear()
        self._gate = self._spoilt = True

    def _payload(
        self, data: bytes, start: int, end: int, timestamp: int, marker: bool, now_us: int
    ) -> None:
        if timestamp != self._timestamp:
            if self._parts:
                self._finish()  # the picture before came without a marker
            self._timestamp, self._arrival_us = timestamp, now_us
            self._count = 0
            self._spoilt = False
        self._count += 1
        if not self._spoilt and not self._collect(data, start, end):
            self.malformed += 1
            self._lost()
        if marker and self._parts:
            self._finish()

    def _collect(self, data: bytes, start: int, end: int) -> bool:
        """One payload; False when it is malformed."""
        kind = data[start] & 0x1F
        if end - start < 2:
            return False
        if kind == _FU_A:
            header = data[start + 1]
            if header & 0x80:
                unit = (data[start] & 0xE0) | (header & 0x1F)
                self._begin(header & 0x1F)
                self._parts.append(START_CODE + bytes((unit,)) + data[start + 2 : end])
            elif self._in_unit:
                self._parts.append(data[start + 2 : end])
            else:
                return False
            self._in_unit = not header & 0x40
        elif kind == _STAP_A:
            self._in_unit = False
            return self._aggregate(data, start + 1, end)
        elif 1 <= kind <= 23:
            self._in_unit = False
            self._begin(kind)
            self._parts.append(START_CODE + data[start:end])
        else:
            return False
        self._size += end - start
        return self._size <= MAX_FRAME_BYTES

    def _aggregate(self, data: bytes, position: int, end: int) -> bool:
        while position + 2 < end:
            size = data[position] << 8 | data[position + 1]
            position += 2
            if size == 0 or position + size > end:
                return False
            self._begin(data[position] & 0x1F)
            self._parts.append(START_CODE + data[position : position + size])
            self._size += size
            position += size
        return position == end

    def _begin(self, kind: int) -> None:
        if 1 <= kind <= IDR:
            self._has_picture = True
            self._has_idr = self._has_idr or kind == IDR
        elif kind == SPS:
            self._has_sps = True

    def _finish(self) -> None:
        key, has_sets = self._has_idr, self._has_sps
        if not self._has_picture or (self._gate and not key):
            if has_sets or not self._has_picture:
                self._keep_sets(b"".join(self._parts))
            self._clear()
            return
        data = b"".join(self._parts)
        self._clear()
        if key:
            data = self._complete(data, has_sets)
        rtp = self._timestamps.unwrap(self._timestamp)
        decoded = self._order.place(rtp, key)
        if decoded is None:
            self._gate = True
            return
        self._gate = False
        lost, self._after_loss = self._after_loss, False
        self._on_frame(
            EncodedFrame(
                "video",
                H264,
                data,
                rtp,
                key,
                self._arrival_us,
                self.ssrc or 0,
                self._count,
                lost,
                shift=rtp - decoded,
            )
        )
        self._count = 0

    def _complete(self, data: bytes, has_sets: bool) -> bytes:
        """A key frame that can be decoded alone: with its parameter sets in front."""
        if has_sets:
            self._keep_sets(data)
        elif self._sets[0]:
            data = START_CODE + self._sets[0] + START_CODE + self._sets[1] + data
        if self._sets[0] != self._described:
            self._described = self._sets[0]
            try:
                self._order.describe(parse_sps(self._described).reorder)
            except MalformedMedia:
                self.malformed += 1
        return data

    def _keep_sets(self, data: bytes) -> None:
        sps, pps = parameter_sets(data)
        self._sets = (sps or self._sets[0], pps or self._sets[1])


class OrderedAudio(OrderedTrack):
    """Sound: packets of one codec, with their times at 48 kHz.

    ``split`` takes a payload apart into packets of ``samples`` samples each (AAC); without it a
    payload is one packet.
    """

    kind: Kind = "audio"

    def __init__(
        self,
        payload_type: int,
        codec: str,
        rate: int,
        on_frame: OnFrame,
        on_lost: OnLost,
        split: Callable[[bytes], list[bytes]] | None = None,
        samples: int = 0,
    ) -> None:
        super().__init__(payload_type, on_frame, on_lost)
        self.codec = codec
        self._rate = rate
        self._split = split
        self._samples = samples

    def report_rtp(self, rtp: int) -> int:
        """See OrderedTrack."""
        return self._scaled(self._timestamps.peek(rtp)) & 0xFFFFFFFF

    def _scaled(self, rtp: int) -> int:
        return rtp * AUDIO_RATE // self._rate

    def _payload(
        self, data: bytes, start: int, end: int, timestamp: int, marker: bool, now_us: int
    ) -> None:
        del marker
        rtp = self._timestamps.unwrap(timestamp)
        payload = data[start:end]
        try:
            packets = self._split(payload) if self._split is not None else [payload]
            if self.codec == OPUS:
                duration_us(payload)
        except MalformedMedia:
            self.malformed += 1
            return
        for index, packet in enumerate(packets):
            lost, self._after_loss = self._after_loss, False
            at = self._scaled(rtp + index * self._samples)
            ssrc = self.ssrc or 0
            self._on_frame(
                EncodedFrame("audio", self.codec, packet, at, True, now_us, ssrc, 1, lost)
            )
