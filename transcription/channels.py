"""Decides which channels of a recording are separate speakers, and keeps bleed out.

A recording starts joint: as long as both channels carry the same sound there is one microphone,
and one recogniser hears it. The first batch in which they differ splits it for good. Once split,
a channel is muted where the other one is far louder: what is heard there is the other person, by
the air or by the codec, and would be written down twice. Only what the recogniser hears is muted;
the recording is never touched.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from transcription.recogniser import SAMPLE_RATE
from transcription.resample import Samples

#: Digital silence.
FLOOR_DBFS = -100.0

_SAME_RATIO = 0.1  # difference of the channels over their sum, below which they are one sound
_AUDIBLE = 30.0  # rms of 16-bit samples below which nothing is decided
_BLOCK = SAMPLE_RATE // 50  # 20 ms
_BLEED_RATIO = 5.6  # 15 dB
_RELEASE = 0.75  # per block: an envelope falls 15 dB in 120 ms


class ChannelSplit:
    """One recording's channels. ``speakers`` is what the source declares, one or two."""

    def __init__(self, speakers: int) -> None:
        self._separate = speakers > 1
        self._envelopes = np.zeros(2)
        self.split = False

    def feed(self, samples: Samples) -> Samples:
        """Two channels in; one (joint) or two (split) out, of the same length."""
        if self._separate and not self.split:
            self.split = _differ(samples)
        if not self.split:
            mixed = samples.astype(np.int32).sum(axis=0, keepdims=True) // 2
            return np.asarray(mixed, np.int16)
        return self._mute_bleed(samples)

    def _mute_bleed(self, samples: Samples) -> Samples:
        out = samples.copy()
        for start in range(0, samples.shape[1], _BLOCK):
            block = slice(start, start + _BLOCK)
            levels = _rms(samples[:, block])
            self._envelopes = np.maximum(levels, self._envelopes * _RELEASE)
            own, other = self._envelopes, self._envelopes[::-1]
            out[own * _BLEED_RATIO < other, block] = 0
        return out


def levels_dbfs(samples: Samples, channels: int) -> tuple[list[float], list[float]]:
    """RMS and peak of the first ``channels`` channels."""
    used = samples[:channels]
    if not used.shape[1]:
        return [FLOOR_DBFS] * channels, [FLOOR_DBFS] * channels
    peaks = np.abs(used.astype(np.int32)).max(axis=1)
    return [_dbfs(value) for value in _rms(used)], [_dbfs(value) for value in peaks]


def _dbfs(value: float) -> float:
    level = 20 * math.log10(value / 32768) if value > 0 else FLOOR_DBFS
    return round(max(FLOOR_DBFS, level), 1)


def _differ(samples: Samples) -> bool:
    left, right = samples.astype(np.float64)
    difference, common = _rms(np.stack([left - right, left + right]))
    return bool(max(difference, common) > _AUDIBLE and difference > _SAME_RATIO * common)


def _rms(samples: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    return np.asarray(np.sqrt(np.mean(np.square(samples.astype(np.float64)), axis=1)))
