"""Publishes a clip over WHIP in real time, as a camera would: ``python -m`` this module.

The clip's H.264 and Opus packets are sent as they are. The media clock runs on whether or not
there is a connection: after a reconnect the clip goes on where it would be by now, so several
publishers started with the same ``--start-at-us`` stay on one timeline. The clip loops; time
stamps never go back. The publisher reconnects for ever, with back-off, and takes silence of the
recorder (no receiver reports) for a lost connection long before ICE does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import InternalError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from recorder.ingest.clip import Clip, ClipError, ClipPacket
from recorder.ingest.webrtc_peer import prepare
from recorder.ingest.whip_client import Signalling, SignallingError, WhipClient, tls_context
from recorder.media import Kind

logger = logging.getLogger(__name__)

_CONNECT_S = 10.0
_EARLY_S = 1.5
_SILENCE_S = 3.0  # receiver reports come every second
_POLL_S = 0.5
_BACKOFF_S = (0.25, 5.0)
_MICROSECOND = Fraction(1, 1_000_000)


class _PacketTrack(MediaStreamTrack):
    """Hands the sender one packet at a time, when it is due."""

    def __init__(
        self, kind: Kind, packets: Iterator[ClipPacket], due: Callable[[int], float]
    ) -> None:
        super().__init__()
        self.kind = kind
        self._packets = packets
        self._due = due

    async def recv(self) -> av.Packet[Any]:
        """The next packet; aiortc's sender takes encoded packets as they are."""
        if self.readyState != "live":
            raise MediaStreamError
        clip_packet = next(self._packets)
        wait_s = self._due(clip_packet.at_us)
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        packet = av.Packet(clip_packet.data)
        packet.pts = packet.dts = clip_packet.at_us
        packet.time_base = _MICROSECOND
        return packet


class Publisher:
    """Keeps one clip published until told to stop."""

    def __init__(
        self, clip: Clip, signalling: Signalling, *, start_at_us: int = 0, from_us: int = 0
    ) -> None:
        self._clip = clip
        self._signalling = signalling
        # Position on the clip's endless clock = monotonic time + offset. Without an instant to
        # start at, it starts when the first connection is up, so that no key frame is missed.
        self._from_us = from_us
        self._offset_us: int | None = None
        if start_at_us:
            utc_offset_us = (time.time_ns() - time.monotonic_ns()) // 1000
            self._offset_us = from_us - start_at_us + utc_offset_us
        self._stop = asyncio.Event()
        self.connections = 0
        self.peers: list[RTCPeerConnection] = []  # the present one, if any

    def stop(self) -> None:
        """Leave: delete the resource and return from ``run``."""
        self._stop.set()

    async def run(self) -> None:
        """Publish, reconnect, until stopped."""
        prepare()
        if self._offset_us is not None:  # be connected when it is time
            await self._sleep((self._from_us - self._position_us()) / 1_000_000 - _EARLY_S)
        delay_s = _BACKOFF_S[0]
        while not self._stop.is_set():
            try:
                await self._connection()
                delay_s = _BACKOFF_S[0]
            except SignallingError as error:
                logger.warning("%s", error)
                delay_s = min(error.retry_s or delay_s * 2, _BACKOFF_S[1])
            except (OperationError, InternalError, InvalidStateError, ValueError) as error:
                logger.warning("the answer cannot be used: %s", error)
                delay_s = min(delay_s * 2, _BACKOFF_S[1])
            await self._sleep(delay_s * (0.75 + random.random() / 2))

    async def _connection(self) -> None:
        """One connection, from its offer to its end."""
        peer = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        resource = ""
        self.peers.append(peer)
        try:
            self._add_tracks(peer)
            await peer.setLocalDescription(await peer.createOffer())
            accepted = await self._signalling.offer(peer.localDescription.sdp)
            resource = accepted.resource
            await peer.setRemoteDescription(RTCSessionDescription(accepted.sdp, "answer"))
            self.connections += 1
            await self._until_over(peer)
        finally:
            if self._stop.is_set():
                await self._signalling.delete(resource)
            self.peers.remove(peer)
            await peer.close()

    def _add_tracks(self, peer: RTCPeerConnection) -> None:
        kinds: list[Kind] = []
        begun: list[int] = []
        if self._clip.audio:
            kinds.append("audio")
        if self._clip.video:
            kinds.append("video")
        for kind in kinds:
            packets = self._packets(kind, begun)
            transceiver = peer.addTransceiver(
                _PacketTrack(kind, packets, self._due), direction="sendonly"
            )
            _prefer(transceiver, kind)

    def _packets(self, kind: Kind, begun: list[int]) -> Iterator[ClipPacket]:
        """From where the clip is when the first packet is asked for; both tracks from there."""
        if not begun:
            begun.append(max(self._from_us, self._position_us()))
        yield from self._clip.packets_from(kind, begun[0])

    async def _until_over(self, peer: RTCPeerConnection) -> None:
        begun = time.monotonic()
        connected: float | None = None
        while not self._stop.is_set():
            await self._sleep(_POLL_S)
            state = peer.connectionState
            now = time.monotonic()
            if state in ("failed", "closed"):
                logger.warning("connection %s", state)
                return
            if state != "connected":
                if now - begun > _CONNECT_S:
                    logger.warning("not connected after %.0f s", _CONNECT_S)
                    return
                continue
            connected = connected or now
            quiet = now - max(connected, begun + self._silent_until_s(begun))
            if quiet > _SILENCE_S and not await _heard_since(peer, _SILENCE_S):
                logger.warning("the recorder has been silent for %.0f s", _SILENCE_S)
                return

    def _position_us(self) -> int:
        now_us = time.monotonic_ns() // 1000
        if self._offset_us is None:
            self._offset_us = self._from_us - now_us
        return now_us + self._offset_us

    def _silent_until_s(self, begun: float) -> float:
        """Seconds after ``begun`` at which the clip starts: there is nothing to report before."""
        start_us = self._from_us - self._position_us()
        return max(0.0, time.monotonic() - begun + start_us / 1_000_000)

    def _due(self, at_us: int) -> float:
        return (at_us - self._position_us()) / 1_000_000

    async def _sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()


async def _heard_since(peer: RTCPeerConnection, seconds: float) -> bool:
    """Whether a receiver report came lately."""
    for sender in peer.getSenders():
        report = await sender.getStats()
        for item in report.values():
            if item.type == "remote-inbound-rtp":
                age_s = time.time() - item.timestamp.timestamp()
                if age_s < seconds:
                    return True
    return False


def _prefer(transceiver: RTCRtpTransceiver, kind: Kind) -> None:
    """Offer only what the clip holds."""
    wanted = ("video/h264", "video/rtx") if kind == "video" else ("audio/opus",)
    codecs = RTCRtpSender.getCapabilities(kind).codecs
    transceiver.setCodecPreferences([c for c in codecs if c.mimeType.lower() in wanted])


def main(arguments: list[str] | None = None) -> int:
    """Publish until SIGTERM; exit status 2 when the clip or token cannot be read."""
    options = _parse(arguments)
    logging.basicConfig(
        level=logging.INFO, format=f"%(asctime)s {options.name} %(levelname)s %(message)s"
    )
    for chatty in ("aioice", "aiortc", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        clip = Clip.read(options.clip, round(options.loop_from * 1_000_000))
        token = options.token or (options.token_file.read_text().strip())
    except (ClipError, OSError) as error:
        print(f"{options.name}: {error}", file=sys.stderr)
        return 2
    client = WhipClient(options.url, token, tls_context(options.ca, options.insecure))
    publisher = Publisher(
        clip,
        client,
        start_at_us=options.start_at_us,
        from_us=round(options.start_from * 1_000_000),
    )
    asyncio.run(_run(publisher))
    return 0


async def _run(publisher: Publisher) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, publisher.stop)
    await publisher.run()


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="recorder.ingest.webrtc_publisher", description="Publish a clip over WHIP."
    )
    parser.add_argument("--clip", type=Path, required=True, help="MP4 with H.264 and Opus")
    parser.add_argument("--url", required=True, help="WHIP endpoint")
    secret = parser.add_mutually_exclusive_group(required=True)
    secret.add_argument("--token-file", type=Path, help="file with the bearer token")
    secret.add_argument("--token", help="bearer token (visible in the process list)")
    parser.add_argument("--from", dest="start_from", type=float, default=0.0, help="seconds")
    parser.add_argument("--loop-from", type=float, default=0.0, help="seconds; repeated at the end")
    parser.add_argument(
        "--start-at-us", "--epoch-us", type=int, default=0, help="UTC instant of position --from"
    )
    parser.add_argument("--ca", type=Path, help="certificate authority to trust")
    parser.add_argument("--insecure", action="store_true", help="do not verify the certificate")
    parser.add_argument("--name", default="publisher", help="shown in messages")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
