"""Measures a model on voices it never heard: the story's turns and held-out template sentences, or
plain sentences of a file (``--sentences``), in Chinese or English.

``python -m transcription.model_build.evaluate --help``. Needs espeak-ng and opus-tools.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np

from transcription.engine_vosk import VoskEngine
from transcription.model_build.augment import Floats, opus, resample, to_pcm16
from transcription.model_build.corpus import Corpus, is_held_out
from transcription.model_build.pinyin import DATA, lexicon, to_pinyin
from transcription.model_build.synthesis import Espeak, Manner
from transcription.model_build.variants import HELD_OUT_VARIANTS
from transcription.recogniser import Final, join
from transcription.wer import bare, rate

_PIECE = 3200  # bytes, 100 ms
_ENGLISH_VOICES = ("en-us", "en", "en-gb-x-rp")


@dataclass(frozen=True)
class Sample:
    """A sentence as text and as sound."""

    text: str
    words: tuple[str, ...]
    samples: Floats
    category: str = ""


def story(espeak: Espeak, variants: list[str], count: int, random: Random) -> list[Sample]:
    """Turns of the story as written, with their pauses."""
    lines = (DATA / "story.txt").read_text(encoding="utf-8").splitlines()
    out: list[Sample] = []
    for _ in range(count):
        line = random.choice(lines)
        words = tuple(word for word in line.split() if bare(word))
        manner = _manner(variants, random, (150, 180))
        out.append(_sample(espeak, to_pinyin(line), words, manner))
    return out


def templates(espeak: Espeak, variants: list[str], count: int, random: Random) -> list[Sample]:
    """Sentences that neither training nor the language model has seen."""
    corpus, readings = Corpus.load(DATA), lexicon()
    out: list[Sample] = []
    while len(out) < count:
        words = corpus.template_sentence(random)
        if len(words) >= 4 and is_held_out(words):
            spoken = " ".join(readings[word] for word in words)
            out.append(_sample(espeak, spoken, words, _manner(variants, random, (130, 240))))
    return out


def plain(
    espeak: Espeak, path: Path, variants: list[str], random: Random, language: str = "zh"
) -> list[Sample]:
    """Sentences of a file of lines "category sentence", each by one voice."""
    out: list[Sample] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        category, _, text = line.partition(" ")
        if language == "zh":
            manner = _manner(variants, random, (140, 220))
            sample = replace(_sample(espeak, to_pinyin(text), (), manner), text=bare(text))
        else:
            manner = _manner(variants, random, (140, 200))
            manner = replace(manner, voice=random.choice(_ENGLISH_VOICES))
            sample = _sample(espeak, text, tuple(text.split()), manner)
        out.append(replace(sample, category=category))
    return out


def measure_plain(engine: VoskEngine, samples: list[Sample], *, verbose: bool) -> dict[str, float]:
    """Error rate of each category and of all: characters in Chinese, words in English."""
    pairs: dict[str, list[tuple[Sequence[str], Sequence[str]]]] = {}
    for sample in samples:
        words = _recognise(engine, to_pcm16(sample.samples))
        said: Sequence[str] = sample.words or sample.text
        heard: Sequence[str] = words if sample.words else bare(join(words))
        pairs.setdefault(sample.category, []).append((said, heard))
        if verbose and list(said) != list(heard):
            print("  ", sample.text, "|", join(words))
    rates = {category: rate(own) for category, own in pairs.items()}
    return {"all": rate([pair for own in pairs.values() for pair in own]), **rates}


def _manner(variants: list[str], random: Random, rates: tuple[int, int]) -> Manner:
    return Manner(
        variant=random.choice(variants),
        rate_wpm=random.randint(*rates),
        pitch=random.randint(35, 75),
        pitch_range=random.randint(30, 70),
    )


def _sample(espeak: Espeak, spoken: str, words: tuple[str, ...], manner: Manner) -> Sample:
    audio, _ = espeak.speak(spoken, manner)
    samples, _ = resample(audio, espeak.sample_rate, 1.0)
    return Sample("".join(words), words, np.pad(samples, (4000, 16000)))


def measure(engine: VoskEngine, samples: list[Sample], *, verbose: bool) -> dict[str, float]:
    """Error rates and processor time over audio time."""
    words: list[tuple[tuple[str, ...], list[str]]] = []
    texts: list[tuple[str, str]] = []
    seconds = 0.0
    begun = time.process_time()
    for sample in samples:
        heard = _recognise(engine, to_pcm16(sample.samples))
        words.append((sample.words, heard))
        texts.append((sample.text, join(heard)))
        seconds += len(sample.samples) / 16000
        if verbose and texts[-1][0] != texts[-1][1]:
            print("  ", " ".join(sample.words), "|", " ".join(heard))
    spent = time.process_time() - begun
    return {"wer": rate(words), "cer": rate(texts), "rtf": spent / seconds, "seconds": seconds}


def _recognise(engine: VoskEngine, pcm: bytes) -> list[str]:
    stream = engine.recogniser()
    events = [
        event
        for start in range(0, len(pcm), _PIECE)
        for event in stream.accept(pcm[start : start + _PIECE])
    ]
    events += stream.finish()
    return [word.text for event in events if isinstance(event, Final) for word in event.words]


def main() -> None:
    """Print one line for each condition."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100, help="sentences in each condition")
    parser.add_argument("--voices", default=",".join(HELD_OUT_VARIANTS))
    parser.add_argument("--sentences", type=Path, help='lines "category sentence", instead')
    parser.add_argument("--language", choices=("zh", "en"), default="zh", help="of --sentences")
    parser.add_argument("--verbose", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    engine, espeak = VoskEngine(options.model), Espeak()
    voices = options.voices.split(",")
    if options.sentences:
        samples = plain(espeak, options.sentences, voices, Random(1), options.language)
        coded = [replace(one, samples=opus(one.samples, 24000)) for one in samples]
        figures = measure_plain(engine, coded, verbose=options.verbose)
        print("  ".join(f"{name} {share:.2%}" for name, share in figures.items()))
        return
    conditions = {
        "story": story(espeak, voices, options.count, Random(1)),
        "templates": templates(espeak, voices, options.count, Random(2)),
    }
    for name, clean in conditions.items():
        for label, bits_per_s in (("clean", 0), ("opus 24k", 24000), ("opus 12k", 12000)):
            chosen = clean
            if bits_per_s:
                chosen = [replace(one, samples=opus(one.samples, bits_per_s)) for one in clean]
            figures = measure(engine, chosen, verbose=options.verbose and not bits_per_s)
            print(
                f"{name:10} {label:9} WER {figures['wer']:.2%} CER {figures['cer']:.2%}"
                f" RTF {figures['rtf']:.4f} ({figures['seconds']:.0f} s)",
                flush=True,
            )


if __name__ == "__main__":
    main()
