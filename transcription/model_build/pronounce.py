"""How each word of the vocabulary sounds: the synthesiser is asked, so nothing is guessed.

Mandarin: a last third tone becomes a second before another third, so words ending in one have both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from transcription.model_build.alignment import speak
from transcription.model_build.synthesis import MANDARIN, Espeak, Manner

_THIRD, _SECOND = "3", "2"


def pronounce(
    espeak: Espeak, readings: Mapping[str, Sequence[str]], voices: Iterable[str] = (MANDARIN,)
) -> Counter[tuple[str, str]]:
    """(word, phones) with its weight; the first reading of a word weighs most."""
    found: Counter[tuple[str, str]] = Counter()
    for voice in voices:
        manner = Manner(voice=voice)
        for word, ways in readings.items():
            for index, way in enumerate(ways):
                spoken = speak(espeak, [word], {word: way}, manner)
                if spoken is None:
                    continue
                phones = spoken.pronunciation(0)
                weight = 4 if index == 0 else 1
                found[word, phones] += 3 * weight
                if voice == MANDARIN and way.endswith(_THIRD):
                    found[word, _before_third(phones)] += weight
    return found


def _before_third(phones: str) -> str:
    names = phones.split()
    last = max(index for index, name in enumerate(names) if name[-1].isdigit())
    names[last] = names[last].removesuffix(_THIRD) + _SECOND
    return " ".join(names)
