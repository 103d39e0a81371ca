"""What a key frame says about the video, and the MIME type viewers need. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from recorder.errors import MalformedMedia
from recorder.ingest.h264 import parameter_sets, parse_sps
from recorder.ingest.vp8 import frame_size
from recorder.media import H264, VP8, EncodedFrame


@dataclass(slots=True, frozen=True)
class VideoFormat:
    """A change of any of these needs a new init segment."""

    codec: str
    width: int
    height: int
    codec_string: str
    parameter_sets: bytes = b""

    @property
    def webm(self) -> bool:
        """VP8 goes to WebM: browsers do not play it from MP4."""
        return self.codec == VP8


def video_format(key_frame: EncodedFrame) -> VideoFormat:
    """Read the format from a key frame.

    Raises:
        MalformedMedia: it cannot be decoded alone.
    """
    if key_frame.codec == VP8:
        width, height = frame_size(key_frame.data)
        return VideoFormat(VP8, width, height, "vp8")
    sps, pps = parameter_sets(key_frame.data)
    if not sps or not pps:
        raise MalformedMedia("key frame without its parameter sets")
    parsed = parse_sps(sps)
    return VideoFormat(H264, parsed.width, parsed.height, parsed.codec_string, sps + pps)


def mime_type(video: VideoFormat | None, audio: bool) -> str:
    """What MediaSource.isTypeSupported wants to be asked (RFC 6381)."""
    codecs = [video.codec_string] if video is not None else []
    if audio:
        codecs.append("opus")
    container = "webm" if video is not None and video.webm else "mp4"
    kind = "video" if video is not None else "audio"
    return f'{kind}/{container}; codecs="{",".join(codecs)}"'
