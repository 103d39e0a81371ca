"""One track of RTP that comes in order over TCP: packets in, whole frames out.

Pure. The counterpart of ``track.Track`` for RTSP: nothing is reordered and nothing can be asked
for again, so a hole in the numbers is loss at once. The key-frame gate is the same: after loss
nothing leaves until the next key frame. Malformed payloads are counted; nothing raises.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from recorder.errors import MalformedMedia
from recorder.ingest.h264 import H264Depacketiser, parse_sps
from recorder.ingest.picture_order import PictureOrder
from recorder.ingest.rtp import Unwrapper
from recorder.media import H264, EncodedFrame, Kind

_HEAD = Struct(">BBHII").unpack_from

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
    """H.264 (RFC 6184), B-frames included."""

    def __init__(
        self,
        payload_type: int,
        on_frame: OnFrame,
        on_lost: OnLost,
        parameter_set_bytes: tuple[bytes, bytes] = (b"", b""),
    ) -> None:
        super().__init__(payload_type, on_frame, on_lost)
        self._order = PictureOrder()
        self._described = b""
        self._collected = H264Depacketiser(parameter_set_bytes)
        self._gate = True
        self._spoilt = False
        self._timestamp = -1  # of the picture being collected
        self._arrival_us = 0
        self._count = 0

    def _lost(self) -> None:
        self._collected.reset()
        self._gate = self._spoilt = True

    def _payload(
        self, data: bytes, start: int, end: int, timestamp: int, marker: bool, now_us: int
    ) -> None:
        if timestamp != self._timestamp:
            if not self._collected.empty:
                self._finish()  # the picture before came without a marker
            self._timestamp, self._arrival_us = timestamp, now_us
            self._count = 0
            self._spoilt = False
        self._count += 1
        if not self._spoilt:
            try:
                self._collected.push(data, start, end)
            except MalformedMedia:
                self.malformed += 1
                self._lost()
        if marker and not self._collected.empty:
            self._finish()

    def _finish(self) -> None:
        collected = self._collected
        if not collected.has_picture:
            collected.take()  # parameter sets alone, which it remembers
            return
        key = collected.key
        if self._gate and not key:
            collected.reset()
            return
        data = collected.take()
        if key:
            self._describe_order()
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

    def _describe_order(self) -> None:
        """Tell the order of pictures what the parameter sets in force say."""
        sps = self._collected.sets[0]
        if sps == self._described:
            return
        self._described = sps
        try:
            self._order.describe(parse_sps(sps).reorder)
        except MalformedMedia:
            self.malformed += 1


class OrderedAudio(OrderedTrack):
    """Sound that somebody else makes into Opus: payloads go on as they are, with their time."""

    kind: Kind = "audio"

    def __init__(
        self,
        payload_type: int,
        codec: str,
        rate: int,
        on_frame: OnFrame,
        on_lost: OnLost,
    ) -> None:
        super().__init__(payload_type, on_frame, on_lost)
        self.codec = codec
        self._rate = rate

    def _payload(
        self, data: bytes, start: int, end: int, timestamp: int, marker: bool, now_us: int
    ) -> None:
        del marker
        rtp = self._timestamps.unwrap(timestamp)
        lost, self._after_loss = self._after_loss, False
        frame = EncodedFrame(
            "audio", self.codec, data[start:end], rtp, True, now_us, self.ssrc or 0, 1, lost
        )
        self._on_frame(frame)
