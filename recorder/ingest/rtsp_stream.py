"""Media and messages of one RTSP connection after PLAY or RECORD (RFC 2326, 10.12). Pure.

``InterleavedStream`` is fed bytes in any split and calls the handlers of the channels; the same
for a camera we pull and a device that pushes.
"""

from __future__ import annotations

from collections.abc import Callable

from recorder.ingest import rtcp
from recorder.ingest.ordered_track import OrderedTrack
from recorder.ingest.rtsp_wire import Message, parse_message
from recorder.media import SenderReport

_DOLLAR = 0x24


class InterleavedStream:
    """Owned by one connection."""

    def __init__(
        self,
        on_report: Callable[[SenderReport], None],
        on_bye: Callable[[], None],
        on_message: Callable[[Message], None],
    ) -> None:
        self.bytes_received = 0
        self._media: dict[int, OrderedTrack] = {}
        self._control: dict[int, OrderedTrack] = {}
        self._tail = b""
        self._latest: OrderedTrack | None = None
        self._channel = 0
        self._on_report = on_report
        self._on_bye = on_bye
        self._on_message = on_message

    @property
    def tracks(self) -> list[OrderedTrack]:
        """The tracks, in the order they were added."""
        return list(self._media.values())

    def add(self, track: OrderedTrack, media_channel: int, control_channel: int) -> None:
        """RTP of this track comes on one channel, RTCP on the other."""
        self._media[media_channel] = track
        self._control[control_channel] = track

    def feed(self, data: bytes, now_us: int) -> None:
        """Bytes as they came.

        Raises:
            MalformedRtsp: neither a frame nor a message; the connection is of no more use.
        """
        self.bytes_received += len(data)
        if self._tail:
            data = self._tail + data
        media = self._media
        position, length = 0, len(data)
        if self._latest is not None:  # the rest of a unit that was cut by the read
            position = self._latest.fragments(data, 0, self._channel)
        while length - position >= 4:
            if data[position] != _DOLLAR:
                found = parse_message(data, position)
                if found is None:
                    break
                message, position = found
                self._on_message(message)
                continue
            start = position + 4
            end = start + (data[position + 2] << 8 | data[position + 3])
            if end > length:
                break
            track = media.get(data[position + 1])
            if track is not None:
                track.packet(data, start, end, now_us)
                self._latest, self._channel = track, data[position + 1]
                position = track.fragments(data, end, self._channel)
                continue
            self._controlled(data[position + 1], data[start:end], now_us)
            position = end
        self._tail = data[position:] if position < length else b""

    def _controlled(self, channel: int, data: bytes, now_us: int) -> None:
        track = self._control.get(channel)
        if track is None:
            return
        for item in rtcp.parse_compound(data):
            if isinstance(item, rtcp.Report):
                if track.ssrc is None or item.ssrc == track.ssrc:
                    rtp = track.report_rtp(item.rtp)
                    self._on_report(SenderReport(track.kind, item.ssrc, item.ntp, rtp, now_us))
            elif track.ssrc in item.ssrcs:
                self._on_bye()
                return


def frame(channel: int, data: bytes) -> bytes:
    """One interleaved frame."""
    return bytes((_DOLLAR, channel, len(data) >> 8, len(data) & 0xFF)) + data
