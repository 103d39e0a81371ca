"""Receives SRTP on the shortest path: sockets -> receiver -> track, in one callback.

aiortc does SDP, ICE and DTLS; its own receiver, with a thread per track, a decoder and four
queue hops per packet, is replaced by ``PassiveReceiver``, which only tells ``MediaPath`` that its
track may start. The private names used are listed and pinned in
tests/recorder/test_private_names.py.

``MediaPath`` belongs to one connection and one event loop. Its callback never raises and never
blocks: muxing a frame is microseconds, files are written elsewhere. Deciphering, order and assembly
are ``recorder.native``'s, in C or in Python.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable

import pylibsrtp
from aiortc import RTCRtpReceiver
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters
from aiortc.rtp import AnyRtcpPacket, RtpPacket

from recorder.ingest import rtcp
from recorder.ingest.item import CONTROL, Item
from recorder.ingest.track import Track
from recorder.ingest.webrtc_datagrams import DatagramFilter, Other
from recorder.ingest.webrtc_keys import receiving_key
from recorder.media import MediaSink
from recorder.native import Receiver, twin

logger = logging.getLogger(__name__)

FEEDBACK_S = 0.015
REPORT_S = 1.0


class MediaPath:
    """Everything between the sockets and the sink of one connection."""

    def __init__(
        self,
        datagrams: DatagramFilter,
        sink: MediaSink,
        now_us: Callable[[], int],
        bits_per_s: int,
    ) -> None:
        # One for each ICE session: a restart adds its own. Older ones are closed by then.
        self._datagrams = deque([datagrams], maxlen=4)
        self._sink = sink
        self._now_us = now_us
        self._bits_per_s = bits_per_s
        self._ssrc = secrets.randbits(32)
        self._types: list[tuple[int, Track, bool]] = []  # payload type, its track, is RTX
        self._tracks: list[Track] = []  # a track's place is its lane's number
        self._receiver: twin.Receiver | None = None
        self._gone: set[int] = set()  # SSRCs that said goodbye
        self._waiting_for = 0
        self._dtls: RTCDtlsTransport | None = None
        self._loop = asyncio.get_running_loop()
        self._report_timer: asyncio.TimerHandle | None = None
        self._feedback_timer: asyncio.TimerHandle | None = None
        self._failures = 0  # of control packets

    @property
    def tracks(self) -> int:
        """How many there are; the number of the next one."""
        return len(self._tracks)

    @property
    def bytes_received(self) -> int:
        """Media bytes so far."""
        return self._receiver.octets if self._receiver is not None else 0

    def add_track(self, track: Track, payload_type: int, retransmission: int | None) -> None:
        """A negotiated track, made with the number ``tracks``; before the connection starts."""
        assert track.lane.number == len(self._tracks)
        self._tracks.append(track)
        self._types.append((payload_type, track, False))
        if retransmission is not None:
            self._types.append((retransmission, track, True))
        self._waiting_for += 1

    def track_ready(self, dtls: RTCDtlsTransport) -> None:
        """aiortc says a track may start; when all may, media flows."""
        self._waiting_for -= 1
        if self._waiting_for == 0 and self._dtls is None:
            self._dtls = dtls
            receiver = self._receiver = Receiver(*receiving_key(dtls))
            for payload_type, track, again in self._types:
                receiver.add(payload_type, track.lane, again)
            for datagrams in self._datagrams:
                datagrams.start_media(receiver, self._deliver)
            self._report()

    def also_through(self, datagrams: DatagramFilter) -> None:
        """An ICE restart has sockets of its own; those before it go on until they are closed."""
        self._datagrams.append(datagrams)
        if self._dtls is not None and self._receiver is not None:
            datagrams.start_media(self._receiver, self._deliver)

    def request_key_frame(self) -> None:
        """Ask the publisher for a key frame with the next feedback."""
        for track in self._tracks:
            track.want_key_frame()
        if self._feedback_timer is None and self._dtls is not None:
            self._feedback_timer = self._loop.call_later(0, self._feedback)

    def stop(self) -> None:
        """No more media and no more timers."""
        for datagrams in self._datagrams:
            datagrams.stop_media()
        for timer in (self._report_timer, self._feedback_timer):
            if timer is not None:
                timer.cancel()
        self._report_timer = self._feedback_timer = None
        if self._dtls is not None and self._receiver is not None:
            refused = self._failures + self._receiver.failures
            if refused:
                logger.info("%d datagrams were not authentic, or came twice; left out", refused)
        self._dtls = None

    # --- in -------------------------------------------------------------------------------

    def _deliver(self, items: list[Item], other: Other) -> None:
        tracks = self._tracks
        for item in items:
            if item.lane >= 0:
                tracks[item.lane].take(item)
            elif item.kind == CONTROL:
                self._control(item.data, item.arrival_us)
            elif item.source is not None:
                other(item.data, item.source)
        if self._feedback_timer is None and self._dtls is not None:
            for track in tracks:
                if track.waiting:
                    self._feedback_timer = self._loop.call_later(0.003, self._feedback)
                    break

    def _control(self, data: bytes, now_us: int) -> None:
        if self._dtls is None:
            return
        try:
            plain = self._dtls._rx_srtp.unprotect_rtcp(data)
        except (pylibsrtp.Error, ValueError):
            self._failures += 1
            return
        for item in rtcp.parse_compound(plain):
            if isinstance(item, rtcp.Report):
                for track in self._tracks:
                    report = track.sender_report(item, now_us)
                    if report is not None:
                        self._sink.on_sender_report(report)
                continue
            self._gone.update(ssrc for ssrc in item.ssrcs if self._is_ours(ssrc))
            if all(track.ssrc in self._gone for track in self._tracks):
                self._sink.on_ended("bye")
                return

    def _is_ours(self, ssrc: int) -> bool:
        return any(track.ssrc == ssrc for track in self._tracks)

    # --- out ------------------------------------------------------------------------------

    def _feedback(self) -> None:
        """NACK and PLI while packets are missing."""
        self._feedback_timer = None
        if self._dtls is None:
            return
        now_us = self._now_us()
        packets = [p for track in self._tracks for p in track.feedback(self._ssrc, now_us)]
        if packets:
            self._send(b"".join(packets))
        if any(track.waiting for track in self._tracks):
            self._feedback_timer = self._loop.call_later(FEEDBACK_S, self._feedback)

    def _report(self) -> None:
        """Receiver report, the rate we accept, and key frames that are due."""
        if self._dtls is None:
            return
        now_us = self._now_us()
        blocks = [b for t in self._tracks if (b := t.report_block(now_us)) is not None]
        if blocks:
            packets = [rtcp.receiver_report(self._ssrc, blocks)]
            video = [t.ssrc for t in self._tracks if t.kind == "video" and t.ssrc is not None]
            if video:
                packets.append(rtcp.maximum_bit_rate(self._ssrc, self._bits_per_s, video))
            for track in self._tracks:
                packets += track.feedback(self._ssrc, now_us)
            self._send(b"".join(packets))
        pause = REPORT_S if blocks else 0.05
        self._report_timer = self._loop.call_later(pause, self._report)

    def _send(self, data: bytes) -> None:
        dtls = self._dtls
        if dtls is None:
            return
        pair = dtls.transport._connection._nominated.get(1)
        if pair is None or pair.protocol.transport.is_closing():
            return
        try:
            pair.protocol.transport.sendto(dtls._tx_srtp.protect_rtcp(data), pair.remote_addr)
        except (pylibsrtp.Error, ValueError, OSError) as error:
            logger.debug("feedback not sent: %s", error)


class PassiveReceiver:
    """What RTCPeerConnection, RTCRtpTransceiver and RTCDtlsTransport need of a receiver."""

    def __init__(
        self,
        replaced: RTCRtpReceiver,
        path: MediaPath,
        on_ended: Callable[[str], None],
    ) -> None:
        self._track = replaced.track
        self._transport = replaced.transport
        self._path = path
        self._on_ended = on_ended
        self._enabled = True
        self._started = False

    @property
    def track(self) -> MediaStreamTrack:
        """The remote track; nobody reads from it."""
        return self._track

    @property
    def transport(self) -> RTCDtlsTransport:
        """The DTLS transport of the connection."""
        return self._transport

    def setTransport(self, transport: RTCDtlsTransport) -> None:
        """Called by aiortc when sections are bundled."""
        self._transport = transport

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        """Called by aiortc; the media path has its own SSRC."""

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """The keys are ready and the pair is nominated."""
        if self._started:
            return
        self._started = True
        self._transport._register_rtp_receiver(self, parameters)
        self._path.track_ready(self._transport)

    async def stop(self) -> None:
        """The connection closes."""
        if self._started:
            self._transport._unregister_rtp_receiver(self)

    def _handle_disconnect(self) -> None:
        self._on_ended("closed")

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        """Media bypasses aiortc's own routing."""

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        """Media bypasses aiortc's own routing."""
