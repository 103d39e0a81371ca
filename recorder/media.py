"""The words of media inside the recorder: what ingest hands over and what the muxer takes.

Values only. RTP timestamps are unwrapped (they grow without bound), times are session-timeline
microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["audio", "video"]

VIDEO_RATE = 90_000
AUDIO_RATE = 48_000
RATES: dict[Kind, int] = {"video": VIDEO_RATE, "audio": AUDIO_RATE}

H264 = "H264"
VP8 = "VP8"
VP9 = "VP9"
AV1 = "AV1"
OPUS = "opus"
PCMU = "PCMU"
PCMA = "PCMA"
G711 = frozenset({PCMU, PCMA})


@dataclass(slots=True)
class EncodedFrame:
    """One encoded picture or one packet of sound, complete."""

    kind: Kind
    codec: str
    data: bytes  # Annex B for H.264
    rtp: int  # unwrapped RTP timestamp
    key: bool
    arrival_us: int  # when its first packet came
    ssrc: int
    packets: int  # RTP packets it came in
    after_loss: bool = False  # packets between the frame before and this one were given up
    made_from: str = ""  # the codec it was transcoded from; empty for what came as it is
    shift: int = 0  # shown this many RTP ticks after its decoding time; not 0 with B-frames only

    @property
    def decode_rtp(self) -> int:
        """When it is decoded, on the clock of ``rtp``; grows from frame to frame."""
        return self.rtp - self.shift


@dataclass(slots=True, frozen=True)
class SenderReport:
    """What an RTCP sender report says: this RTP time is that NTP time at the sender."""

    kind: Kind
    ssrc: int
    ntp: int  # 64 bit NTP time of the sender
    rtp: int  # 32 bit RTP timestamp, as received
    arrival_us: int


@dataclass(slots=True)
class TimedFrame:
    """A frame with its place on the session timeline."""

    frame: EncodedFrame
    start_us: int
    duration_us: int  # 0 for video until the next frame is known

    @property
    def end_us(self) -> int:
        """Where the next frame of this track begins if nothing is missing."""
        return self.start_us + self.duration_us


@dataclass(slots=True)
class TrackCount:
    """Packets of one track, for the segment's entry."""

    packets: int = 0
    lost: int = 0


class MediaSink(Protocol):
    """Where a connection delivers its media; called on the event loop, never blocks."""

    def on_frame(self, frame: EncodedFrame) -> None:
        """A complete frame, in decoding order; the first video frame is a key frame."""
        ...

    def on_sender_report(self, report: SenderReport) -> None:
        """A sender report of one of the tracks."""
        ...

    def on_lost(self, kind: Kind, packets: int) -> None:
        """Packets were given up for good."""
        ...

    def on_ended(self, reason: str) -> None:
        """The connection is over: ``bye``, ``deleted``, ``failed``, ``replaced``, ``closed``."""
        ...
