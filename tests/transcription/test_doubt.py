"""What a recogniser writes where nobody speaks its language, or two do at once: never certain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import numpy.typing as npt
import pytest

from tests.transcription.sound import Wave, clips, plain_clips
from tests.transcription.story_case import story_case
from transcription.comparison.engine import CaseComparison, Heard
from transcription.comparison.model import Role, Tier, Turn, WordTime
from transcription.doubt import STRETCHED, UNSURE, doubt
from transcription.engine_vosk import VoskEngine
from transcription.recogniser import UNKNOWN, Word
from transcription.track import Speech, Track
from transcription.utterance import Place, Utterance

ZERO_US = 1_700_000_000_000_000
RATE = 16_000
Sound = npt.NDArray[np.float64]  # at RATE, in units of 16 bits


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


def heard(engine: VoskEngine, sound: Sound) -> list[Speech]:
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


def melody() -> Sound:
    """Thirty seconds of notes with overtones, each struck and dying away."""
    scale = (262.0, 294.0, 330.0, 392.0, 440.0, 523.0)
    draw = np.random.default_rng(4)
    at = np.arange(RATE // 3) / RATE
    notes = [
        np.exp(-4 * at) * sum(3000 / k * np.sin(2 * np.pi * hz * k * at) for k in (1, 2, 3, 4))
        for hz in draw.choice(scale, 90)
    ]
    return np.concatenate(notes)


def at_rate(wave: Wave) -> Sound:
    """48 kHz to 16."""
    return np.asarray(wave[: len(wave) // 3 * 3].reshape(-1, 3).mean(axis=1))


def both_at_once() -> Sound:
    """The same question answered by two people into one microphone."""
    some = [at_rate(clip.wave) for clip in clips()[:4]]
    length = max(len(one) for one in some)
    padded = [np.pad(one, (0, length - len(one))) for one in some]
    return np.concatenate([padded[0] + padded[1], padded[2] + padded[3]])


def english() -> Sound:
    return np.concatenate([at_rate(clip.wave) for clip in plain_clips("en")[:12]])


@pytest.mark.model
@pytest.mark.parametrize("sound", [melody, both_at_once, english])
def test_what_is_no_clear_speech_makes_no_red_difference(
    engine: VoskEngine, sound: Callable[[], Sound]
) -> None:
    """Every point is answered plainly in one room, and by such words in another."""
    said = [one for one in heard(engine, sound()) if isinstance(one, Utterance)]
    assert said
    case = story_case()
    comparison = CaseComparison(case)
    at = 0
    for point in case.points:
        for person, answers in (
            (case.people[0].id, [("没有。", ())]),
            (case.people[1].id, [spoken(one) for one in said if not doubt(one.words)]),
        ):
            for role, text, words in (
                (Role.QUESTION, point.text, ()),
                *((Role.ANSWER, text, words) for text, words in answers),
            ):
                at += 10_000_000
                turn = Turn(f"t{at}", role, text, at, at + 9_000_000, point.id, tuple(words))
                comparison.hear(
                    Heard(turn, f"r-{person}", f"s-{person}", person, "zh", date(2026, 5, 4))
                )
    red = [d for d in comparison.differences.values() if d.tier is Tier.RED]
    assert red == [], [(d.point, d.a.text, d.b.text) for d in red]


def spoken(one: Utterance) -> tuple[str, tuple[WordTime, ...]]:
    """Text and words as the centre hands them to the comparison."""
    words, end = [], 0
    for word in one.words:
        if word.text == UNKNOWN:
            continue
        start = one.text.index(word.text, end)
        end = start + len(word.text)
        words.append(
            WordTime((start, end), word.start_us, word.end_us, round(word.confidence * 1000))
        )
    return one.text, tuple(words)
