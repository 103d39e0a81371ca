"""Words that a recogniser wrote into something that is no speech."""

from __future__ import annotations

import numpy as np
import pytest

from transcription.doubt import STRETCHED, UNSURE, doubt
from transcription.engine_vosk import VoskEngine
from transcription.recogniser import UNKNOWN, Word
from transcription.track import Speech, Track
from transcription.utterance import Place, Utterance

ZERO_US = 1_700_000_000_000_000
RATE = 16_000


def words(*some: tuple[str, float, float]) -> list[Word]:
    """Text, seconds and confidence, one after the other."""
    out, at_us = [], 0
    for text, seconds, confidence in some:
        end_us = at_us + round(seconds * 1_000_000)
        out.append(Word(text, at_us, end_us, confidence))
        at_us = end_us
    return out


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (words(("没有", 0.5, 1.0)), ""),
        (words(("没有", 0.5, 0.76)), ""),
        (words(("没有", 0.5, 0.7)), UNSURE),
        (words(("我", 0.3, 0.4), ("没有", 0.5, 1.0), ("安排", 0.5, 0.7)), ""),
        (words(("我", 0.3, 0.4), ("没有", 0.5, 0.6), ("安排", 0.5, 0.7)), UNSURE),
        (words(("中间", 9.0, 1.0), ("群众", 9.0, 1.0)), STRETCHED),
        (words((UNKNOWN, 20.0, 1.0), ("好", 0.3, 1.0)), ""),
        (words((UNKNOWN, 20.0, 1.0)), ""),
        (words(("yes", 0.4, 1.0)), ""),
        (words(("dangerous", 5.0, 1.0)), STRETCHED),
        ([], ""),
    ],
)
def test_doubt(said: list[Word], why: str) -> None:
    assert doubt(said) == why


def heard(engine: VoskEngine, sound: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[Speech]:
    place = Place("s", "s1", "r", 0, "unknown")
    track = Track(place, engine.recogniser(), partial_us=100_000)
    samples = np.clip(sound, -32767, 32767).astype(np.int16)
    out: list[Speech] = []
    for start in range(0, len(samples), RATE // 10):
        out += track.feed(ZERO_US + start * 1_000_000 // RATE, samples[start : start + RATE // 10])
    return out + track.finish()


@pytest.mark.model
@pytest.mark.parametrize("level", [0, 30, 1000])
def test_silence_and_noise_give_no_words(engine: VoskEngine, level: int) -> None:
    noise = np.random.default_rng(1).normal(0, level, RATE * 12)
    assert [one for one in heard(engine, noise) if isinstance(one, Utterance)] == []


@pytest.mark.model
def test_a_hum_and_a_chord_are_doubtful(engine: VoskEngine) -> None:
    at = np.arange(RATE * 24) / RATE
    hum = 800 * np.sin(2 * np.pi * 50 * at) + 200 * np.sin(2 * np.pi * 100 * at)
    chord = sum(
        2000 / k * np.sin(2 * np.pi * hz * k * at) for k in (1, 2, 3) for hz in (261.6, 392.0)
    )
    for sound in (hum, np.asarray(chord)):
        said = [one for one in heard(engine, sound) if isinstance(one, Utterance)]
        assert all(doubt(one.words) for one in said), [one.text for one in said]
