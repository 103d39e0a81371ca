# mypy: disable-error-code="import-untyped, import-not-found"
"""Rooms, noise, band limits and Opus: what makes a clean synthetic voice less clean.

Every draw comes from the caller's generator. Input and output are float samples at 16-bit scale.
"""

from __future__ import annotations

import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import signal

Floats = npt.NDArray[np.float32]


def augment(samples: Floats, draw: np.random.Generator, babble: Floats | None) -> Floats:
    """One sentence as another room, microphone and level would have heard it."""
    out = samples.astype(np.float64)
    if draw.random() < 0.35:
        out = _room(out, draw)
    if draw.random() < 0.4:
        out = signal.lfilter([1, draw.uniform(-0.5, 0.5)], [1], out)
    if draw.random() < 0.25:
        corner_hz = draw.choice([3400, 3800, 4000, 6000])
        out = signal.sosfilt(signal.butter(8, corner_hz / 8000, output="sos"), out)
    if draw.random() < 0.2:
        corner_hz = draw.uniform(80, 300)
        out = signal.sosfilt(signal.butter(2, corner_hz / 8000, "high", output="sos"), out)
    out *= 10 ** draw.uniform(1.9, 3.6) / _rms(out)
    level = _rms(out)
    kind = draw.random()
    if kind < 0.5:
        out = out + _noise(len(out), draw) * level * 10 ** (-draw.uniform(6, 40) / 20)
    elif kind < 0.65 and babble is not None:
        others = np.resize(babble, len(out))
        out = out + others / _rms(others) * level * 10 ** (-draw.uniform(8, 25) / 20)
    # Never exact zeros: espeak-ng's stop closures have them too, and would be taken for pauses.
    out = out + draw.standard_normal(len(out)) * draw.uniform(0.4, 4)
    return np.asarray(out, np.float32)


def resample(audio: npt.NDArray[np.int16], source_hz: int, factor: float) -> tuple[Floats, float]:
    """At 16 kHz, faster or slower by ``factor``; also the exact ratio of sample positions."""
    down = round(160 * source_hz / (16000 * factor))
    out = signal.resample_poly(audio.astype(np.float32), 160, down)
    return np.asarray(out, np.float32), 160 / down


def opus(samples: Floats, bits_per_s: int) -> Floats:
    """Through opusenc and opusdec (opus-tools) and back; the length is kept."""
    with tempfile.TemporaryDirectory() as folder:
        plain, coded, back = (str(Path(folder) / name) for name in ("a.wav", "a.opus", "b.wav"))
        with wave.open(plain, "wb") as out:
            out.setparams((1, 2, 16000, 0, "NONE", ""))
            out.writeframes(to_pcm16(samples))
        rate = str(bits_per_s // 1000)
        encode = ["opusenc", "--quiet", "--speech", "--bitrate", rate, "--framesize", "20"]
        subprocess.run([*encode, plain, coded], check=True)
        subprocess.run(["opusdec", "--quiet", "--rate", "16000", coded, back], check=True)
        with wave.open(back, "rb") as source:
            decoded = np.frombuffer(source.readframes(source.getnframes()), "<i2")
    return np.resize(decoded.astype(np.float32), len(samples))


def to_pcm16(samples: Floats) -> bytes:
    """Little-endian 16-bit samples, clipped."""
    return np.clip(np.round(samples), -32768, 32767).astype("<i2").tobytes()


def _rms(samples: npt.NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(samples)))) + 1e-6


def _room(samples: npt.NDArray[np.float64], draw: np.random.Generator) -> npt.NDArray[np.float64]:
    length = int(draw.uniform(0.08, 0.35) * 16000)
    echo = draw.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    echo *= draw.uniform(0.05, 0.35) / np.sqrt(np.sum(echo**2))
    echo[0] = 1
    return np.asarray(signal.fftconvolve(samples, echo)[: len(samples)])


def _noise(length: int, draw: np.random.Generator) -> npt.NDArray[np.float64]:
    noise = draw.standard_normal(length)
    kind = draw.integers(0, 4)
    if kind == 1:
        noise = signal.lfilter([1], [1, -0.95], noise)
    elif kind == 2:
        noise = signal.lfilter([1], [1, -0.7], noise)
    elif kind == 3:
        hum_hz = 50 * draw.integers(1, 4)
        noise = noise * 0.3 + np.sin(2 * np.pi * hum_hz * np.arange(length) / 16000)
    return np.asarray(noise / _rms(noise))
