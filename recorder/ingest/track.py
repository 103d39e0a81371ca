"""One received track: what its lane puts out becomes frames, and the feedback to send back.

Pure: no sockets, no clock, no tasks. Order and assembly are the lane's (``recorder.native``);
``webrtc_receiver`` hands over the lane's items and sends what this returns.

1. Only whole frames leave. After a loss nothing leaves until the next key frame, because frames
   that refer to missing ones would record a picture that never was (the key-frame gate).
2. A key frame is asked for at the start, once more after a second, after loss, and when none
   came for a while; never more often than every ``PLI_SPACING_US``.
3. Malformed payloads are counted and treated as loss of that frame. Nothing raises.
4. The track follows one SSRC; another one takes over when the first has been silent (the lane
   says so).
5. Times leave in units of the kind's clock (90 kHz, 48 kHz); those of G.711 (8 kHz) are scaled.
"""

from __future__ import annotations

from collections.abc import Callable

from recorder.errors import MalformedMedia
from recorder.ingest import opus, rtcp
from recorder.ingest.assembly import Assembly
from recorder.ingest.depacketiser import depacketiser
from recorder.ingest.h264 import ParameterSets
from recorder.ingest.item import (
    H264_PICTURES,
    KEY,
    LOST,
    MALFORMED,
    MARKER,
    PACKET,
    PACKETS,
    PICTURE,
    RESTARTED,
    SETS,
    VP8_PICTURES,
    Item,
)
from recorder.ingest.rtp import RtpHeader, Unwrapper
from recorder.media import G711, H264, OPUS, VP8, EncodedFrame, Kind, SenderReport
from recorder.native import Lane

WAIT_US: dict[Kind, int] = {"video": 400_000, "audio": 150_000}
PLI_SPACING_US = 500_000
FIRST_KEY_FRAME_US = 900_000  # after the first one, so that the first second is protected soon
_G711_SCALE = 6  # 8 kHz to 48 kHz
#: What the lane makes whole pictures of; those of other codecs are put together here.
_MODES = {H264: H264_PICTURES, VP8: VP8_PICTURES}


class Track:
    """Gates and completes the pictures of one stream, or checks its sound."""

    def __init__(
        self,
        kind: Kind,
        codec: str,
        on_frame: Callable[[EncodedFrame], None],
        on_lost: Callable[[Kind, int], None],
        *,
        key_frame_us: int = 0,
        parameter_set_bytes: tuple[bytes, bytes] = (b"", b""),
        number: int = 0,
    ) -> None:
        self.kind = kind
        self.codec = codec
        mode = _MODES.get(codec, PACKETS)
        self._scale = _G711_SCALE if codec in G711 else 1
        ticks = 90 if kind == "video" else 48 // self._scale
        self.lane = Lane(number, mode, WAIT_US[kind], ticks)
        self._assemble = kind == "video" and mode == PACKETS
        self.malformed = 0
        self.gated_frames = 0
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._key_frame_us = key_frame_us
        self._sets = ParameterSets(*parameter_set_bytes)
        self._last_key_us = 0
        self._keys = 0
        self._last_pli_us = -PLI_SPACING_US
        self._pli_wanted = False
        self._restart()

    def _restart(self) -> None:
        self._assembly: Assembly | None = None
        if self._assemble:
            self._assembly = Assembly(self.lane.number, depacketiser(self.codec))
        self._timestamps = Unwrapper(32)
        self._gate = self.kind == "video"  # closed until a key frame
        self._after_loss = False
        self._previous = (0, 0)  # expected, received at the last report
        self._report: SenderReport | None = None

    # --- in -------------------------------------------------------------------------------

    @property
    def ssrc(self) -> int | None:
        """The source followed; None before the first packet."""
        return self.lane.ssrc

    def packet(self, header: RtpHeader, data: bytes, now_us: int) -> None:
        """One RTP packet of this track."""
        items = self.lane.packet(
            header.ssrc,
            header.sequence,
            header.timestamp,
            header.marker,
            data,
            header.start,
            header.end,
            now_us,
        )
        for item in items:
            self.take(item)

    def retransmission(self, header: RtpHeader, data: bytes, now_us: int) -> None:
        """One RTX packet (RFC 4588): the original number, then the original payload."""
        timestamp, marker = header.timestamp, header.marker
        items = self.lane.retransmission(timestamp, marker, data, header.start, header.end, now_us)
        for item in items:
            self.take(item)

    def take(self, item: Item) -> None:
        """What came out of the lane."""
        if item.kind == LOST:
            self._on_lost(self.kind, item.packets)
            self._after_loss = True
            if self._assembly is not None:
                self._assembly.spoil()
            if self.kind == "video":
                self._close_gate()
        elif item.kind == MALFORMED:
            self.malformed += 1
            self._close_gate()
        elif item.kind == RESTARTED:
            self._restart()
            self._after_loss = True
        elif self.kind == "audio":
            self._take_audio(item)
        elif item.kind == PACKET:
            self._put_together(item)
        else:
            self._take_video(item)

    def _put_together(self, item: Item) -> None:
        assert self._assembly is not None
        marker, size = bool(item.flags & MARKER), len(item.data)
        header = RtpHeader(0, marker, 0, item.timestamp, item.ssrc, 0, size)
        for made in self._assembly.push(header, item.data, item.arrival_us):
            self.take(made)

    def sender_report(self, report: rtcp.Report, now_us: int) -> SenderReport | None:
        """A sender report for this track's SSRC, or None when it is another's."""
        if self.ssrc is None or report.ssrc != self.ssrc:
            return None
        rtp = report.rtp * self._scale & 0xFFFFFFFF
        self._report = SenderReport(self.kind, report.ssrc, report.ntp, rtp, now_us)
        return self._report

    def _take_audio(self, item: Item) -> None:
        if self.codec == OPUS:
            try:
                opus.duration_us(item.data)
            except MalformedMedia:
                self.malformed += 1
                return
        self._hand_on(item, item.data, True)

    def _take_video(self, item: Item) -> None:
        """Hand on a picture, unless the gate is closed and it is no key frame."""
        key, picture = bool(item.flags & KEY), bool(item.flags & PICTURE)
        data = item.data
        if self.codec == H264 and (key or not picture):
            data = self._sets.complete(data, key=key, own=bool(item.flags & SETS))
        if not picture:
            return
        if self._gate and not key:
            self.gated_frames += 1
            self._pli_wanted = True
            return
        if key:
            self._gate = False
            self._pli_wanted = False
            self._last_key_us = item.arrival_us
            self._keys += 1
        self._hand_on(item, data, key)

    def _hand_on(self, item: Item, data: bytes, key: bool) -> None:
        rtp = self._timestamps.unwrap(item.timestamp) * self._scale
        lost, self._after_loss = self._after_loss, False
        frame = EncodedFrame(
            self.kind, self.codec, data, rtp, key, item.arrival_us, item.ssrc, item.packets, lost
        )
        self._on_frame(frame)

    def _close_gate(self) -> None:
        self._gate = True
        self._pli_wanted = True

    # --- out ------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Packets are missing: ``feedback`` wants to be called every few milliseconds."""
        return self.lane.waiting

    def feedback(self, own: int, now_us: int) -> list[bytes]:
        """NACK and PLI packets due now; gives up packets that stayed away too long."""
        ssrc = self.ssrc
        if ssrc is None:
            return []
        packets: list[bytes] = []
        if self.lane.waiting:
            for item in self.lane.expire(now_us):
                self.take(item)
            due = self.lane.due(now_us)
            if due:
                packets.append(rtcp.nack(own, ssrc, due))
        if self._wants_key_frame(now_us):
            self._last_pli_us = now_us
            packets.append(rtcp.picture_loss(own, ssrc))
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
        ssrc, highest = self.ssrc, self.lane.highest
        if ssrc is None or highest < 0:
            return None
        expected, received = self.lane.expected, self.lane.received
        new_expected = expected - self._previous[0]
        new_lost = new_expected - (received - self._previous[1])
        self._previous = (expected, received)
        fraction = min(255, (new_lost << 8) // new_expected) if new_lost > 0 < new_expected else 0
        last_report = delay = 0
        if self._report is not None:
            last_report = (self._report.ntp >> 16) & 0xFFFFFFFF
            delay = (now_us - self._report.arrival_us) * 65536 // 1_000_000
        highest -= 0x10000
        jitter = self.lane.jitter >> 4
        return rtcp.ReportBlock(
            ssrc, fraction, expected - received, highest, jitter, last_report, delay
        )
