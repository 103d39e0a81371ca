"""One run of one muxer: from its first key frame to a reconnect, a format change or a hole.

An epoch waits until it knows its tracks: the first key frame when a picture is expected, the
first packet when sound is. What comes meanwhile is kept, not dropped. A track that stays away is
left out, and when it comes after all, the next key frame begins a new epoch with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from recorder.errors import MalformedMedia
from recorder.media import Kind, TimedFrame
from recorder.mux.formats import VideoFormat, video_format
from recorder.mux.fragmenter import Fragment, Fragmenter

#: How long the first track waits for the other before it goes on alone.
VIDEO_WAIT_US = 3_000_000
AUDIO_WAIT_US = 1_000_000
_LATE_FRAMES = 500


class Epoch:
    """Owns one fragmenter; frames come in order of arrival, each track in order of time."""

    def __init__(
        self, number: int, kinds: Sequence[Kind], origin_us: int, fragment_ms: int
    ) -> None:
        self.number = number
        self.late: list[TimedFrame] = []  # frames of a track this epoch was begun without
        self.dropped_frames = 0
        self.each_picture = False  # see Fragmenter
        self._kinds = tuple(kinds)
        self._origin_us = origin_us
        self._fragment_ms = fragment_ms
        self._waiting: list[TimedFrame] = []
        self._format: VideoFormat | None = None
        self._muxer: Fragmenter | None = None
        self._picture_waits = False  # pictures come, and only a key frame lets them in
        self.audio_made_from = ""  # codec the sound was transcoded from; empty for none

    @property
    def open(self) -> bool:
        """The muxer runs."""
        return self._muxer is not None

    @property
    def init(self) -> bytes:
        """The init segment, once open."""
        return self._muxer.init if self._muxer is not None else b""

    @property
    def mime(self) -> str:
        """The MIME type, once open."""
        return self._muxer.mime if self._muxer is not None else ""

    @property
    def video(self) -> VideoFormat | None:
        """The video format, once open and when there is video."""
        return self._muxer.video if self._muxer is not None else None

    @property
    def audio(self) -> bool:
        """There is an audio track."""
        return self._muxer is not None and self._muxer.audio

    @property
    def wants_key_frame(self) -> bool:
        """A picture is expected and nothing can be done before a key frame comes."""
        if self._muxer is None:
            return "video" in self._kinds and self._format is None
        return bool(self.late) or self._picture_waits

    def ends_before(self, timed: TimedFrame) -> bool:
        """Whether this frame must be the first of a new epoch."""
        if self._muxer is None or timed.frame.kind != "video" or not timed.frame.key:
            return False
        if self._muxer.video is None or self.late:
            return True
        try:
            return video_format(timed.frame) != self._muxer.video
        except MalformedMedia:
            return False

    def add(self, timed: TimedFrame) -> list[Fragment]:
        """Take a frame; returns the fragments that are complete."""
        if self._muxer is None:
            self._wait(timed)
            return self._open() if self._may_open(timed) else []
        return self._mux(timed)

    def close(self, video_end_us: int | None = None) -> list[Fragment]:
        """Finish; returns the last fragments."""
        if self._muxer is None:
            return self._open(closing=True) if self._waiting else []
        return self._muxer.close(video_end_us)

    def _wait(self, timed: TimedFrame) -> None:
        frame = timed.frame
        if frame.kind == "video" and self._format is None:
            try:
                if not frame.key:
                    raise MalformedMedia("a picture that needs others before it")
                self._format = video_format(frame)
            except MalformedMedia:
                self.dropped_frames += 1
                return
        self._waiting.append(timed)

    def _may_open(self, timed: TimedFrame) -> bool:
        if not self._waiting:
            return False
        has_audio = any(w.frame.kind == "audio" for w in self._waiting)
        waited_us = timed.start_us - min(w.start_us for w in self._waiting)
        if "video" in self._kinds and self._format is None:
            return waited_us >= VIDEO_WAIT_US
        if "audio" in self._kinds and not has_audio:
            return waited_us >= AUDIO_WAIT_US
        return True

    def _open(self, *, closing: bool = False) -> list[Fragment]:
        sound = [w.frame for w in self._waiting if w.frame.kind == "audio"]
        has_audio = bool(sound)
        self.audio_made_from = sound[0].made_from if sound else ""
        self._muxer = Fragmenter(self._format, has_audio, self._origin_us, self._fragment_ms)
        waiting, self._waiting = self._waiting, []
        fragments: list[Fragment] = []
        for timed in _interleaved(waiting):
            fragments += self._mux(timed)
        if closing:
            fragments += self._muxer.close()
        return fragments

    def _mux(self, timed: TimedFrame) -> list[Fragment]:
        assert self._muxer is not None
        has_track = self._muxer.audio if timed.frame.kind == "audio" else self._muxer.video
        if has_track:
            self._muxer.each_picture = self.each_picture
            return self._muxer.add(timed)
        if timed.frame.kind == "audio":
            self.late.append(timed)
            if len(self.late) > _LATE_FRAMES:
                del self.late[0]
                self.dropped_frames += 1
        else:
            self.dropped_frames += 1  # a picture without its key frame
            self._picture_waits = True
        return []


def _interleaved(waiting: list[TimedFrame]) -> list[TimedFrame]:
    """By time; the picture first, because the muxer is set up from it."""
    video = [timed for timed in waiting if timed.frame.kind == "video"]
    rest = [timed for timed in waiting if timed.frame.kind != "video"]
    if not video:
        return rest
    ordered = sorted([*video[1:], *rest], key=lambda timed: timed.start_us)
    return [video[0], *ordered]
