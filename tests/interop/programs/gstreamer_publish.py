"""GStreamer's webrtcbin as a WHIP client; run by Debian's Python. Arguments: URL TOKEN CODEC."""

from __future__ import annotations

import sys
import threading
import urllib.request
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

H264 = (
    "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=60 bitrate=1000 "
    "! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 "
    "aggregate-mode=zero-latency ! application/x-rtp,media=video,encoding-name=H264,payload=96"
)
VP8 = (
    "vp8enc deadline=1 cpu-used=8 keyframe-max-dist=60 target-bitrate=1000000 "
    "! rtpvp8pay picture-id-mode=2 ! application/x-rtp,media=video,encoding-name=VP8,payload=96"
)
PIPELINE = """
 webrtcbin name=peer bundle-policy=max-bundle
 videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=25/1
  ! videoconvert ! queue ! {encoder} ! peer.
 audiotestsrc is-live=true wave=sine ! audioconvert ! audioresample ! queue ! opusenc
  ! rtpopuspay ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer.
"""


class Client:
    """Publishes once the pipeline wants to and all candidates are known."""

    def __init__(self, url: str, token: str, codec: str) -> None:
        self.url, self.token = url, token
        encoder = {"h264": H264, "vp8": VP8}[codec]
        self.pipeline = Gst.parse_launch(PIPELINE.format(encoder=encoder))
        self.peer = self.pipeline.get_by_name("peer")
        # Both are kept: the wrapper takes the only reference and would end them.
        self.ice = self.peer.get_property("ice-agent")
        self.agent = self.ice.get_property("agent")
        self.agent.set_property("upnp", False)  # nothing is asked of the network
        self.peer.connect("on-negotiation-needed", self.negotiate)
        self.peer.connect("notify::ice-gathering-state", self.gathered)

    def negotiate(self, peer: Any) -> None:
        for index in range(2):
            transceiver = peer.emit("get-transceiver", index)
            direction = GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY
            transceiver.set_property("direction", direction)
        promise = Gst.Promise.new_with_change_func(self.offered, None)
        peer.emit("create-offer", None, promise)

    def offered(self, promise: Any, _: object) -> None:
        promise.wait()
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        self.peer.emit("set-local-description", offer, Gst.Promise.new())

    def gathered(self, peer: Any, _: object) -> None:
        state = peer.get_property("ice-gathering-state")
        if state == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            threading.Thread(target=self.post, daemon=True).start()

    def post(self) -> None:
        description = self.peer.get_property("local-description")  # holds the message it lends
        offer = description.sdp.as_text()
        request = urllib.request.Request(
            self.url,
            offer.encode(),
            {"Content-Type": "application/sdp", "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            text = reply.read().decode()
        _, message = GstSdp.SDPMessage.new()
        GstSdp.sdp_message_parse_buffer(text.encode(), message)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.peer.emit("set-remote-description", answer, Gst.Promise.new())


if __name__ == "__main__":
    Gst.init(None)
    client = Client(*sys.argv[1:])
    client.pipeline.set_state(Gst.State.PLAYING)
    loop = GLib.MainLoop()
    GLib.timeout_add_seconds(60, loop.quit)
    loop.run()
