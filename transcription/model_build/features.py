"""Kaldi's MFCC in numpy: 16 kHz, 25/10 ms, povey window, 40 mel bands 20-7600 Hz, 40 values.

Agrees with libvosk to what a 16-bit network can see, for exactly the options that
build.py writes into conf/mfcc.conf. Change both together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

SAMPLE_RATE = 16000
DIMENSION = 40
FRAME = 400  # samples
SHIFT = 160

_FFT = 512
_LOW_HZ, _HIGH_HZ = 20.0, 7600.0
_LIFTER = 22
_FLOOR = 1.1920929e-07


def _mel(hz: npt.NDArray[np.floating] | float) -> npt.NDArray[np.float64]:
    return np.asarray(1127.0 * np.log(1.0 + np.asarray(hz) / 700.0))


def _mel_bands() -> Floats:
    low, high = _mel(_LOW_HZ), _mel(_HIGH_HZ)
    step = (high - low) / (DIMENSION + 1)
    bins = _mel(SAMPLE_RATE / _FFT * np.arange(_FFT // 2, dtype=np.float64))
    bands = np.zeros((_FFT // 2, DIMENSION))
    for band in range(DIMENSION):
        left, centre, right = (low + (band + offset) * step for offset in (0, 1, 2))
        rising = (bins > left) & (bins <= centre)
        falling = (bins > centre) & (bins < right)
        bands[rising, band] = (bins[rising] - left) / (centre - left)
        bands[falling, band] = (right - bins[falling]) / (right - centre)
    return bands.astype(np.float32)


def _cosines() -> Floats:
    order = np.arange(DIMENSION)[:, None]
    table = np.sqrt(2.0 / DIMENSION) * np.cos(np.pi / DIMENSION * (order.T + 0.5) * order)
    table[0] = np.sqrt(1.0 / DIMENSION)
    lifter = 1 + 0.5 * _LIFTER * np.sin(np.pi * np.arange(DIMENSION) / _LIFTER)
    return np.asarray((table * lifter[:, None]).T.astype(np.float32))


_BANDS = _mel_bands()
_COSINES = _cosines()
_WINDOW = ((0.5 - 0.5 * np.cos(2 * np.pi / (FRAME - 1) * np.arange(FRAME))) ** 0.85).astype(
    np.float32
)


def mfcc(samples: Floats) -> Floats:
    """Features of samples at 16-bit scale; one row every 10 ms, none for a short tail."""
    count = 1 + (len(samples) - FRAME) // SHIFT
    windows = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::SHIFT][:count]
    frames = windows - windows.mean(axis=1, keepdims=True)
    emphasised = np.concatenate(
        [frames[:, :1] * (1 - 0.97), frames[:, 1:] - 0.97 * frames[:, :-1]], axis=1
    )
    spectrum = np.fft.rfft(emphasised * _WINDOW, _FFT, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2)[:, : _FFT // 2].astype(np.float32)
    return np.asarray(np.log(np.maximum(power @ _BANDS, _FLOOR)) @ _COSINES, np.float32)
