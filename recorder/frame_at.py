"""The picture of one moment out of a recorded segment (``python -m recorder.frame_at AFTER_US``).

A process of its own with limits (config/child_limits.py): init segment and segment come on standard
input, the answer goes to standard output: a line of JSON, then a PNG. It is the last picture that
was on the screen ``AFTER_US`` after the first one of the segment; nothing is scaled or sharpened.

Exit status 0, or 2 with a line of JSON that says what is wrong.
"""

from __future__ import annotations

import io
import json
import sys
from fractions import Fraction

import av

from config.child_limits import restrict
from recorder.errors import MalformedMedia

_EBML = b"\x1a\x45\xdf\xa3"  # a WebM file begins with it


def frame_at(data: bytes, after_us: int) -> tuple[bytes, int]:
    """The picture as PNG, and how long after the first one of the segment it stands.

    Raises:
        MalformedMedia: there is no picture in it.
    """
    found: av.VideoFrame | None = None
    first_us = 0
    try:
        written = "matroska" if data.startswith(_EBML) else "mp4"
        with av.open(io.BytesIO(data), mode="r", format=written) as container:
            if not container.streams.video:
                raise MalformedMedia("this source has no picture")
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            for frame in container.decode(stream):
                at_us = _time_us(frame)
                if found is None:
                    first_us = at_us
                elif at_us - first_us > after_us:
                    break
                found = frame
        if found is None:
            raise MalformedMedia("no picture in it")
        return _png(found), _time_us(found) - first_us
    except (av.error.FFmpegError, ValueError) as error:
        raise MalformedMedia(f"it cannot be decoded: {type(error).__name__}") from error


def _time_us(frame: av.VideoFrame) -> int:
    return int((frame.pts or 0) * (frame.time_base or Fraction(1, 1_000_000)) * 1_000_000)


def _png(frame: av.VideoFrame) -> bytes:
    codec = av.CodecContext.create("png", "w")
    codec.width, codec.height, codec.pix_fmt = frame.width, frame.height, "rgb24"
    codec.time_base = Fraction(1, 1000)
    picture = frame.reformat(format="rgb24")
    picture.pts = 0
    packets = [*codec.encode(picture), *codec.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


def main() -> int:
    """Read, decode, write."""
    restrict()
    try:
        picture, after_us = frame_at(sys.stdin.buffer.read(), int(sys.argv[1]))
    except MalformedMedia as error:
        sys.stdout.buffer.write(json.dumps({"error": str(error)}).encode() + b"\n")
        return 2
    sys.stdout.buffer.write(json.dumps({"after_us": after_us}).encode() + b"\n" + picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
