"""Reads a file that was handed over: what it is, when each sample stands, and what each looks like.

Runs in the worker process of late recordings only: the file is a stranger's, and a demuxer that
dies of it must take nothing with it. Only the containers and codecs named here are opened, and the
file is given as bytes, so that nothing in it can lead to another file or address.

Times are microseconds from the file's first sample. A picture is recognised by a digest over its
coded slices alone: the same picture has the same digest in MP4, Matroska, MPEG-TS and in what was
received live, whatever parameter sets or delimiters lie beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import av
from av.container import InputContainer

from recorder.ingest.h264 import nal_units
from recorder.media import Kind

#: FFmpeg's names of what is opened at all.
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts"
VIDEO_CODECS = ("h264", "vp8", "vp9", "av1")
AUDIO_CODECS = ("opus", "aac")
_DIGEST_BYTES = 16
#: A picture smaller than this says "nothing moved" and looks like many others.
_TELLING_BYTES = 200


class LateMediaError(Exception):
    """The file cannot be used; ``code`` is stable, the message says what was expected."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(slots=True)
class Sample:
    """One coded picture or packet of sound."""

    kind: Kind
    at_us: int  # presentation, from the file's first sample
    pts: int  # presentation in the stream's own units: names the packet
    key: bool
    duration_us: int
    delay_us: int = 0  # from decoding to presentation
    digest: bytes = b""  # of pictures that tell something


@dataclass(slots=True)
class LateFileMedia:
    """What a file holds."""

    container: str
    video: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None
    left_out: list[str] = field(default_factory=list)  # codecs of tracks that are not filed
    samples: list[Sample] = field(default_factory=list)
    first_us: int = 0  # presentation time of the first sample, on the file's own clock
    made_us: int | None = None  # creation time stated inside
    cut_short: bool = False  # it ends before its end, or could not be read to it

    @property
    def duration_us(self) -> int:
        """From the first sample to the end of the last."""
        return max((one.at_us + one.duration_us for one in self.samples), default=0)

    def of(self, kind: Kind) -> list[Sample]:
        """The samples of one track, in the order of the file."""
        return [one for one in self.samples if one.kind == kind]


def open_media(file: BinaryIO) -> InputContainer:
    """Open a stranger's file.

    Raises:
        LateMediaError: ``not_media``.
    """
    try:
        return av.open(file, "r", options={"format_whitelist": CONTAINERS})
    except (av.FFmpegError, ValueError) as error:
        raise LateMediaError(
            "not_media", f"this is no MP4, MOV, WebM, Matroska or MPEG-TS file: {error}"
        ) from error


def tracks(container: InputContainer) -> dict[int, Kind]:
    """Stream index -> kind, of the tracks that are used.

    Raises:
        LateMediaError: ``unsupported_codec``.
    """
    used: dict[int, Kind] = {}
    videos = [one for one in container.streams.video if not _is_cover(one)]
    for stream in videos[:1]:
        if codec_name(stream) not in VIDEO_CODECS:
            wanted = "H.264, VP8, VP9 or AV1"
            raise LateMediaError(
                "unsupported_codec", f"expected {wanted} video, found {codec_name(stream)}"
            )
        used[stream.index] = "video"
    for sound in container.streams.audio[:1]:
        if codec_name(sound) in AUDIO_CODECS:
            used[sound.index] = "audio"
    if not used:
        raise LateMediaError("unsupported_codec", "expected H.264, VP8, VP9 or AV1, Opus or AAC")
    return used


def read_media(path: Path) -> LateFileMedia:
    """Read every sample of a file once.

    Raises:
        LateMediaError: ``not_media``, ``unsupported_codec``, ``no_media``.
    """
    with path.open("rb") as file, open_media(file) as container:
        used = tracks(container)
        media = LateFileMedia(container.format.name.split(",")[0])
        _describe(container, used, media)
        length = 0
        try:
            for packet, kind, at_us in packets(container, used):
                data = bytes(packet)
                telling = kind == "video" and len(data) >= _TELLING_BYTES
                codec = str(media.video["codec"]) if media.video else ""
                media.samples.append(
                    Sample(
                        kind,
                        at_us,
                        packet.pts or 0,
                        bool(packet.is_keyframe),
                        _length_us(packet),
                        _delay_us(packet),
                        picture_digest(codec, data) if telling else b"",
                    )
                )
        except av.FFmpegError:
            media.cut_short = True
        length = container.duration or 0
    return _settled(media, length)


def packets(
    container: InputContainer, used: dict[int, Kind]
) -> Iterator[tuple[av.Packet[Any], Kind, int]]:
    """Packets that have a time, with that time on the file's own clock in microseconds."""
    streams = [one for one in container.streams if one.index in used]
    for packet in container.demux(streams):
        if packet.pts is None or packet.time_base is None or packet.size == 0:
            continue
        at_us = round(packet.pts * packet.time_base * 1_000_000)
        yield packet, used[packet.stream_index], at_us


def picture_digest(codec: str, data: bytes) -> bytes:
    """What is the same of a picture in every container."""
    state = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    if codec == "h264":
        for unit in _h264_units(data):
            if 1 <= unit[0] & 0x1F <= 5:
                state.update(unit.rstrip(b"\0"))
    else:
        state.update(data)
    return state.digest()


def _h264_units(data: bytes) -> list[bytes]:
    """NAL units of Annex B, or of length-prefixed samples as MP4 and Matroska have them."""
    units: list[bytes] = []
    position = 0
    while position + 4 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        position += 4
        if size == 0 or position + size > len(data):
            break
        units.append(data[position : position + size])
        position += size
    if units and position == len(data):
        return units
    return nal_units(data)


def _describe(container: InputContainer, used: dict[int, Kind], media: LateFileMedia) -> None:
    for stream in container.streams:
        context = getattr(stream, "codec_context", None)
        if context is None:
            continue
        name = codec_name(stream)
        if stream.index not in used:
            if stream.type in ("audio", "video") and not _is_cover(stream):
                media.left_out.append(name)
        elif used[stream.index] == "video":
            media.video = {
                "codec": name,
                "width": int(context.width),
                "height": int(context.height),
            }
        else:
            media.audio = {
                "codec": name,
                "rate": int(context.sample_rate or 0),
                "channels": int(context.channels or 0),
            }
    made = container.metadata.get("creation_time", "")
    try:
        stated = datetime.fromisoformat(made).timestamp() if made else 0.0
    except ValueError:
        stated = 0.0
    # 1904 and 1970 are what cameras without a clock write
    media.made_us = int(stated * 1_000_000) if stated > 1_000_000_000 else None


def _settled(media: LateFileMedia, length: int) -> LateFileMedia:
    """Times from the first sample on; a file that stopped before its stated end is cut short."""
    if not media.samples:
        raise LateMediaError("no_media", "the file holds neither pictures nor sound")
    video = media.of("video")
    if video and not any(one.key for one in video):
        raise LateMediaError("corrupted", "no picture of the file can be decoded by itself")
    media.first_us = min(one.at_us for one in media.samples)
    for one in media.samples:
        one.at_us -= media.first_us
    _fill_durations(media.of("video"))
    stated_us = length  # av.time_base is microseconds
    if stated_us and stated_us - media.duration_us > max(1_000_000, stated_us // 50):
        media.cut_short = True
    return media


def _fill_durations(video: list[Sample]) -> None:
    """The length of a picture is where the next one begins."""
    ordered = sorted(video, key=lambda one: one.at_us)
    for one, following in pairwise(ordered):
        one.duration_us = following.at_us - one.at_us
    if ordered:
        usual = sorted(one.duration_us for one in ordered)[len(ordered) // 2]
        ordered[-1].duration_us = min(ordered[-1].duration_us or usual, usual or 40_000)


def _length_us(packet: av.Packet[Any]) -> int:
    if not packet.duration or packet.time_base is None:
        return 0
    return round(packet.duration * packet.time_base * 1_000_000)


def _delay_us(packet: av.Packet[Any]) -> int:
    if packet.dts is None or packet.pts is None or packet.time_base is None:
        return 0
    return max(0, round((packet.pts - packet.dts) * packet.time_base * 1_000_000))


def codec_name(stream: Any) -> str:
    """The codec's name, whichever library decodes it."""
    context = stream.codec_context
    return str(context.codec.canonical_name) if context is not None else "unknown"


def _is_cover(stream: Any) -> bool:
    """A still picture beside the sound is no video."""
    return bool(int(stream.disposition) & int(av.stream.Disposition.attached_pic))
