"""Puts the frames of one epoch into fragments and hands them to a writer (MP4 or WebM).

One ``Fragmenter`` is one init segment: H.264, VP9, AV1 and Opus become fragmented MP4, VP8 and Opus
become WebM; either track may be absent. Nothing is decoded or encoded. Rules:

1. A fragment with a picture in it begins with one; a key frame always begins a fragment.
2. The true duration of a picture is known when the next one comes, so video is held back by one
   frame; with guessed durations Media Source drops pictures up to the next key frame.
3. A fragment is cut when it is ``fragment_ms`` long, or after every picture while ``each_picture``
   is set: then somebody looks, and every millisecond of waiting is seen.
4. One track waits for the other at most ``PATIENCE_US``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from recorder.media import RATES, Kind, TimedFrame
from recorder.mux.formats import VideoFormat, mime_type
from recorder.mux.mp4 import Mp4Writer, Sample
from recorder.mux.webm import WebmWriter

LAST_PICTURE_US = 33_333  # duration of a picture after which none comes
PATIENCE_US = 300_000
_ROUNDING_US = 2_000  # pictures do not stand on a grid of fragments


@dataclass(slots=True)
class Fragment:
    """moof+mdat, or one cluster, and what is in it."""

    data: bytes
    key: bool  # begins with a key frame, or there is sound only
    start_us: int
    end_us: int
    video: list[TimedFrame] = field(default_factory=list)
    audio: list[TimedFrame] = field(default_factory=list)


class Fragmenter:
    """One run of one writer. Frames of a track must come in order of time."""

    def __init__(
        self, video: VideoFormat | None, audio: bool, origin_us: int, fragment_ms: int
    ) -> None:
        self.video = video
        self.audio = audio
        self.mime = mime_type(video, audio)
        self.each_picture = False
        self._writer = (
            WebmWriter(video, audio)
            if video is not None and video.webm
            else Mp4Writer(video, audio)
        )
        self.init = self._writer.init
        self._origin_us = origin_us
        self._fragment_us = fragment_ms * 1000
        self._held: TimedFrame | None = None
        self._frames: dict[Kind, list[TimedFrame]] = {"video": [], "audio": []}
        self._samples: dict[Kind, list[Sample]] = {"video": [], "audio": []}
        self._last_dts: dict[Kind, int] = {"video": -1, "audio": -1}

    def add(self, timed: TimedFrame) -> list[Fragment]:
        """Take a frame; returns the fragments completed by it.

        Raises:
            MalformedMedia: the frame cannot be written; the fragmenter is of no more use.
        """
        if timed.frame.kind == "audio":
            self._keep(timed)
            return self._cut() if self._sound_is_due(timed) else []
        held, self._held = self._held, timed
        if held is not None:
            held.duration_us = max(0, timed.start_us - held.start_us)
            self._keep(held)
        pictures = self._frames["video"]
        if not pictures:
            return []
        length_us = timed.start_us - pictures[0].start_us
        due = self.each_picture or length_us >= self._fragment_us - _ROUNDING_US
        return self._cut() if due or timed.frame.key else []

    def close(self, video_end_us: int | None = None) -> list[Fragment]:
        """Finish; the last picture lasts until ``video_end_us`` when that is known.

        Raises:
            MalformedMedia: the last picture cannot be written.
        """
        held, self._held = self._held, None
        if held is not None:
            end_us = video_end_us if video_end_us is not None else held.start_us + LAST_PICTURE_US
            held.duration_us = max(0, end_us - held.start_us)
            self._keep(held)
        return self._cut()

    def _sound_is_due(self, timed: TimedFrame) -> bool:
        """Sound alone is cut by time; beside a picture it waits for one, but not for long."""
        wait_us = self._fragment_us if self.video is None else PATIENCE_US
        return timed.end_us - self._frames["audio"][0].start_us >= wait_us

    def _keep(self, timed: TimedFrame) -> None:
        frame = timed.frame
        rate = RATES[frame.kind]
        data = self._writer.sample(frame.kind, frame.data)
        dts = max(self._ticks(timed.start_us, rate), self._last_dts[frame.kind] + 1)
        self._last_dts[frame.kind] = dts
        duration = max(1, self._ticks(timed.end_us, rate) - dts)
        samples = self._samples[frame.kind]
        if samples:
            samples[-1].duration = dts - samples[-1].dts  # decoders count on from the first
        samples.append(Sample(data, dts, duration, frame.key, frame.shift))
        self._frames[frame.kind].append(timed)

    def _ticks(self, at_us: int, rate: int) -> int:
        return ((at_us - self._origin_us) * rate + 500_000) // 1_000_000

    def _cut(self) -> list[Fragment]:
        video, audio = self._frames["video"], self._frames["audio"]
        if not video and not audio:
            return []
        data = self._writer.fragment(self._samples["video"], self._samples["audio"])
        self._frames = {"video": [], "audio": []}
        self._samples = {"video": [], "audio": []}
        return [
            Fragment(
                data,
                video[0].frame.key if video else self.video is None,
                min(frames[0].start_us for frames in (video, audio) if frames),
                max(frames[-1].end_us for frames in (video, audio) if frames),
                video,
                audio,
            )
        ]
