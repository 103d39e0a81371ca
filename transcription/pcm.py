"""Samples as the port brings them: 16-bit little-endian mono, at most 200 ms a piece."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transcription.errors import AudioError
from transcription.recogniser import BYTES_PER_SAMPLE, MAX_PIECE_BYTES, MAX_PIECE_MS


def check_audio(pcm: object) -> None:
    """Nothing else may reach native code.

    Raises:
        AudioError: not bytes, an odd number of them, or too many.
    """
    if not isinstance(pcm, bytes):
        raise AudioError(f"expected bytes of 16-bit samples, got {type(pcm).__name__}")
    if len(pcm) % BYTES_PER_SAMPLE:
        raise AudioError(f"expected whole 16-bit samples, got {len(pcm)} bytes")
    if len(pcm) > MAX_PIECE_BYTES:
        raise AudioError(f"expected at most {MAX_PIECE_MS} ms, got {len(pcm)} bytes")


def samples(pcm: bytes) -> npt.NDArray[np.float32]:
    """The samples between -1 and 1."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768)
