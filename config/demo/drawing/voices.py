"""The story spoken: espeak-ng, one voice a person, every turn fitted between its times.

espeak-ng runs as a process of its own for every sentence, because some voices crash it
(a low pitch above all); a crash then costs a retry, not the run.
"""

from __future__ import annotations

import subprocess
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE_HZ = 48_000
VOICE = "cmn-latn-pinyin"
#: Words a minute tried for a turn, slowest first.
SPEEDS = range(135, 245, 5)
#: Loudness of speech and of the room, in full scale.
SPEECH_RMS = 0.085
ROOM_RMS = 0.0004


class SpeechError(Exception):
    """A turn could not be spoken or does not fit between its times."""


@dataclass(frozen=True)
class Voice:
    """A voice of espeak-ng: its variant and pitch (0 to 99)."""

    variant: str
    pitch: int


@dataclass(frozen=True)
class Turn:
    """One turn of the story."""

    name: str
    pinyin: str
    start_s: float
    end_s: float


def speak_turns(turns: Sequence[Turn], voice: Voice, length_s: float) -> Samples:
    """One microphone's channel: the turns at their times over a quiet room.

    Raises:
        SpeechError: a turn cannot be spoken fast enough.
    """
    channel = room_noise(length_s, seed=len(voice.variant) * 100 + voice.pitch)
    for turn in turns:
        spoken = fitted(turn, voice)
        start = round(turn.start_s * RATE_HZ)
        channel[start : start + len(spoken)] += spoken
    return channel


def fitted(turn: Turn, voice: Voice) -> Samples:
    """The turn at the slowest speed that fits its time, at normal level."""
    available_s = turn.end_s - turn.start_s
    low, high = 0, len(SPEEDS) - 1
    best: Samples | None = None
    while low <= high:
        middle = (low + high) // 2
        spoken = _trimmed(synthesise(turn.pinyin, voice, SPEEDS[middle]))
        if len(spoken) <= available_s * RATE_HZ:
            best, high = spoken, middle - 1
        else:
            low = middle + 1
    if best is None:
        raise SpeechError(f"{turn.name} does not fit into {available_s:.1f} s")
    loudness = float(np.sqrt(np.mean(best**2)))
    levelled: Samples = np.clip(best * (SPEECH_RMS / loudness), -0.9, 0.9).astype(np.float32)
    return levelled


def synthesise(pinyin: str, voice: Voice, words_per_minute: int) -> Samples:
    """What espeak-ng says, at 48 kHz.

    Raises:
        SpeechError: espeak-ng fails twice.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        name = f"{VOICE}+{voice.variant}"
        for pitch in (voice.pitch, voice.pitch + 1):
            command = ["espeak-ng", "-v", name, "-s", str(words_per_minute), "-p", str(pitch)]
            result = subprocess.run(
                [*command, "-w", str(path), pinyin], capture_output=True, check=False, timeout=60
            )
            if result.returncode == 0:
                return _read_wave(path)
    raise SpeechError(f"espeak-ng ended with {result.returncode} on a turn of voice {name}")


def room_noise(length_s: float, seed: int) -> Samples:
    """The hush of a room: noise that falls with frequency, far below the voices."""
    random = np.random.default_rng(seed)
    count = round(length_s * RATE_HZ)
    white = random.standard_normal(count).astype(np.float32)
    quiet: Samples = (brown(white) * ROOM_RMS).astype(np.float32)
    return quiet


def brown(white: Samples) -> Samples:
    """White noise with its high part taken away (about 1/f from 50 Hz), unit loudness."""
    spectrum = np.fft.rfft(white)
    hertz = np.fft.rfftfreq(len(white), 1 / RATE_HZ)
    shaped = np.fft.irfft(spectrum / np.maximum(hertz, 50), len(white))
    even: Samples = (shaped / np.sqrt(np.mean(shaped**2))).astype(np.float32)
    return even


def _read_wave(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    samples = (raw / 32768).astype(np.float32)
    width = round(len(samples) * RATE_HZ / rate)
    row = cv2.resize(samples[None, :], (width, 1), interpolation=cv2.INTER_CUBIC)
    return np.asarray(row[0], dtype=np.float32)


def _trimmed(samples: Samples) -> Samples:
    """Without the silence before and after."""
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    if len(loud) == 0:
        raise SpeechError("espeak-ng was silent")
    return samples[max(0, int(loud[0]) - 480) : int(loud[-1]) + 960]
