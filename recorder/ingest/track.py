"""One received track: packets in, whole frames out, and the feedback to send back.

Pure: no sockets, no clock, no tasks. ``webrtc_receiver`` feeds it and sends what it returns.

1. Only whole frames leave. After a loss nothing leaves until the next key frame, because frames
   that refer to missing ones would record a picture that never was (the key-frame gate).
2. A key frame is asked for at the start, once more after a second, after loss, and when none
   came for a while; never more often than every ``PLI_SPACING_US``.
3. Malformed payloads are counted and treated as loss of that frame. Nothing raises.
4. The track follows one SSRC; another one takes over when the first has been silent.
5. Times leave in units of the kind's clock (90 kHz, 48 kHz); those of G.711 (8 kHz) are scaled.
"""

from __future__ import annotations

from collections.abc import Callable

from recorder.errors import MalformedMedia
from recorder.ingest import opus, rtcp
from recorder.ingest.depacketiser import depacketiser
from recorder.ingest.reorder import Lost, ReorderBuffer
from recorder.ingest.rtp import RtpHeader, Unwrapper
from recorder.media import G711, OPUS, EncodedFrame, Kind, SenderReport

WAIT_US: dict[Kind, int] = {"video": 400_000, "audio": 150_000}
PLI_SPACING_US = 500_000
FIRST_KEY_FRAME_US = 900_000  # after the first one, so that the first second is protected soon
SSRC_SILENCE_US = 500_000
_G711_SCALE = 6  # 8 kHz to 48 kHz

_Packet = tuple[RtpHeader, bytes, int]


class Track:
    """Reorders, assembles and gates one stream of one codec."""

    def __init__(
        self,
        kind: Kind,
        codec: str,
        on_frame: Callable[[EncodedFrame], None],
        on_lost: Callable[[Kind, int], None],
        *,
        key_frame_us: int = 0,
        parameter_set_bytes: tuple[bytes, bytes] = (b"", b""),
    ) -> None:
        self.kind = kind
        self.codec = codec
        self.ssrc: int | None = None
        self.malformed = 0
        self.gated_frames = 0
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._key_frame_us = key_frame_us
        self._scale = _G711_SCALE if codec in G711 else 1
        self._depacketiser = depacketiser(codec, parameter_set_bytes)
        self._last_packet_us = 0
        self._last_key_us = 0
        self._keys = 0
        self._last_pli_us = -PLI_SPACING_US
        self._pli_wanted = False
        self._restart()

    def _restart(self) -> None:
        self._buffer: ReorderBuffer[_Packet] = ReorderBuffer(WAIT_US[self.kind])
        self._timestamps = Unwrapper(32)
        self._gate = self.kind == "video"  # closed until a key frame
        self._frame_rtp: int | None = None
        self._frame_arrival_us = 0
        self._frame_packets = 0
        self._after_loss = False
        self._spoilt = False  # the frame being collected misses a part
        self._previous = (0, 0)  # expected, received at the last report
        self._report: SenderReport | None = None
        self._jitter = 0
        self._transit: int | None = None

    # --- in -------------------------------------------------------------------------------

    def packet(self, header: RtpHeader, data: bytes, now_us: int) -> None:
        """One RTP packet of this track."""
        if header.ssrc != self.ssrc and not self._adopt(header.ssrc, now_us):
            return
        self._last_packet_us = now_us
        self._measure_jitter(header.timestamp, now_us)
        for item in self._buffer.add(header.sequence, (header, data, now_us), now_us):
            self._take(item)

    def retransmission(self, header: RtpHeader, data: bytes, now_us: int) -> None:
        """One RTX packet (RFC 4588): the original number, then the original payload."""
        if header.end - header.start < 2 or self.ssrc is None:
            return
        original = data[header.start] << 8 | data[header.start + 1]
        restored = header._replace(sequence=original, ssrc=self.ssrc, start=header.start + 2)
        for item in self._buffer.add(original, (restored, data, now_us), now_us):
            self._take(item)

    def sender_report(self, report: rtcp.Report, now_us: int) -> SenderReport | None:
        """A sender report for this track's SSRC, or None when it is another's."""
        if self.ssrc is None or report.ssrc != self.ssrc:
            return None
        rtp = report.rtp * self._scale & 0xFFFFFFFF
        self._report = SenderReport(self.kind, report.ssrc, report.ntp, rtp, now_us)
        return self._report

    def _adopt(self, ssrc: int, now_us: int) -> bool:
        if self.ssrc is not None:
            if now_us - self._last_packet_us < SSRC_SILENCE_US:
                return False
            self._depacketiser.reset()
            self._restart()
            self._after_loss = True
        self.ssrc = ssrc
        return True

    def _take(self, item: _Packet | Lost) -> None:
        if isinstance(item, Lost):
            self._on_lost(self.kind, item.packets)
            self._after_loss = True
            if self.kind == "video":
                self._close_gate()
            return
        header, data, arrival_us = item
        if header.start >= header.end:
            return  # padding only
        if self.kind == "audio":
            self._take_audio(header, data, arrival_us)
        else:
            self._take_video(header, data, arrival_us)

    def _take_audio(self, header: RtpHeader, data: bytes, arrival_us: int) -> None:
        payload = data[header.start : header.end]
        if self.codec == OPUS:
            try:
                opus.duration_us(payload)
            except MalformedMedia:
                self.malformed += 1
                return
        rtp = self._timestamps.unwrap(header.timestamp) * self._scale
        lost, self._after_loss = self._after_loss, False
        self._on_frame(
            EncodedFrame("audio", self.codec, payload, rtp, True, arrival_us, header.ssrc, 1, lost)
        )

    def _take_video(self, header: RtpHeader, data: bytes, arrival_us: int) -> None:
        if header.timestamp != self._frame_rtp:
            if self._frame_rtp is not None and not self._depacketiser.empty:
                self._finish(header.ssrc)  # the frame before came without a marker
            self._frame_rtp = header.timestamp
            self._frame_arrival_us = arrival_us
            self._frame_packets = 0
            self._spoilt = False
        self._frame_packets += 1
        if not self._spoilt:
            try:
                self._depacketiser.push(data, header.start, header.end)
            except MalformedMedia:
                self.malformed += 1
                self._close_gate()
        if header.marker:
            if not self._depacketiser.empty:
                self._finish(header.ssrc)
            self._frame_rtp = None

    def _close_gate(self) -> None:
        self._depacketiser.reset()
        self._spoilt = True
        self._gate = True
        self._pli_wanted = True

    def _finish(self, ssrc: int) -> None:
        """Hand on the collected frame, unless the gate is closed and it is no key frame."""
        collected = self._depacketiser
        if not collected.has_picture:
            try:
                collected.take()  # parameter sets alone, which it remembers
            except MalformedMedia:
                self.malformed += 1
                self._close_gate()
            return
        key = collected.key
        if self._gate and not key:
            collected.reset()
            self.gated_frames += 1
            self._pli_wanted = True
            return
        data = collected.take()
        assert self._frame_rtp is not None
        rtp = self._timestamps.unwrap(self._frame_rtp)
        if key:
            self._gate = False
            self._pli_wanted = False
            self._last_key_us = self._frame_arrival_us
            self._keys += 1
        lost, self._after_loss = self._after_loss, False
        self._on_frame(
            EncodedFrame(
                "video",
                self.codec,
                data,
                rtp,
                key,
                self._frame_arrival_us,
                ssrc,
                self._frame_packets,
                lost,
            )
        )

    # --- out ------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Packets are missing: ``feedback`` wants to be called every few milliseconds."""
        return self._buffer.waiting

    def feedback(self, own: int, now_us: int) -> list[bytes]:
        """NACK and PLI packets due now; gives up packets that stayed away too long."""
        for item in self._buffer.expire(now_us):
            self._take(item)
        if self.ssrc is None:
            return []
        packets: list[bytes] = []
        due = self._buffer.due(now_us)
        if due:
            packets.append(rtcp.nack(own, self.ssrc, due))
        if self._wants_key_frame(now_us):
            self._last_pli_us = now_us
            packets.append(rtcp.picture_loss(own, self.ssrc))
        return packets

    def _wants_key_frame(self, now_us: int) -> bool:
        if self.kind != "video" or now_us - self._last_pli_us < PLI_SPACING_US:
            return False
        if self._pli_wanted or self._gate:
            return True
        period = self._key_frame_us
        if self._keys == 1:
            period = min(period, FIRST_KEY_FRAME_US)
        since = max(self._last_key_us, self._last_pli_us)
        return period > 0 and now_us - since >= period

    def want_key_frame(self) -> None:
        """Ask for a key frame with the next feedback."""
        self._pli_wanted = self.kind == "video"

    def report_block(self, now_us: int) -> rtcp.ReportBlock | None:
        """What to tell the sender about its stream (RFC 3550, 6.4.1)."""
        buffer = self._buffer
        if self.ssrc is None or buffer.highest < 0:
            return None
        expected, received = buffer.expected, buffer.received
        new_expected = expected - self._previous[0]
        new_lost = new_expected - (received - self._previous[1])
        self._previous = (expected, received)
        fraction = min(255, (new_lost << 8) // new_expected) if new_lost > 0 < new_expected else 0
        last_report = delay = 0
        if self._report is not None:
            last_report = (self._report.ntp >> 16) & 0xFFFFFFFF
            delay = (now_us - self._report.arrival_us) * 65536 // 1_000_000
        highest = buffer.highest - 0x10000
        return rtcp.ReportBlock(
            self.ssrc, fraction, expected - received, highest, self._jitter >> 4, last_report, delay
        )

    def _measure_jitter(self, timestamp: int, now_us: int) -> None:
        rate = 90 if self.kind == "video" else 48 // self._scale
        transit = (now_us * rate // 1000 - timestamp) & 0xFFFFFFFF
        if self._transit is not None:
            step = abs(((transit - self._transit + 0x80000000) & 0xFFFFFFFF) - 0x80000000)
            self._jitter += step - ((self._jitter + 8) >> 4)
        self._transit = transit
