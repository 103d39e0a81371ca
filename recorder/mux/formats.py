"""What a key frame says about the video, and the MIME type viewers need. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from recorder.errors import MalformedMedia
from recorder.ingest import av1, vp8, vp9
from recorder.ingest.h264 import Sps, parameter_sets, parse_sps
from recorder.media import AV1, H264, VP8, VP9, EncodedFrame

#: Profiles whose avcC ends with the chroma format and bit depths (ISO/IEC 14496-15, 5.3.3.1.2).
_LONG_RECORD = frozenset({100, 110, 122, 144, 244})


@dataclass(slots=True, frozen=True)
class VideoFormat:
    """A change of any of these needs a new init segment."""

    codec: str
    width: int
    height: int
    codec_string: str
    configuration: bytes = b""  # body of avcC, vpcC or av1C; empty for VP8

    @property
    def webm(self) -> bool:
        """VP8 goes to WebM: browsers do not play it from MP4."""
        return self.codec == VP8


def video_format(key_frame: EncodedFrame) -> VideoFormat:
    """Read the format from a key frame.

    Raises:
        MalformedMedia: it cannot be decoded alone.
    """
    data = key_frame.data
    if key_frame.codec == VP8:
        width, height = vp8.frame_size(data)
        return VideoFormat(VP8, width, height, "vp8")
    if key_frame.codec == VP9:
        key = vp9.parse_key_header(data)
        return VideoFormat(VP9, key.width, key.height, key.codec_string, _vpcc(key))
    if key_frame.codec == AV1:
        seq = av1.sequence_header(data)
        return VideoFormat(AV1, seq.width, seq.height, seq.codec_string, seq.configuration)
    sps, pps = parameter_sets(data)
    if not sps or not pps:
        raise MalformedMedia("key frame without its parameter sets")
    parsed = parse_sps(sps)
    record = _avcc(parsed, sps, pps)
    return VideoFormat(H264, parsed.width, parsed.height, parsed.codec_string, record)


def _avcc(parsed: Sps, sps: bytes, pps: bytes) -> bytes:
    """AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1.2), lengths of four bytes."""
    record = bytes((1, parsed.profile, parsed.constraints, parsed.level, 0xFF, 0xE1))
    record += len(sps).to_bytes(2, "big") + sps + b"\1" + len(pps).to_bytes(2, "big") + pps
    if parsed.profile in _LONG_RECORD:
        depths = 0xF8 | (parsed.luma_bits - 8) & 7, 0xF8 | (parsed.chroma_bits - 8) & 7
        record += bytes((0xFC | parsed.chroma, *depths, 0))
    return record


def _vpcc(key: vp9.KeyHeader) -> bytes:
    """VPCodecConfigurationRecord; the colours are in the pictures (VP codec ISO binding)."""
    packed = key.bit_depth << 4 | key.subsampling << 1 | key.full_range
    return bytes((1, 0, 0, 0, key.profile, key.level, packed, 2, 2, 2, 0, 0))


def mime_type(video: VideoFormat | None, audio: bool) -> str:
    """What MediaSource.isTypeSupported wants to be asked (RFC 6381)."""
    codecs = [video.codec_string] if video is not None else []
    if audio:
        codecs.append("opus")
    container = "webm" if video is not None and video.webm else "mp4"
    kind = "video" if video is not None else "audio"
    return f'{kind}/{container}; codecs="{",".join(codecs)}"'
