"""Placing a late file by its sound: pure arrays, and real files with another encoder."""

from __future__ import annotations

import numpy as np
import pytest

from recorder.late_sound import best_shift


def speech(seed: int, bins: int) -> np.ndarray:
    """Loudness that goes up and down like speech, every 10 ms."""
    random = np.random.default_rng(seed)
    slow = np.repeat(random.uniform(1e-6, 1e-2, bins // 15 + 1), 15)[:bins]
    return np.asarray(slow * random.uniform(0.7, 1.3, bins))


@pytest.mark.parametrize("begins", [0, 137, 300, 600])
def test_the_same_sound_is_found(begins: int) -> None:
    whole = speech(1, 1600)
    own = whole[begins : begins + 1000] * np.random.default_rng(5).uniform(0.8, 1.2, 1000)
    live = whole.copy()
    live[700:900] = 0  # the outage
    assert best_shift(own, live) == begins


def test_other_sound_silence_and_a_beat_tell_nothing() -> None:
    live = speech(1, 1600)
    assert best_shift(speech(2, 1000), live) is None
    assert best_shift(np.full(1000, 1e-9), live) is None
    beat = np.where(np.arange(1600) % 100 < 10, 1e-2, 1e-6)
    assert best_shift(beat[:1000], beat) is None


def test_too_little_in_common_tells_nothing() -> None:
    whole = speech(1, 1600)
    live = np.zeros(1600)
    live[:150] = whole[:150]
    assert best_shift(whole[:1000], live) is None
