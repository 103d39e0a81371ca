"""One WHIP connection: aiortc for SDP, ICE and DTLS, our own path for the media.

``WebRtcPeer.accept`` answers an offer; media goes to the sink until ``close``. The peer reports
its end once through ``sink.on_ended`` and reaps itself when it never connects.

Adjustments to aiortc and aioice, each made once by ``prepare``: host addresses include the
loopback when there is no other, the DTLS client also offers RSA suites (GStreamer's certificates
are RSA), and payload types 35 to 63 are dynamic (Chromium numbers AV1 with 45).
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Callable

import aioice.ice
import aiortc.rtp
import ifaddr
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InternalError, InvalidStateError, OperationError
from aiortc.rtcdtlstransport import RTCCertificate, SRTPProtectionProfile
from OpenSSL import SSL

from recorder.errors import ConnectionUnknown, MalformedSdp, UnsupportedCodec
from recorder.ingest.garbage import collect_soon
from recorder.ingest.sdp import SUPPORTED, Offer, Section, finish_answer, read_offer
from recorder.ingest.track import Track
from recorder.ingest.transcoder import OpusTranscoder
from recorder.ingest.webrtc_datagrams import DatagramFilter
from recorder.ingest.webrtc_ice import IceSession, Patched
from recorder.ingest.webrtc_receiver import MediaPath, PassiveReceiver
from recorder.media import G711, Kind, MediaSink

CONNECT_S = 15.0
_DTLS_CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA:"
    b"ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305"
)


def host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """Addresses of this machine, IPv4 first; the loopback only when there is no other.

    FFmpeg uses the first candidate of an answer and no other, so the most likely one leads.
    """
    ipv4: list[str] = []
    ipv6: list[str] = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            if isinstance(ip.ip, str):
                ipv4.append(ip.ip)
            elif ip.ip[2] == 0:
                ipv6.append(ip.ip[0])
    wanted = (ipv4 if use_ipv4 else []) + (ipv6 if use_ipv6 else [])
    usable = [a for a in wanted if not ipaddress.ip_address(a).is_loopback]
    return usable or ["127.0.0.1"]


def prepare() -> None:
    """Adjust aiortc and aioice for this process; doing it again changes nothing."""
    aioice.ice.get_host_addresses = host_addresses
    setattr(RTCCertificate, _SSL_CONTEXT, _ssl_context)
    types = *range(35, 64), *range(96, 128)  # RFC 5761, 4
    aiortc.rtp.DYNAMIC_PAYLOAD_TYPES = types  # type: ignore[assignment]


_SSL_CONTEXT = "_create_ssl_context"
_stock_ssl_context = RTCCertificate._create_ssl_context


def _ssl_context(
    certificate: RTCCertificate, srtp_profiles: list[SRTPProtectionProfile]
) -> SSL.Context:
    context = _stock_ssl_context(certificate, srtp_profiles)
    context.set_cipher_list(_DTLS_CIPHERS)
    return context


class WebRtcPeer:
    """A publisher's connection, from its offer to its end."""

    def __init__(self, offer: Offer, sink: MediaSink) -> None:
        self.resource = secrets.token_urlsafe(24)
        self.kinds: list[Kind] = offer.kinds
        self.answer = ""
        self._offer = offer
        self._sink = sink
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._path: MediaPath | None = None
        self._ice: IceSession | None = None
        self._transcoders: list[OpusTranscoder] = []
        self._ended = False
        self._reaper: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def accept(
        cls,
        offer_sdp: str,
        sink: MediaSink,
        now_us: Callable[[], int],
        *,
        bits_per_s: int,
        key_frame_us: int,
    ) -> WebRtcPeer:
        """Answer an offer.

        Raises:
            MalformedSdp: the offer cannot be understood.
            UnsupportedCodec: the offer has nothing that can be recorded.
        """
        prepare()
        peer = cls(read_offer(offer_sdp), sink)
        try:
            await peer._negotiate(now_us, bits_per_s, key_frame_us)
        except BaseException:  # also when cancelled: no socket stays open; raised on
            await peer.close()
            raise
        return peer

    @property
    def bytes_received(self) -> int:
        """Media bytes so far."""
        return self._path.bytes_received if self._path is not None else 0

    @property
    def connected(self) -> bool:
        """ICE and DTLS are up."""
        return bool(self._connection.connectionState == "connected")

    @property
    def etag(self) -> str:
        """Names the present ICE session."""
        return self._ice.etag if self._ice is not None else ""

    @property
    def ended(self) -> bool:
        """Nothing comes any more."""
        return self._ended

    async def patch(self, if_match: str, fragment: str) -> Patched:
        """Trickled candidates or an ICE restart. Raises as ``IceSession.patch``."""
        if self._ice is None or self._ended:
            raise ConnectionUnknown("the connection is over")
        return await self._ice.patch(if_match, fragment)

    def request_key_frame(self) -> None:
        """The recording cannot go on without one."""
        if self._path is not None:
            self._path.request_key_frame()

    async def close(self) -> None:
        """End the connection; idempotent."""
        self._ended = True  # whoever closes knows
        if self._reaper is not None:
            self._reaper.cancel()
        if self._path is not None:
            self._path.stop()
        if self._ice is not None:
            await self._ice.close()
        for transcoder in self._transcoders:
            transcoder.close()
        await self._connection.close()
        collect_soon()

    async def _negotiate(
        self, now_us: Callable[[], int], bits_per_s: int, key_frame_us: int
    ) -> None:
        connection = self._connection
        try:
            await connection.setRemoteDescription(RTCSessionDescription(self._offer.text, "offer"))
        except OperationError as error:
            raise UnsupportedCodec(f"no common codec; supported: {SUPPORTED}") from error
        except _NOT_UNDERSTOOD as error:
            raise MalformedSdp(f"the offer cannot be used: {type(error).__name__}") from error
        transports = {t.receiver.transport.transport for t in connection.getTransceivers()}
        if len(transports) != 1:
            raise MalformedSdp("expected one transport (a=group:BUNDLE with every section)")
        transport = transports.pop()
        datagrams = DatagramFilter(transport._connection, now_us)
        self._path = MediaPath(datagrams, self._sink, now_us, bits_per_s)
        self._replace_receivers(self._path, key_frame_us)
        connection.on("connectionstatechange", self._state_changed)
        try:
            await connection.setLocalDescription(await connection.createAnswer())
        except _NOT_UNDERSTOOD as error:
            raise MalformedSdp(f"the offer cannot be answered: {type(error).__name__}") from error
        datagrams.install()
        self._ice = IceSession(transport, self._offer.mids, now_us, self._path.also_through)
        self.answer = finish_answer(connection.localDescription.sdp, self._offer, bits_per_s)
        loop = asyncio.get_running_loop()
        self._reaper = loop.call_later(CONNECT_S, self._reap)

    def _replace_receivers(self, path: MediaPath, key_frame_us: int) -> None:
        sections: dict[str, Section] = {s.kind: s for s in self._offer.sections}
        for transceiver in self._connection.getTransceivers():
            section = sections[transceiver.kind]
            on_frame = self._sink.on_frame
            if section.codec in G711:
                self._transcoders.append(OpusTranscoder(on_frame))
                on_frame = self._transcoders[-1].push
            track = Track(
                section.kind,
                section.codec,
                on_frame,
                self._sink.on_lost,
                key_frame_us=key_frame_us,
                parameter_set_bytes=section.parameter_sets,
                number=path.tracks,
            )
            rtx = [c.payloadType for c in transceiver._codecs if c.name.lower() == "rtx"]
            path.add_track(track, section.payload_type, rtx[0] if rtx else None)
            transceiver._RTCRtpTransceiver__receiver = PassiveReceiver(  # type: ignore[attr-defined]
                transceiver.receiver, path, self._end
            )

    def _state_changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected" and self._reaper is not None:
            self._reaper.cancel()
            self._reaper = None
        elif state in ("failed", "closed"):
            self._end(state)

    def _reap(self) -> None:
        self._reaper = None
        if not self.connected:
            self._end("failed")

    def _end(self, reason: str) -> None:
        """Tell the sink once, after the current callback, and let go of the connection."""
        if self._ended:
            return
        self._ended = True
        if self._path is not None:
            self._path.stop()
        self._sink.on_ended(reason)


#: What aiortc raises for offers it cannot parse; it has no error of its own for that.
_NOT_UNDERSTOOD = (
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    AssertionError,
    StopIteration,
    InternalError,
    InvalidStateError,
    ConnectionError,
)
