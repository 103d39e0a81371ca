"""The load of ``benchmarks.media``: publishers that cost little, the same for every server.

aiortc does ICE and DTLS; then packets made once from a clip go out through libsrtp and a plain
``sendto``. One task serves all publishers. Lost packets are sent again when they are asked for,
as a browser would.
"""

from __future__ import annotations

import asyncio
import heapq
import secrets
import struct
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aioice.ice
import av
import pylibsrtp
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc import rtcdtlstransport as dtls
from aiortc.codecs.h264 import H264Encoder
from aiortc.rtcrtpparameters import RTCRtpCodecCapability
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.rtcrtptransceiver import RTCRtpTransceiver
from aiortc.rtp import RTCP_RTPFB_NACK, RtcpRtpfbPacket, RtcpSenderInfo, RtcpSrPacket
from av.bitstream import BitStreamFilterContext

Signal = Callable[[int, str], Awaitable[str]]  # publisher number, offer -> answer

FRAME_RATE = 30
_TICK_S = 0.005
_KEPT = 1024  # packets of a stream that can be sent again
_NTP_EPOCH_S = 2_208_988_800
_RATES = {"video": 90_000, "audio": 48_000}


@dataclass(slots=True, frozen=True)
class Event:
    """One frame of the clip, as RTP payloads."""

    at_s: float
    kind: str
    timestamp: int
    payloads: tuple[bytes, ...]


@dataclass(slots=True)
class Sent:
    """What publishers have sent."""

    packets: int = 0
    pictures: int = 0
    sounds: int = 0
    octets: int = 0
    again: int = 0
    refused: int = 0  # by the own socket

    def __sub__(self, other: Sent) -> Sent:
        return Sent(*(getattr(self, f) - getattr(other, f) for f in self.__slots__))


def make_clip(path: Path, seconds: int = 8, bits: str = "2M") -> None:
    """720p30 H.264 as a camera sends it, key frame every 2 s, and Opus; needs Debian's ffmpeg."""
    picture = f"testsrc2=size=1280x720:rate={FRAME_RATE}:duration={seconds},noise=alls=12:allf=t"
    sound = f"sine=frequency=440:duration={seconds}:sample_rate=48000"
    video = "-c:v libx264 -profile:v baseline -preset ultrafast -tune zerolatency -pix_fmt yuv420p"
    rate = f"-b:v {bits} -maxrate {bits} -bufsize 1M -g 60 -bf 0 -x264-params scenecut=0:slices=1"
    audio = "-c:a libopus -b:a 32k -ac 2 -frame_duration 20"
    subprocess.run(
        ["ffmpeg", "-y", "-loglevel", "error", "-f", "lavfi", "-i", picture]
        + ["-f", "lavfi", "-i", sound, *video.split(), *rate.split(), *audio.split(), str(path)],
        check=True,
        timeout=120,
    )


def read_clip(path: Path) -> tuple[list[Event], float]:
    """The events of a clip in order of time, and its length in seconds."""
    events: list[Event] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        to_annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
        for packet in container.demux(stream):
            if packet.dts is None or packet.time_base is None:
                continue
            base = packet.time_base
            for filtered in to_annex_b.filter(packet):
                assert filtered.pts is not None
                at_s = float(filtered.pts * base)
                payloads = H264Encoder._packetize(H264Encoder._split_bitstream(bytes(filtered)))
                events.append(Event(at_s, "video", round(at_s * 90_000), tuple(payloads)))
    frames = len(events)
    with av.open(str(path)) as container:
        for sound in container.demux(container.streams.audio[0]):
            if sound.dts is None or sound.time_base is None or sound.pts is None:
                continue
            at_s = max(0.0, float(sound.pts * sound.time_base))
            events.append(Event(at_s, "audio", round(at_s * 48_000), (bytes(sound),)))
    length_s = frames / FRAME_RATE
    events = [event for event in events if event.at_s < length_s - 1e-6]
    return sorted(events, key=lambda event: event.at_s), length_s


def adjust(address: str) -> None:
    """For this process: one address, and the SRTP profile that browsers use, for every server."""
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [address]
    setattr(dtls, "SRTP_PROFILES", [dtls.SRTP_AES128_CM_SHA1_80])  # noqa: B010


@dataclass(slots=True)
class _Stream:
    payload_type: int
    ssrc: int
    kind: str
    sequence: int = field(default_factory=lambda: secrets.randbelow(1 << 15))
    first: int = field(default_factory=lambda: secrets.randbits(31))
    packets: int = 0
    octets: int = 0
    last: int = 0


class Publisher:
    """One publisher; sends only what ``Load`` tells it to."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.sent = Sent()
        self._peer = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._streams: dict[str, _Stream] = {}
        self._kept: dict[int, bytes] = {}
        self._socket: Any = None
        self._address: Any = None
        self._dtls: Any = None

    async def connect(self, signal: Signal) -> None:
        """Offer, and wait until media may flow."""
        peer = self._peer
        for kind in ("audio", "video"):
            transceiver = peer.addTransceiver(kind, direction="sendonly")
            transceiver.setCodecPreferences(_codecs(kind))
            self._silence(transceiver)
        await peer.setLocalDescription(await peer.createOffer())
        answer = await signal(self.number, peer.localDescription.sdp)
        await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(30):
            while peer.connectionState != "connected":
                await asyncio.sleep(0.02)
        for transceiver in peer.getTransceivers():
            sender = transceiver.sender
            kind, payload_type = transceiver.kind, transceiver._codecs[0].payloadType
            assert payload_type is not None
            self._streams[kind] = _Stream(payload_type, sender._ssrc, kind)
            self._dtls = sender.transport
        pair = self._dtls.transport._connection._nominated[1]
        self._socket = pair.protocol.transport._sock
        self._address = pair.remote_addr

    async def close(self) -> None:
        """Leave without a word."""
        await self._peer.close()

    def _silence(self, transceiver: RTCRtpTransceiver) -> None:
        """aiortc's own sender must not send; feedback comes here."""
        sender: Any = transceiver.sender

        async def send(parameters: object) -> None:
            sender.transport._register_rtp_sender(sender, parameters)

        async def feedback(packet: object) -> None:
            if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
                for sequence in packet.lost:
                    if sequence in self._kept:
                        self.sent.again += 1
                        self._out(self._kept[sequence])

        sender.send = send
        sender._handle_rtcp_packet = feedback

    def send(self, event: Event, base_s: float) -> None:
        """One frame of the clip, in the round that began at ``base_s``."""
        stream = self._streams[event.kind]
        offset = round(base_s * _RATES[event.kind])
        stream.last = (stream.first + event.timestamp + offset) & 0xFFFFFFFF
        final = len(event.payloads) - 1
        for index, payload in enumerate(event.payloads):
            marker = 0x80 if event.kind == "video" and index == final else 0
            second = marker | stream.payload_type
            head = struct.pack("!BBHLL", 0x80, second, stream.sequence, stream.last, stream.ssrc)
            packet = head + payload
            if event.kind == "video":
                self._kept[stream.sequence] = packet
                self._kept.pop((stream.sequence - _KEPT) & 0xFFFF, None)
            stream.sequence = (stream.sequence + 1) & 0xFFFF
            stream.packets += 1
            stream.octets += len(payload)
            self.sent.octets += len(packet)
            self._out(packet)
        self.sent.packets += final + 1
        if event.kind == "video":
            self.sent.pictures += 1
        else:
            self.sent.sounds += 1

    def report(self) -> None:
        """A sender report for each stream."""
        now_s = time.time() + _NTP_EPOCH_S
        for stream in self._streams.values():
            if not stream.packets:
                continue
            info = RtcpSenderInfo(
                ntp_timestamp=int(now_s * (1 << 32)),
                rtp_timestamp=stream.last,
                packet_count=stream.packets & 0xFFFFFFFF,
                octet_count=stream.octets & 0xFFFFFFFF,
            )
            packet = RtcpSrPacket(ssrc=stream.ssrc, sender_info=info)
            self._put(self._dtls._tx_srtp.protect_rtcp(bytes(packet)))

    def _out(self, packet: bytes) -> None:
        try:
            self._put(self._dtls._tx_srtp.protect(packet))
        except pylibsrtp.Error:  # a packet asked for again after the replay window
            self.sent.refused += 1

    def _put(self, data: bytes) -> None:
        try:
            self._socket.sendto(data, self._address)
        except OSError:
            self.sent.refused += 1


def _codecs(kind: str) -> list[RTCRtpCodecCapability]:
    wanted = "video/h264" if kind == "video" else "audio/opus"
    codecs = RTCRtpSender.getCapabilities(kind).codecs
    return [codec for codec in codecs if codec.mimeType.lower() == wanted][-1:]


class Load:
    """All publishers, each at its own phase of the clip's loop, served by one task."""

    def __init__(self, events: list[Event], length_s: float, publishers: Sequence[Publisher]):
        self._events = events
        self._length_s = length_s
        self._publishers = publishers
        self._stop = False

    async def connect(self, signal: Signal) -> None:
        """Four at a time."""
        for first in range(0, len(self._publishers), 4):
            group = self._publishers[first : first + 4]
            await asyncio.gather(*(publisher.connect(signal) for publisher in group))

    @property
    def sent(self) -> Sent:
        """All publishers together."""
        total = Sent()
        for publisher in self._publishers:
            for name in Sent.__slots__:
                setattr(total, name, getattr(total, name) + getattr(publisher.sent, name))
        return total

    def stop(self) -> None:
        """End ``run`` after the frames that are due."""
        self._stop = True

    async def run(self) -> float:
        """Send in real time until stopped; returns by how many seconds it was late at worst."""
        start_s = time.monotonic()
        spread_s = 2.0 / max(1, len(self._publishers))
        due = [(start_s + i * spread_s, i, 0, 0.0) for i in range(len(self._publishers))]
        starts = [at for at, _, _, _ in due]
        reports = list(starts)
        heapq.heapify(due)
        worst_s = 0.0
        while not self._stop:
            now_s = time.monotonic()
            while due[0][0] <= now_s:
                at_s, which, index, base_s = due[0]
                worst_s = max(worst_s, now_s - at_s)
                publisher = self._publishers[which]
                publisher.send(self._events[index], base_s)
                if at_s >= reports[which]:
                    publisher.report()
                    reports[which] = at_s + 1.0
                index += 1
                if index == len(self._events):
                    index, base_s = 0, base_s + self._length_s
                next_s = starts[which] + base_s + self._events[index].at_s
                heapq.heapreplace(due, (next_s, which, index, base_s))
            await asyncio.sleep(_TICK_S)
        return worst_s

    async def close(self) -> None:
        """All publishers leave."""
        await asyncio.gather(*(publisher.close() for publisher in self._publishers))
