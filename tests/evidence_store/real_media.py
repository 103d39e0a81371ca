"""Stores whose segments really play: frames from PyAV, fragments from the recorder's muxer."""

from __future__ import annotations

from pathlib import Path

import av

from evidence_store.writer import Draft, FileWrite
from recorder.media import EncodedFrame, Kind, TimedFrame
from recorder.mux.formats import video_format
from recorder.mux.fragmenter import Fragment, Fragmenter
from tests.evidence_store.builder import SECOND, SessionScript
from tests.recorder.clip_maker import make_clip

_CODECS = {"h264": "H264", "vp8": "VP8", "opus": "opus"}


class PlayedSession(SessionScript):
    """A session with media that a browser plays."""

    def stretch(self, source: str, clip: Path, seconds: int) -> None:
        """One epoch of so many seconds, from where the session stands; a segment a key frame."""
        totals = self.totals[source]
        epoch = totals["epoch"] = totals["epoch"] + 1
        begin, origin = self.t_us, totals["start_us"]
        frames = [one for one in _frames(clip, begin) if one.start_us < begin + seconds * SECOND]
        first = next(one.frame for one in frames if one.frame.kind == "video" and one.frame.key)
        muxer = Fragmenter(video_format(first), True, origin, 200)
        fragments = [made for frame in frames for made in muxer.add(frame)] + muxer.close()
        webm = "webm" in muxer.mime
        base = f"media/{self.session}/{source}/e{epoch:03d}"
        init = FileWrite(f"{base}-init.{'webm' if webm else 'mp4'}", muxer.init)
        body = {"source": source, "epoch": epoch, "mime": muxer.mime, "video": {}, "audio": {}}
        self.append("media.init", body, init)
        segments = _segments(fragments)
        ends = [start for start, _ in segments[1:]] + [begin + seconds * SECOND]
        for (start, data), end in zip(segments, ends, strict=True):
            number = totals["segments"] = totals["segments"] + 1
            self.t_us = max(self.t_us, start)
            path = f"{base}-{number:06d}.{'webm' if webm else 'm4s'}"
            stated = {
                "source": source,
                "epoch": epoch,
                "number": number,
                "start_us": start,
                "duration_us": end - start,
                "media_start_us": start - origin,
                "frames": 25,
                "audio_packets": 50,
                "sender_reports": [],
            }
            self.append("media.segment", stated, FileWrite(path, data))
            totals["recorded_us"] += end - start
        self.t_us = begin + seconds * SECOND

    def begin(self, source: str, name: str) -> None:
        """Open a recording whose epochs follow by ``stretch``."""
        zero = {"recorded_us": 0, "gap_us": 0, "pause_us": 0, "segments": 0, "epoch": 0}
        self.totals[source] = {"start_us": self.t_us, **zero}
        body = {
            "source": source,
            "name": name,
            "source_kind": "room_camera",
            "origin_us": self.t_us,
            "channels": ["interviewer", "interviewee"],
        }
        self.append("recording.open", body)

    def note(self, kind: str, body: dict[str, object], t_us: int | None = None) -> None:
        """Any other entry of the session, of now when not said."""
        draft = Draft(kind, self.session, self.room, body, self.t_us if t_us is None else t_us)
        self.writer.submit([draft]).result(timeout=30)


def clips(directory: Path, seconds: float) -> tuple[Path, Path]:
    """One clip as H.264 and Opus, one as VP8 and Opus."""
    mp4 = make_clip(directory / "a.mp4", seconds=seconds)
    return mp4, make_clip(directory / "b.webm", seconds=seconds, video="libvpx")


def _frames(clip: Path, begin_us: int) -> list[TimedFrame]:
    """The clip's frames, placed from ``begin_us`` on; H.264 as Annex B."""
    frames: list[TimedFrame] = []
    with av.open(str(clip)) as container:
        picture = container.streams.video[0]
        annexb = None
        if picture.codec_context.name == "h264":
            annexb = av.bitstream.BitStreamFilterContext("h264_mp4toannexb", picture)
        for packet in container.demux():
            if packet.pts is None or packet.time_base is None:
                continue
            is_video = packet.stream.type == "video"
            start = begin_us + max(0, round(packet.pts * packet.time_base * 1_000_000))
            key = bool(packet.is_keyframe)  # the filter takes the packet's content away
            for made in annexb.filter(packet) if annexb and is_video else [packet]:
                kind: Kind = "video" if is_video else "audio"
                codec = _CODECS["opus" if not is_video else picture.codec_context.name]
                frame = EncodedFrame(kind, codec, bytes(made), 0, key, 0, 1, 1)
                frames.append(TimedFrame(frame, start, 0 if is_video else 20_000))
    return sorted(frames, key=lambda one: (one.start_us, one.frame.kind == "audio"))


def _segments(fragments: list[Fragment]) -> list[tuple[int, bytes]]:
    """Fragments joined from key frame to key frame."""
    found: list[tuple[int, bytearray]] = []
    for fragment in fragments:
        if fragment.key:
            found.append((fragment.start_us, bytearray()))
        found[-1][1].extend(fragment.data)
    return [(start, bytes(data)) for start, data in found]
