"""One key frame of a live fragment as a small grey picture (PyAV; recorder/README.md).

A fragment that starts with a key frame is, behind its init segment, a file of its own. Only its
first picture is decoded, by one thread, without the loop filter, and only its luma is used.

Rule: any bytes are a picture or ``MalformedMedia``.
"""

from __future__ import annotations

import io

import av
import numpy as np

from recorder.errors import MalformedMedia
from recorder.picture import Grey, small

_EBML = b"\x1a\x45\xdf\xa3"  # a WebM file begins with it


def decode_key_frame(init: bytes, fragment: bytes) -> Grey:
    """The first picture of a fragment, small and grey.

    Raises:
        MalformedMedia: there is no picture in it.
    """
    try:
        # Only what we write is opened: ffmpeg would guess among formats that lead elsewhere.
        written = "matroska" if init.startswith(_EBML) else "mp4"
        with av.open(io.BytesIO(init + fragment), mode="r", format=written) as container:
            if not container.streams.video:
                raise MalformedMedia("no picture in it")
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            stream.codec_context.options = {"skip_loop_filter": "all"}
            for frame in container.decode(stream):
                return _luma(frame)
            raise MalformedMedia("no picture in it")
    except (av.error.FFmpegError, ValueError) as error:
        raise MalformedMedia(f"not a key frame: {type(error).__name__}") from error


def _luma(frame: av.VideoFrame) -> Grey:
    if frame.format.name not in ("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "nv12"):
        return small(np.ascontiguousarray(frame.to_ndarray(format="gray")))
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return small(rows[:, : plane.width])
