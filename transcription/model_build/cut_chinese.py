# mypy: disable-error-code="import-not-found, no-untyped-call"
"""Cuts Chinese text into words of the model's vocabulary, and chooses its common words.

Reads what texts.py wrote (TEXTS/zh-SOURCE.txt) and writes TEXTS/seg-SOURCE.txt: one clause a line,
words parted by blanks, numbers as they are spoken. ``--choose`` first writes data/common.txt anew,
after which data/lexicon.tsv must be written anew too (pinyin.py). Needs ``wordfreq``, ``jieba``,
``opencc-python-reimplemented``. ``python -m transcription.model_build.cut_chinese --help``
"""

from __future__ import annotations

import argparse
import math
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

from transcription.model_build.corpus import Corpus
from transcription.model_build.pinyin import DATA

#: Sources, and how much one of their sentences counts when words are chosen (and in the build).
WEIGHTS = {"archive": 1, "tatoeba": 6, "kdconv": 1, "crosswoz": 1}
#: Names that stand in these texts far more often than in speech.
LEFT_OUT = frozenset({"唐凤"})
CHARACTERS, CANDIDATES, CHOSEN = 3300, 20_000, 7200
TALK_SENTENCES, _TALK_SEED = 150_000, 7

_HAN = re.compile("[一-鿿]+")
_MARKS = re.compile(r"[，。！？；：、…,.!?;:\s「」“”\"《》—\-~]+")
_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_UNITS = ("", "十", "百", "千")
#: Share of a character's occurrences that are a word by itself, where wordfreq does not list it.
_ALONE = 0.15
_RARE = 2e-6  # frequency of a word of the trade that wordfreq does not list

Frequencies = Mapping[str, float]
Cutter = Callable[[str], list[str]]


def spoken_number(digits: str) -> str:
    """A whole number as it is read: years and long numbers digit by digit, others with units."""
    plain = "".join(_DIGITS[digit] for digit in digits)
    if len(digits) > 4 or digits[0] == "0" or (len(digits) == 4 and 1900 <= int(digits) < 2100):
        return plain
    out, zero = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            zero = True
            continue
        if zero and out:
            out += "零"
        zero = False
        out += ("" if digit == "1" and place == 1 and not out else _DIGITS[digit]) + _UNITS[place]
    return out or "零"


def clauses(text: str) -> Iterator[str]:
    """Pieces between punctuation that are Chinese characters only."""
    text = re.sub(r"[（(][^）)]*[）)]", "", text)
    text = re.sub(r"([0-9]+(?:\.\d+)?)%", r"百分之\1", text)
    text = re.sub(r"(?<=[0-9])\.(?=[0-9])", "点", text)
    text = re.sub(r"[0-9]+", lambda found: spoken_number(found[0]), text)
    for part in _MARKS.split(text):
        if _HAN.fullmatch(part):
            yield part


class Words:
    """How frequent words and characters are, by wordfreq's list and by the corpus of data/."""

    def __init__(self, corpus: Corpus, listed: Frequencies) -> None:
        self._corpus = corpus
        self.listed = {word: share for word, share in listed.items() if _HAN.fullmatch(word)}
        self.characters: Counter[str] = Counter()
        for word, share in self.listed.items():
            for character in word:
                self.characters[character] += share  # type: ignore[assignment]
        self.common_characters = [one for one, _ in self.characters.most_common(CHARACTERS)]

    def candidates(self) -> dict[str, float]:
        """The most frequent words of two to four common characters."""
        known = set(self.common_characters)
        by_frequency = sorted(self.listed.items(), key=lambda item: -item[1])
        fitting = [item for item in by_frequency if 2 <= len(item[0]) <= 4 and known >= {*item[0]}]
        return dict(fitting[:CANDIDATES])

    def for_choosing(self) -> dict[str, float]:
        """Frequencies of all that may be chosen, for cutting."""
        out = self.candidates()
        for one in self.common_characters:
            out[one] = self.listed.get(one) or self.characters[one] * _ALONE
        for word in [*self._corpus.trade, *self._corpus.common]:
            out[word] = max(out.get(word, 0.0), self.listed.get(word, 0.0), _RARE)
        return out

    def of_vocabulary(self) -> dict[str, float]:
        """Frequencies of the model's words, for cutting."""
        offered = self.for_choosing()
        out = {}
        for word in self._corpus.vocabulary:
            share = self.listed.get(word, 0.0)
            if len(word) > 1:
                share = max(share, offered.get(word, 0.0), _RARE)
            elif word not in self.listed:
                share = self.characters[word] * _ALONE
            out[word] = max(share, 1e-8)
        return out


def cutter(frequencies: Frequencies) -> Cutter:
    """jieba with just these words, without guessing new ones."""
    import jieba

    jieba.setLogLevel(60)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "words.txt"
        lines = (f"{word} {max(1, int(share * 1e8))}\n" for word, share in frequencies.items())
        table.write_text("".join(lines), encoding="utf-8")
        tokenizer = jieba.Tokenizer(str(table))
        tokenizer.tmp_dir = folder
        tokenizer.initialize()
    return lambda text: list(tokenizer.cut(text, HMM=False))


def choose(words: Words, everyday: set[str], counted: Mapping[str, float]) -> list[str]:
    """The common words: frequent both in wordfreq's list and in the texts, then characters."""
    total = sum(counted.values())
    score = {
        word: math.sqrt(max(share, 1e-9) * max(counted.get(word, 0.0) / total, 3e-7))
        for word, share in words.candidates().items()
    }
    best = sorted(score, key=lambda one: -score[one])[:CHOSEN]
    chosen = dict.fromkeys([*best, *words.common_characters])
    return [word for word in chosen if word not in everyday and word not in LEFT_OUT]


def _everyday() -> set[str]:
    lines = (DATA / "everyday.txt").read_text(encoding="utf-8").splitlines()
    return {word for line in lines if line[:1] != "#" for word in line.partition(":")[2].split()}


def read_clauses(texts: Path) -> dict[str, list[str]]:
    """Clauses of each source found in the folder."""
    from opencc import OpenCC

    simplified = OpenCC("t2s").convert  # Tatoeba's sentences are in either script
    out: dict[str, list[str]] = {}
    for source in WEIGHTS:
        path = texts / f"zh-{source}.txt"
        if path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            if source == "tatoeba":
                lines = [simplified(line) for line in lines]
            out[source] = [clause for line in lines for clause in clauses(line)]
    return out


def talk_clauses(corpus: Corpus) -> Iterator[str]:
    """Sentences written for this model, with their choices drawn."""
    random = Random(_TALK_SEED)
    for _ in range(TALK_SENTENCES):
        yield from corpus.talk_text(random).split("，")


def main() -> None:
    """Choose words if asked, then cut everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True, help="texts.py's folder")
    parser.add_argument("--choose", action="store_true", help="write data/common.txt anew first")
    options = parser.parse_args()
    import wordfreq

    listed = wordfreq.get_frequency_dict("zh", wordlist="large")
    words = Words(Corpus.load(DATA), listed)
    parts = read_clauses(options.texts)
    if options.choose:
        cut = cutter(words.for_choosing())
        counted: Counter[str] = Counter()
        for source, own in parts.items():
            for clause in own:
                for word in cut(clause):
                    counted[word] += WEIGHTS[source]
        chosen = choose(words, _everyday(), counted)
        head = "# Common words and characters, the most frequent first.\n"
        (DATA / "common.txt").write_text(head + "\n".join(chosen) + "\n", encoding="utf-8")
        words = Words(Corpus.load(DATA), listed)
    cut = cutter(words.of_vocabulary())
    for source, clauses_ in {**parts, "talk": talk_clauses(Corpus.load(DATA))}.items():
        with (options.texts / f"seg-{source}.txt").open("w", encoding="utf-8") as out:
            out.writelines(" ".join(cut(clause)) + "\n" for clause in clauses_)


if __name__ == "__main__":
    main()
