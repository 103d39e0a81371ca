"""Writes training chunks: features, phone alignments and observed pronunciations.

Each chunk is one file made from one seed in one process, because libespeak-ng can crash a process;
a missing chunk costs only itself. ``python -m transcription.model_build.dataset --help``.
"""

from __future__ import annotations

import argparse
import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt

from transcription.model_build.alignment import Spoken, speak
from transcription.model_build.augment import Floats, augment, opus, resample
from transcription.model_build.chunk import Chunk, Example
from transcription.model_build.corpus import is_held_out
from transcription.model_build.features import SAMPLE_RATE
from transcription.model_build.synthesis import Espeak, Manner
from transcription.model_build.tongue import TONGUES, Tongue
from transcription.model_build.variants import (
    RANDOM_VARIANTS,
    RARE_VARIANTS,
    TRAINING_VARIANTS,
    write_random_variants,
)

_TEMPO = (1.0, 1.0, 1.0, 0.84, 0.88, 0.92, 0.96, 1.05, 1.1, 1.16, 1.22)


def random_manner(tongue: Tongue, random: Random) -> Manner:
    """A voice of the training set at some speed and pitch."""
    draw = random.random()
    chosen = RARE_VARIANTS if draw < 0.03 else TRAINING_VARIANTS
    return Manner(
        voice=random.choice(tongue.voices),
        variant=random.choice(RANDOM_VARIANTS if draw > 0.45 else chosen),
        rate_wpm=random.randint(115, 270),
        pitch=random.randint(30, 90),  # lower crashes libespeak-ng 1.51 on some variants
        pitch_range=random.randint(25, 85),
        word_gap=random.choice((0, 0, 0, 0, 0, 1, 3, 8)),
    )


def make_chunk(tongue: Tongue, seed: int, count: int, voices: Path) -> Chunk:
    """``count`` sentences from one seed; ``voices`` is the folder variants.py writes."""
    random, draw = Random(seed), np.random.default_rng(seed)
    espeak, corpus, readings = Espeak(voices), tongue.corpus, tongue.readings
    spoken: list[Spoken] = []
    while len(spoken) < count:
        words = corpus.spoken_sentence(random)
        if len(words) > 2 and is_held_out(words):
            continue
        commas = frozenset(i for i in range(len(words) - 1) if random.random() < 0.07)
        result = speak(espeak, words, readings, random_manner(tongue, random), commas)
        if result is not None:
            spoken.append(result)
    heard = [_hear(sentence, espeak.sample_rate, random) for sentence in spoken]
    waves = _augment_all([samples for samples, _ in heard], draw)
    examples = tuple(
        Example(sentence.words, _clip(samples), phones)
        for sentence, samples, (_, phones) in zip(spoken, waves, heard, strict=True)
    )
    counts = Counter(
        (word, sentence.pronunciation(index))
        for sentence in spoken
        for index, word in enumerate(sentence.words)
    )
    return Chunk(examples, counts)


def _hear(
    spoken: Spoken, source_hz: int, random: Random
) -> tuple[Floats, tuple[tuple[float, str], ...]]:
    samples, ratio = resample(spoken.audio, source_hz, random.choice(_TEMPO))
    lead = int(SAMPLE_RATE * random.uniform(0.05, 0.8))
    tail = int(SAMPLE_RATE * random.uniform(0.1, 0.9))
    per_ms = SAMPLE_RATE / 1000
    phones = tuple(((phone.start * ratio + lead) / per_ms, phone.name) for phone in spoken.phones)
    return np.pad(samples, (lead, tail)), phones


def _augment_all(waves: list[Floats], draw: np.random.Generator) -> list[Floats]:
    out: list[Floats] = []
    babble: Floats | None = None
    for samples in waves:
        out.append(augment(samples, draw, babble))
        if draw.random() < 0.3:
            shifted = np.roll(samples, int(draw.integers(len(samples))))
            babble = shifted + np.resize(out[-1], len(samples)) * np.float32(0.1)
    if draw.random() < 0.35:
        coded = opus(np.concatenate(out), int(draw.choice([8, 10, 12, 16, 24, 32])) * 1000)
        edges = np.cumsum([len(samples) for samples in out])[:-1]
        return [np.asarray(part, np.float32) for part in np.split(coded, edges)]
    return out


def _clip(samples: Floats) -> npt.NDArray[np.int16]:
    return np.clip(np.round(samples), -32768, 32767).astype(np.int16)


def main() -> int:
    """Make chunks one process at a time; exit 1 when more than a tenth failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the chunk files")
    parser.add_argument("--language", choices=sorted(TONGUES), default="zh")
    parser.add_argument("--first", type=int, default=1, help="first chunk number (its seed)")
    parser.add_argument("--chunks", type=int, default=30)
    parser.add_argument("--sentences", type=int, default=110, help="in each chunk")
    parser.add_argument("--one", action="store_true", help="make just chunk --first, in here")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.one:
        path = options.out / f"chunk-{options.first:05d}.pickle"
        tongue = TONGUES[options.language]
        chunk = make_chunk(tongue, options.first, options.sentences, options.out / "voices")
        path.write_bytes(pickle.dumps(chunk))
        return 0
    write_random_variants(options.out / "voices")
    failed = 0
    for number in range(options.first, options.first + options.chunks):
        arguments = ["--one", "--out", str(options.out), "--first", str(number)]
        arguments += ["--sentences", str(options.sentences), "--language", options.language]
        done = subprocess.run([sys.executable, "-m", __spec__.name, *arguments], check=False)
        failed += done.returncode != 0
    print(f"{options.chunks - failed} of {options.chunks} chunks made")
    return int(failed > options.chunks // 10)


if __name__ == "__main__":
    sys.exit(main())
