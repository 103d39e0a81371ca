"""A clip as a source of encoded packets: read once, then played for ever without re-encoding.

``Clip`` holds the H.264 access units (Annex B, parameter sets before each IDR) and Opus packets of
an MP4 in memory. ``packets_from`` walks them on an endless, monotonic media clock: when the clip
ends, it goes on from ``loop_from``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.bitstream import BitStreamFilterContext

from recorder.ingest import opus
from recorder.ingest.h264 import START_CODE, parameter_sets
from recorder.media import Kind

_GRID_US = 20_000


class ClipError(Exception):
    """The clip cannot be published; the message says what was expected."""


@dataclass(slots=True, frozen=True)
class ClipPacket:
    """One access unit or Opus packet; the time is on the clip's own clock."""

    at_us: int
    data: bytes
    key: bool


class Clip:
    """The packets of one file. Immutable."""

    def __init__(self, video: list[ClipPacket], audio: list[ClipPacket], loop_from_us: int) -> None:
        if not video and not audio:
            raise ClipError("the clip has neither H.264 video nor Opus audio")
        if video and not any(packet.key for packet in video):
            raise ClipError("the clip's video has no key frame")
        self.video = video
        self.audio = audio
        self.end_us = _end_us(video, audio)
        keys = [p.at_us for p in video if p.key and p.at_us >= loop_from_us]
        self.loop_from_us = keys[0] if keys else (0 if video else min(loop_from_us, self.end_us))
        if self.loop_us < _GRID_US:
            self.loop_from_us = 0

    @classmethod
    def read(cls, path: Path, loop_from_us: int = 0) -> Clip:
        """Read a file.

        Raises:
            ClipError: unreadable, or with codecs that would have to be re-encoded.
        """
        try:
            with av.open(str(path)) as container:
                video = _read_video(container)
            with av.open(str(path)) as container:
                audio = _read_audio(container)
        except (av.FFmpegError, OSError) as error:
            raise ClipError(f"cannot read {path.name}: {error}") from error
        return cls(video, audio, loop_from_us)

    @property
    def loop_us(self) -> int:
        """Length of the part that repeats."""
        return self.end_us - self.loop_from_us

    def packets_from(self, kind: Kind, position_us: int) -> Iterator[ClipPacket]:
        """Packets at and after a position of the endless clock; video from its next key frame."""
        packets = self.video if kind == "video" else self.audio
        if not packets:
            return
        offset_us = 0
        if position_us >= self.end_us:
            offset_us = (position_us - self.loop_from_us) // self.loop_us * self.loop_us
        started = kind == "audio"
        first_us = position_us
        while True:
            for packet in packets:
                at_us = packet.at_us + offset_us
                if at_us < first_us or (offset_us and packet.at_us < self.loop_from_us):
                    continue
                started = started or packet.key
                if started:
                    yield ClipPacket(at_us, packet.data, packet.key)
            offset_us += self.loop_us


def _read_video(container: av.container.InputContainer) -> list[ClipPacket]:
    if not container.streams.video:
        return []
    stream = container.streams.video[0]
    if stream.codec_context.name != "h264":
        raise ClipError(f"expected H.264 video, found {stream.codec_context.name}")
    to_annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
    sps, pps = b"", b""
    packets: list[ClipPacket] = []
    last = -1
    for packet in container.demux(stream):
        if packet.dts is None or packet.pts is None:
            continue
        if packet.pts <= last:
            raise ClipError("expected video without B-frames; encode it with -bf 0")
        last = packet.pts
        at_us, key = _microseconds(packet), bool(packet.is_keyframe)
        for filtered in to_annex_b.filter(packet):  # which empties the packet
            data = bytes(filtered)
            if key:
                own_sps, own_pps = parameter_sets(data)
                sps, pps = own_sps or sps, own_pps or pps
                if not own_sps:
                    data = START_CODE + sps + START_CODE + pps + data
            packets.append(ClipPacket(at_us, data, key))
    return packets


def _read_audio(container: av.container.InputContainer) -> list[ClipPacket]:
    if not container.streams.audio:
        return []
    stream = container.streams.audio[0]
    if stream.codec_context.name not in ("opus", "libopus"):
        raise ClipError(f"expected Opus audio, found {stream.codec_context.name}")
    packets: list[ClipPacket] = []
    for packet in container.demux(stream):
        if packet.dts is None or packet.pts is None or packet.size == 0:
            continue
        at_us = _microseconds(packet)
        if at_us >= 0:
            packets.append(ClipPacket(at_us, bytes(packet), True))
    return packets


def _microseconds(packet: av.Packet[Any]) -> int:
    if packet.pts is None or packet.time_base is None:
        raise ClipError("expected packets with a time")
    return round(packet.pts * packet.time_base * 1_000_000)


def _end_us(video: list[ClipPacket], audio: list[ClipPacket]) -> int:
    """End of the shorter track that is there, so that both can loop without overlap."""
    ends: list[int] = []
    if video:
        step_us = video[-1].at_us - video[-2].at_us if len(video) > 1 else 40_000
        ends.append(video[-1].at_us + step_us)
    if audio:
        ends.append(audio[-1].at_us + opus.duration_us(audio[-1].data))
    end_us = min(ends)
    return max(_GRID_US, end_us // _GRID_US * _GRID_US)
