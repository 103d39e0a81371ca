"""Stock aiortc as a WHIP client: its own encoders, nothing of ours. Arguments: URL TOKEN CODEC."""

from __future__ import annotations

import asyncio
import fractions
import sys

import av
import httpx
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack


class Bars(VideoStreamTrack):
    """Moving bars, 640x360."""

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        shift = pts // 3000 * 4
        line = ((np.arange(640) + shift) % 256).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(np.dstack([np.tile(line, (360, 1))] * 3), format="rgb24")
        frame.pts, frame.time_base = pts, fractions.Fraction(time_base)
        return frame


async def publish(url: str, token: str, codec: str) -> None:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver(AudioStreamTrack(), direction="sendonly")
    video = peer.addTransceiver(Bars(), direction="sendonly")
    wanted = [
        c
        for c in RTCRtpSender.getCapabilities("video").codecs
        if c.mimeType.lower() in (f"video/{codec}", "video/rtx")
    ]
    video.setCodecPreferences(wanted)
    await peer.setLocalDescription(await peer.createOffer())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    async with httpx.AsyncClient() as client:
        reply = await client.post(url, content=peer.localDescription.sdp, headers=headers)
        assert reply.status_code == 201, reply.text
        await peer.setRemoteDescription(RTCSessionDescription(reply.text, "answer"))
        try:
            await asyncio.sleep(60)
        finally:
            await client.delete(reply.headers["Location"], headers=headers)
            await peer.close()


if __name__ == "__main__":
    asyncio.run(publish(*sys.argv[1:]))
