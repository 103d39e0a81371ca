"""Real pictures from PyAV's encoders, and payloaders that put them into RTP payloads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from recorder.ingest.av1 import TEMPORAL_DELIMITER, leb128, obus

MTU = 1100


@dataclass(slots=True, frozen=True)
class Coded:
    """One sample out of an encoder."""

    data: bytes
    key: bool


def encode(
    codec: str, pictures: int = 12, size: tuple[int, int] = (320, 240), key_every: int = 5
) -> list[Coded]:
    """A moving, noisy picture, so that frames need several packets."""
    context = cast(VideoCodecContext, av.CodecContext.create(codec, "w"))
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, 25)
    context.framerate = Fraction(25)
    context.gop_size = key_every
    if codec == "libvpx-vp9":
        context.bit_rate = 2_000_000
        context.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    else:  # low delay: every temporal unit holds one picture, as in a call
        context.options = {"preset": "10", "crf": "20", "svtav1-params": "pred-struct=1:lp=1"}
    noise = np.random.default_rng(1)
    coded: list[Coded] = []
    for index in range(pictures):
        picture = noise.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8) // 4
        picture[:, index * 8 : index * 8 + 8] = 250
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = index
        coded += [Coded(bytes(p), bool(p.is_keyframe)) for p in context.encode(frame)]
    return coded + [Coded(bytes(p), bool(p.is_keyframe)) for p in context.encode(None)]


def vp9_payloads(frame: bytes, picture: int, *, key: bool, layers: int = 1) -> Iterator[bytes]:
    """RFC 9628, non-flexible mode with a picture id and layer indices, as Chromium sends it."""
    for position in range(0, len(frame), MTU):
        first, last = position == 0, position + MTU >= len(frame)
        flags = 0x80 | (0 if key else 0x40) | 0x20 | first << 3 | last << 2 | (key and first) << 1
        descriptor = bytes((flags, 0x80 | picture >> 8 & 0x7F, picture & 0xFF, 0, picture & 0xFF))
        if key and first:  # scalability structure: sizes and a picture group of one
            sizes = bytes((layers - 1 << 5 | 0x18,)) + b"\x01\x40\x00\xf0" * layers
            descriptor += sizes + b"\x01\x14\x01"
        yield descriptor + frame[position : position + MTU]


def av1_payloads(unit: bytes, *, counted: bool) -> Iterator[bytes]:
    """AV1 RTP: OBUs without their sizes, aggregated and split at the MTU, by W or by lengths."""
    elements: list[bytes] = []
    for kind, body, whole in obus(unit):
        if kind != TEMPORAL_DELIMITER:
            extension = whole[1:2] if whole[0] & 4 else b""
            elements.append(bytes((whole[0] & ~2,)) + extension + body)
    packets: list[tuple[bool, list[bytes]]] = []
    room, goes_on = 0, False
    for element in elements:
        position = 0
        while position < len(element):
            if room < 20 or len(packets[-1][1]) == 3:
                packets.append((goes_on, []))
                room = MTU
            part = element[position : position + room]
            packets[-1][1].append(part)
            room -= len(part) + 3
            position += len(part)
            goes_on = position < len(element)
    for index, (begun, parts) in enumerate(packets):
        continued = index + 1 < len(packets) and packets[index + 1][0]
        header = begun << 7 | continued << 6 | (len(parts) << 4 if counted else 0)
        body = b"".join(
            part if counted and number == len(parts) - 1 else leb128(len(part)) + part
            for number, part in enumerate(parts)
        )
        yield bytes((header | (index == 0) << 3,)) + body
