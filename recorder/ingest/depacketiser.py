"""The one interface of all video depacketisers, and which codec has which. Pure."""

from __future__ import annotations

from typing import Protocol

from recorder.ingest.av1 import Av1Depacketiser
from recorder.ingest.h264 import H264Depacketiser
from recorder.ingest.vp8 import Vp8Depacketiser
from recorder.ingest.vp9 import Vp9Depacketiser
from recorder.media import AV1, VP8, VP9


class Depacketiser(Protocol):
    """Collects the payloads of one picture, in order; ``MalformedMedia`` and nothing else."""

    def reset(self) -> None:
        """Forget the picture being collected."""
        ...

    def push(self, data: bytes, start: int, end: int) -> None:
        """One payload, ``data[start:end]``."""
        ...

    @property
    def empty(self) -> bool:
        """Nothing collected."""
        ...

    @property
    def has_picture(self) -> bool:
        """There is a whole picture to decode; else what was collected is remembered, not shown."""
        ...

    @property
    def key(self) -> bool:
        """The picture can be decoded without any before it."""
        ...

    def take(self) -> bytes:
        """The picture, a key frame with everything a decoder needs; starts the next one.

        Raises:
            MalformedMedia: its end is missing.
        """
        ...


def depacketiser(codec: str, parameter_sets: tuple[bytes, bytes] = (b"", b"")) -> Depacketiser:
    """A depacketiser for a codec; H.264 may have been told its parameter sets in the offer."""
    if codec == VP8:
        return Vp8Depacketiser()
    if codec == VP9:
        return Vp9Depacketiser()
    if codec == AV1:
        return Av1Depacketiser()
    return H264Depacketiser(parameter_sets)
