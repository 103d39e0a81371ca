"""Makes one redacted copy in a process of its own (``python -m recorder.redaction_worker``).

The parent writes one ``RedactionOrder`` as a line on standard input and reads ``RedactionLine``s
from standard output: progress, then one result or one error. The process may be killed at any
moment; the parent removes what lies at ``out``. It runs beside the recorder with little memory
and lowest claim on the processor, and touches neither its files nor its log.

Decode, hide, encode: frames keep their times, what was not recorded stays away (no picture) or
silent (sound). Every picture says that it is a derived work, and so does the file's title.
"""

from __future__ import annotations

import hashlib
import io
import os
import resource
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import msgspec
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from evidence_store.errors import EvidenceError
from evidence_store.sealed_media import media_of
from recorder.redaction import (
    Redacted,
    RedactionEpoch,
    RedactionLine,
    RedactionOrder,
    RedactionPlan,
    boxes_at,
    plan_problem,
    reading_at,
    silent_spans,
    wants_faces,
)
from recorder.redaction_picture import (
    FaceFinder,
    NoFaceModel,
    as_picture,
    climate,
    climate_text,
    hide,
    in_points,
    label,
)

_MEMORY_BYTES = 3 << 30
_RATE = 48_000
_SOUND_FRAME = 1024
_TICKS = 90_000
_PROGRESS_S = 0.2
_WIDTH_MAX = 1920


class _Joined(io.RawIOBase):
    """An init segment and its segments as one stream that is read once."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._rest:
            try:
                self._rest = next(self._blocks)
            except StopIteration:
                return b""
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


class _Copy:
    """The file under construction."""

    def __init__(self, order: RedactionOrder, container: OutputContainer) -> None:
        self.order = order
        self.plan = order.plan
        self.pictures = 0
        self.hidden = 0
        self._container = container
        self._picture: VideoStream | None = None
        self._sound: AudioStream | None = None
        self._samples = 0  # written so far
        self._held = np.zeros((2, 0), np.float32)
        self._last_pts = -1
        self._finder = FaceFinder(Path(order.face_model)) if _needs_faces(order.plan) else None

    def add_streams(self, picture: VideoStream | None, sound: AudioStream | None) -> None:
        """Make the tracks, before anything is written."""
        if picture is not None:
            made = self._container.add_stream("libx264", rate=30)
            scale = min(1.0, _WIDTH_MAX / max(1, picture.width))
            made.width = round(picture.width * scale) & ~1
            made.height = round(picture.height * scale) & ~1
            made.pix_fmt = "yuv420p"
            made.codec_context.time_base = Fraction(1, _TICKS)
            made.options = {"preset": "veryfast", "crf": "23"}
            made.codec_context.thread_count = 1
            self._picture = made
        if sound is not None:
            self._sound = self._container.add_stream("aac", rate=_RATE)
            self._sound.codec_context.layout = "stereo"

    def show(self, frame: av.VideoFrame, at_us: int) -> None:
        """Take a picture."""
        made = self._picture
        if made is None or not self.plan.start_us <= at_us < self.plan.end_us:
            return
        points = as_picture(
            frame.reformat(made.width, made.height, "bgr24").to_ndarray(format="bgr24")
        ).copy()
        boxes = [in_points(box, points) for box in boxes_at(self.plan, at_us)]
        if self._finder is not None and wants_faces(self.plan, at_us):
            boxes += self._finder.find(points)
        for box in boxes:
            hide(points, box)
        label(points, self.order.label)
        if self.plan.readings:
            climate(points, climate_text(reading_at(self.plan, at_us)))
        hidden = av.VideoFrame.from_ndarray(points, format="bgr24")
        pts = max(self._last_pts + 1, (at_us - self.plan.start_us) * _TICKS // 1_000_000)
        hidden.pts, hidden.time_base = pts, Fraction(1, _TICKS)
        self._last_pts = pts
        self._container.mux(made.encode(hidden))
        self.pictures += 1
        self.hidden += bool(boxes)

    def hear(self, samples: NDArray[np.float32], at_us: int) -> None:
        """Take sound (two rows); what is silent in the plan, and what is missing, is zero."""
        if self._sound is None:
            return
        begin = (at_us - self.plan.start_us) * _RATE // 1_000_000
        length = samples.shape[1]
        if begin < 0 or begin >= (self.plan.end_us - self.plan.start_us) * _RATE // 1_000_000:
            return
        end_us = at_us + length * 1_000_000 // _RATE
        samples = samples.copy()
        for start, end in silent_spans(self.plan, at_us, end_us):
            # rounded outwards: a sample more is silent rather than one less
            samples[:, start * _RATE // 1_000_000 : -(-end * _RATE // 1_000_000)] = 0
        known = self._samples + self._held.shape[1]
        if begin - known > _RATE // 50:
            self._take(np.zeros((2, begin - known), np.float32))
        self._take(samples)

    def close(self) -> None:
        """Write what is held back."""
        if self._picture is not None:
            self._container.mux(self._picture.encode(None))
        if self._sound is not None:
            rest = -self._held.shape[1] % _SOUND_FRAME
            self._take(np.zeros((2, rest), np.float32))
            self._container.mux(self._sound.encode(None))

    def _take(self, samples: NDArray[np.float32]) -> None:
        assert self._sound is not None
        self._held = np.concatenate([self._held, samples], axis=1)
        while self._held.shape[1] >= _SOUND_FRAME:
            part = np.ascontiguousarray(self._held[:, :_SOUND_FRAME])
            self._held = self._held[:, _SOUND_FRAME:]
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = _RATE, self._samples
            frame.time_base = Fraction(1, _RATE)
            self._samples += _SOUND_FRAME
            self._container.mux(self._sound.encode(frame))


def main() -> int:
    """Carry out the order on standard input."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=RedactionOrder)
    problem = plan_problem(order.plan)
    if problem:
        return _fail("bad_plan", problem)
    try:
        result = redact(order)
    except NoFaceModel as error:
        return _fail("no_face_model", str(error))
    except EvidenceError as error:
        return _fail("evidence_error", str(error))
    except (av.FFmpegError, ValueError) as error:
        return _fail("media_error", f"the media cannot be worked on: {error}")
    except (OSError, MemoryError) as error:
        return _fail("disk_error", str(error))
    _say(RedactionLine(result=result))
    return 0


def redact(order: RedactionOrder) -> Redacted:
    """Make the copy.

    Raises:
        NoFaceModel: faces were to be found.
        EvidenceError: the media cannot be opened.
        OSError, av.FFmpegError: it cannot be read or written.
    """
    out = Path(order.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    media = media_of(Path(order.store))
    options = {"movflags": "+faststart"}
    with av.open(str(out), "w", format="mp4", container_options=options) as container:
        container.metadata.update(title=order.title, comment=order.label)
        if order.plan.readings:
            container.metadata["description"] = _stated(order.plan)
        copy = _Copy(order, container)
        for number, epoch in enumerate(order.epochs):
            paths = [epoch.init, *epoch.segments]
            blocks = (block for path in paths for block in media.blocks(order.log, path))
            _work_through(copy, epoch, blocks, first=number == 0)
        copy.close()
    digest, size = _flushed_digest(out)
    tool = f"duizhi; PyAV {av.__version__}; libavcodec {av.library_versions['libavcodec']}"
    return Redacted(
        sha256=digest,
        size=size,
        pictures=copy.pictures,
        hidden_pictures=copy.hidden,
        tool=tool,
    )


def _work_through(
    copy: _Copy, epoch: RedactionEpoch, blocks: Iterator[bytes], *, first: bool
) -> None:
    plan, said = copy.plan, 0.0
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=_RATE)
    with av.open(cast(Any, _Joined(blocks)), "r") as source:
        if first:
            copy.add_streams(
                next(iter(source.streams.video), None), next(iter(source.streams.audio), None)
            )
        for frame in source.decode(*source.streams.video[:1], *source.streams.audio[:1]):
            if frame.pts is None or frame.time_base is None:
                continue
            at_us = epoch.origin_us + round(frame.pts * frame.time_base * 1_000_000)
            if isinstance(frame, av.VideoFrame):
                copy.show(frame, at_us)
            else:
                for part in resampler.resample(cast(av.AudioFrame, frame)):
                    copy.hear(np.asarray(part.to_ndarray(), np.float32), at_us)
                    at_us += part.samples * 1_000_000 // _RATE
            now = time.monotonic()
            if now - said >= _PROGRESS_S:
                said = now
                done = (at_us - plan.start_us) / (plan.end_us - plan.start_us)
                _say(RedactionLine(progress=int(1000 * min(1.0, max(0.0, done)))))


def _stated(plan: RedactionPlan) -> str:
    """Which entries the line below the picture was written from; the recording has no such line."""
    said = [
        f"#{one.entry} {one.device} {one.t_us} {climate_text(one)}" for one in plan.readings[:50]
    ]
    more = len(plan.readings) - len(said)
    return "温度湿度为后加 ADDED: " + "; ".join(said) + (f"; +{more}" if more else "")


def _needs_faces(plan: RedactionPlan) -> bool:
    return any(region.faces for region in plan.regions)


def _flushed_digest(path: Path) -> tuple[str, int]:
    state, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            state.update(block)
            size += len(block)
        os.fsync(file.fileno())
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return state.hexdigest(), size


def _fail(code: str, detail: str) -> int:
    _say(RedactionLine(error={"code": code, "detail": detail}))
    return 1


def _say(line: RedactionLine) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
