"""Muxes the frames of one epoch into an init segment and fragments (PyAV).

One ``Fragmenter`` is one muxer: H.264 and Opus become fragmented MP4, VP8 and Opus become WebM;
either track may be absent. Nothing is decoded or encoded.

What had to be learnt by measuring:

* PyAV takes the codec parameters from the first key frame, so that one comes first.
* The true duration of a picture is known when the next one comes, so video is held back by one
  frame; with guessed durations Media Source drops pictures up to the next key frame.
* ``avoid_negative_ts=disabled`` keeps tfdt on the recording's timeline instead of 0.
* The Opus header is taken from a template with pre-skip 0; libopus' own 312 samples make block
  times go back in WebM.
* ``max_interleave_delta`` bounds how long one track may wait for the other.
"""

from __future__ import annotations

import functools
import io
from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from recorder.errors import MalformedMedia
from recorder.media import AUDIO_RATE, VIDEO_RATE, TimedFrame
from recorder.mux.boxes import Mp4Splitter, Piece
from recorder.mux.ebml import WebmSplitter
from recorder.mux.formats import VideoFormat, mime_type

_VIDEO_BASE = Fraction(1, VIDEO_RATE)
_AUDIO_BASE = Fraction(1, AUDIO_RATE)
_LAST_FRAME_US = 33_333  # duration of a picture after which none comes
_INTERLEAVE_US = 300_000


@dataclass(slots=True)
class Fragment:
    """moof+mdat, or one cluster, and what is in it."""

    data: bytes
    key: bool  # begins with a key frame, or has audio only
    start_us: int
    end_us: int
    video: list[TimedFrame] = field(default_factory=list)
    audio: list[TimedFrame] = field(default_factory=list)


class Fragmenter:
    """One muxer; used from one thread. Frames of a track must come in order of time."""

    def __init__(
        self, video: VideoFormat | None, audio: bool, origin_us: int, fragment_ms: int
    ) -> None:
        self.video = video
        self.audio = audio
        self.webm = video is not None and video.webm
        self.mime = mime_type(video, audio)
        self.init = b""
        self._origin_us = origin_us
        self._held: TimedFrame | None = None
        self._splitter = WebmSplitter() if self.webm else Mp4Splitter()
        self._pieces: list[Piece] = []
        self._in_video: deque[TimedFrame] = deque()
        self._in_audio: deque[TimedFrame] = deque()
        self._last_pts = {"video": -1, "audio": -1}
        self._container = av.open(
            _Output(self._splitter, self._pieces),
            "w",
            format="webm" if self.webm else "mp4",
            options=_webm_options(fragment_ms) if self.webm else _mp4_options(fragment_ms),
            buffer_size=1 << 20,
        )
        self._video_stream: VideoStream | None = None
        self._audio_stream: AudioStream | None = None
        if video is not None:
            self._video_stream = cast(
                VideoStream,
                self._container.add_mux_stream(
                    "vp8" if self.webm else "h264",
                    rate=30,
                    width=video.width,
                    height=video.height,
                    time_base=_VIDEO_BASE,
                ),
            )
        if audio:
            self._audio_stream = self._container.add_stream_from_template(_opus_template())

    def add(self, timed: TimedFrame) -> list[Fragment]:
        """Take a frame; returns the fragments completed by it.

        Raises:
            MalformedMedia: the muxer refuses the frame; the fragmenter is of no more use.
        """
        if timed.frame.kind == "audio":
            self._write(timed)
        else:
            held, self._held = self._held, timed
            if held is not None:
                held.duration_us = max(0, timed.start_us - held.start_us)
                self._write(held)
        return self._collect()

    def close(self, video_end_us: int | None = None) -> list[Fragment]:
        """Finish; the last picture lasts until ``video_end_us`` when that is known.

        Raises:
            MalformedMedia: the muxer cannot finish; what came out before is good.
        """
        held, self._held = self._held, None
        if held is not None:
            end_us = video_end_us if video_end_us is not None else held.start_us + _LAST_FRAME_US
            held.duration_us = max(0, end_us - held.start_us)
            self._write(held)
        try:
            self._container.close()
        except (av.FFmpegError, ValueError) as error:
            raise MalformedMedia(f"the muxer cannot finish: {error}") from error
        return self._collect()

    def _write(self, timed: TimedFrame) -> None:
        frame = timed.frame
        video = frame.kind == "video"
        stream = self._video_stream if video else self._audio_stream
        assert stream is not None
        base, rate = (_VIDEO_BASE, VIDEO_RATE) if video else (_AUDIO_BASE, AUDIO_RATE)
        packet = av.Packet(frame.data)
        packet.stream = stream
        packet.time_base = base
        pts = max(self._ticks(timed.start_us, rate), self._last_pts[frame.kind] + 1)
        self._last_pts[frame.kind] = pts
        packet.dts = pts
        packet.pts = pts + frame.shift
        packet.duration = max(1, self._ticks(timed.end_us, rate) - pts)
        packet.is_keyframe = frame.key
        try:
            self._container.mux_one(packet)
        except (av.FFmpegError, ValueError) as error:
            raise MalformedMedia(f"the muxer refused a frame: {error}") from error
        (self._in_video if video else self._in_audio).append(timed)

    def _ticks(self, at_us: int, rate: int) -> int:
        return ((at_us - self._origin_us) * rate + 500_000) // 1_000_000

    def _collect(self) -> list[Fragment]:
        fragments: list[Fragment] = []
        for piece in self._pieces:
            if piece.init:
                self.init = piece.data
            elif piece.samples:
                fragments.append(self._fragment(piece))
        self._pieces.clear()
        return fragments

    def _fragment(self, piece: Piece) -> Fragment:
        first = 1 if self.video is not None else 0
        video_count = piece.samples.get(1, 0) if first else 0
        audio_count = piece.samples.get(1 + first, 0)
        video = [self._in_video.popleft() for _ in range(min(video_count, len(self._in_video)))]
        audio = [self._in_audio.popleft() for _ in range(min(audio_count, len(self._in_audio)))]
        frames = video + audio
        key = video[0].frame.key if video else self.video is None
        return Fragment(
            piece.data,
            key,
            min(f.start_us for f in frames),
            max(f.end_us for f in frames),
            video,
            audio,
        )


class _Output:
    """The file PyAV writes to: every write goes to the splitter."""

    def __init__(self, splitter: Mp4Splitter | WebmSplitter, pieces: list[Piece]) -> None:
        self._splitter = splitter
        self._pieces = pieces

    def write(self, data: bytes) -> int:
        self._pieces += self._splitter.feed(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back here."""


def _mp4_options(fragment_ms: int) -> dict[str, str]:
    return {
        "movflags": "frag_keyframe+empty_moov+default_base_moof+frag_discont",
        "frag_duration": str(fragment_ms * 1000),
        "flush_packets": "1",
        "avoid_negative_ts": "disabled",
        "max_interleave_delta": str(_INTERLEAVE_US),
    }


def _webm_options(fragment_ms: int) -> dict[str, str]:
    return {
        "live": "1",
        "cluster_time_limit": str(fragment_ms),
        "cluster_size_limit": "5000000",  # the default for streams cuts at 32 kB
        "flush_packets": "1",
        "avoid_negative_ts": "disabled",
        "max_interleave_delta": str(_INTERLEAVE_US),
    }


@functools.cache
def _opus_template() -> AudioStream:
    """A stereo Opus stream with pre-skip 0: PyAV cannot be given a codec header directly."""
    output = io.BytesIO()
    with av.open(
        output, "w", format="mp4", options={"movflags": "empty_moov+default_base_moof"}
    ) as made:
        stream = made.add_stream("libopus", rate=AUDIO_RATE)
        stream.codec_context.layout = "stereo"
        made.start_encoding()
    header = bytearray(output.getvalue())
    at = header.find(b"dOps")
    header[at + 6 : at + 8] = b"\0\0"
    container = av.open(io.BytesIO(bytes(header)), "r")
    _TEMPLATES.append(container)
    return container.streams.audio[0]


_TEMPLATES: list[InputContainer] = []  # keeps the template's container alive
