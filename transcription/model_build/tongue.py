"""The languages a model is built for: where their words lie and which voices speak them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from transcription.model_build.corpus import Corpus
from transcription.model_build.pinyin import DATA, lexicon
from transcription.model_build.synthesis import MANDARIN


@dataclass(frozen=True)
class Tongue:
    """One language. What espeak-ng is given for a word are its ways to be read, likeliest first."""

    code: str
    folder: Path
    voices: tuple[str, ...]  # of espeak-ng; one listed twice speaks twice as often

    @cached_property
    def corpus(self) -> Corpus:
        """All words and sentences."""
        return Corpus.load(self.folder)

    @property
    def readings(self) -> dict[str, str]:
        """What espeak-ng is given for each word."""
        if self.code == "zh":
            return lexicon()
        return {word: word for word in self.corpus.vocabulary}

    @property
    def ways(self) -> dict[str, list[str]]:
        """The same with other readings that speakers use."""
        others: dict[str, str] = {}
        file = self.folder / "readings.tsv"
        if file.is_file():
            others = dict(line.split("\t") for line in file.read_text("utf-8").splitlines())
        return {
            word: list(dict.fromkeys([reading, *others.get(word, "").split()]))
            for word, reading in self.readings.items()
        }


TONGUES = {
    "zh": Tongue("zh", DATA, (MANDARIN,)),
    "en": Tongue("en", DATA / "en", ("en-us", "en-us", "en", "en-gb-x-rp")),
}
