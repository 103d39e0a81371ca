"""Writes live WebM (EBML, RFC 8794; Matroska, RFC 9559): a header, then clusters. Pure.

VP8 and Opus only: browsers do not play VP8 from MP4. Pictures are block groups with their
duration, because Chromium otherwise waits for the next cluster to learn it.
"""

from __future__ import annotations

from struct import pack

from recorder.errors import MalformedMedia
from recorder.media import AUDIO_RATE, VIDEO_RATE, Kind
from recorder.mux.formats import VideoFormat
from recorder.mux.mp4 import Sample

_OPUS_HEAD = b"OpusHead" + pack("<BBHIhB", 1, 2, 0, AUDIO_RATE, 0, 0)
_SEEK_PRE_ROLL_NS = 80_000_000  # what an Opus decoder needs before a seek (RFC 7845, 4.6)
_REFERENCE = b"\xfb\x81\xff"  # a picture that needs an earlier one
_UNKNOWN_SIZE = b"\x01\xff\xff\xff\xff\xff\xff\xff"


class WebmWriter:
    """One header and its clusters. Track 1 is the picture, track 2 the sound."""

    def __init__(self, video: VideoFormat, audio: bool) -> None:
        self.init = _header(video, audio)

    def sample(self, kind: Kind, data: bytes) -> bytes:
        """A frame as it lies in the file."""
        if not data:
            raise MalformedMedia("empty frame")
        return data

    def fragment(self, video: list[Sample], audio: list[Sample]) -> bytes:
        """One cluster; its time is that of its first block, in milliseconds."""
        blocks = [(s.dts * 1000 // VIDEO_RATE, 1, s) for s in video]
        blocks += [(s.dts * 1000 // AUDIO_RATE, 2, s) for s in audio]
        blocks.sort(key=lambda block: block[0])
        start_ms = blocks[0][0]
        parts = [_unsigned(0xE7, start_ms)]
        for at_ms, track, sample in blocks:
            relative = at_ms - start_ms
            if relative > 0x7FFF:
                raise MalformedMedia("WebM cluster longer than its block times reach")
            if track == 2:
                parts.append(_element(0xA3, pack(">BhB", 0x82, relative, 0x80), sample.data))
                continue
            duration = _unsigned(0x9B, (sample.dts + sample.duration) * 1000 // VIDEO_RATE - at_ms)
            reference = b"" if sample.key else _REFERENCE
            block = _element(0xA1, pack(">BhB", 0x81, relative, 0), sample.data)
            parts.append(_element(0xA0, block, duration, reference))
        return _element(0x1F43B675, *parts)


def _element(identifier: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    width = 1 if size < 0x7F else 4 if size < 0x0FFFFFFF else 8
    coded = (size | 1 << 7 * width).to_bytes(width, "big")
    return identifier.to_bytes((identifier.bit_length() + 7) // 8, "big") + coded + body


def _unsigned(identifier: int, value: int) -> bytes:
    return _element(identifier, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _header(video: VideoFormat, audio: bool) -> bytes:
    ebml = _element(
        0x1A45DFA3,
        _unsigned(0x4286, 1),
        _unsigned(0x42F7, 1),
        _unsigned(0x42F2, 4),
        _unsigned(0x42F3, 8),
        _element(0x4282, b"webm"),
        _unsigned(0x4287, 4),
        _unsigned(0x4285, 2),
    )
    info = _element(
        0x1549A966,
        _unsigned(0x2AD7B1, 1_000_000),  # block times are milliseconds
        _element(0x4D80, b"duizhi"),
        _element(0x5741, b"duizhi"),
    )
    size = _unsigned(0xB0, video.width), _unsigned(0xBA, video.height)
    entries = [_track(1, 1, b"V_VP8", _element(0xE0, *size))]
    if audio:
        sound = _element(0xE1, _element(0xB5, pack(">d", AUDIO_RATE)), _unsigned(0x9F, 2))
        private = _element(0x63A2, _OPUS_HEAD), _unsigned(0x56BB, _SEEK_PRE_ROLL_NS)
        entries.append(_track(2, 2, b"A_OPUS", *private, sound))
    return ebml + b"\x18\x53\x80\x67" + _UNKNOWN_SIZE + info + _element(0x1654AE6B, *entries)


def _track(number: int, kind: int, codec: bytes, *parts: bytes) -> bytes:
    numbers = _unsigned(0xD7, number), _unsigned(0x73C5, number), _unsigned(0x83, kind)
    return _element(0xAE, *numbers, _unsigned(0x9C, 0), _element(0x86, codec), *parts)
