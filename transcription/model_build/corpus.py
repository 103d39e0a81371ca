"""Words and sentences the demonstration model knows: the story, templates and word groups.

The data files are plain text in data/: story.txt (one turn a line, words apart, punctuation
kept), templates.txt with slots.txt, and words.txt. Everything is drawn from a seeded generator,
so one seed gives one corpus. Nothing here touches audio.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

Words = tuple[str, ...]

_CHOICE = re.compile(r"\{(\w+)\}")
_PUNCTUATION = frozenset("，。、？！；：")


@dataclass(frozen=True)
class Corpus:
    """All sentences and words; immutable."""

    turns: tuple[Words, ...]  # whole turns of the story, without punctuation
    clauses: tuple[Words, ...]  # the same, cut at every punctuation mark
    templates: tuple[Words, ...]
    slots: dict[str, tuple[Words, ...]]
    extra: Words  # words of the trade that stand in no sentence
    common: Words  # words of everyday speech
    talk: tuple[str, ...]  # everyday sentences as text, with choices in braces
    choices: dict[str, tuple[str, ...]]

    @classmethod
    def load(cls, folder: Path) -> Corpus:
        """Read the data files."""
        turns: list[Words] = []
        clauses: list[Words] = []
        for line in _lines(folder / "story.txt"):
            pieces = _clauses(line.split())
            clauses += pieces
            turns.append(tuple(word for piece in pieces for word in piece))
        slots = {}
        for line in _lines(folder / "slots.txt"):
            name, *fillers = line.split()
            slots[name] = tuple(tuple(filler.split("+")) for filler in fillers)
        templates = tuple(
            tuple(word for word in line.split() if word not in _PUNCTUATION)
            for line in _lines(folder / "templates.txt")
        )
        extra = [
            word for line in _lines(folder / "words.txt") for word in line.partition(":")[2].split()
        ]
        everyday = [
            word
            for line in _lines(folder / "everyday.txt")
            for word in line.partition(":")[2].split()
        ]
        common = [*everyday, *_lines(folder / "common.txt")]
        talk: list[str] = []
        choices: dict[str, tuple[str, ...]] = {}
        for line in _lines(folder / "talk.txt"):
            if line.startswith("="):
                name, _, rest = line[1:].partition(" ")
                choices[name] = tuple(rest.split("|"))
            else:
                talk.append(line)
        return cls(
            turns=tuple(turns),
            clauses=tuple(clauses),
            templates=templates,
            slots=slots,
            extra=tuple(dict.fromkeys(extra)),
            common=tuple(dict.fromkeys(common)),
            talk=tuple(talk),
            choices=choices,
        )

    @property
    def vocabulary(self) -> list[str]:
        """Every word, sorted."""
        return sorted({*self.trade, *self.common})

    @cached_property
    def trade(self) -> list[str]:
        """Every word of the story, the templates and the trade, sorted."""
        words = {word for turn in self.turns for word in turn} | set(self.extra)
        words |= {word for line in self.templates for word in line if not _is_slot(word)}
        words |= {word for fillers in self.slots.values() for words_ in fillers for word in words_}
        return sorted(words)

    def template_sentence(self, random: Random) -> Words:
        """One template with its slots filled."""
        out: list[str] = []
        for word in random.choice(self.templates):
            out += random.choice(self.slots[word[1:-1]]) if _is_slot(word) else (word,)
        return tuple(out)

    def talk_text(self, random: Random) -> str:
        """One everyday sentence as text, which in Chinese has no blanks between words."""
        return _CHOICE.sub(
            lambda found: random.choice(self.choices[found[1]]), random.choice(self.talk)
        )

    def spoken_sentence(self, random: Random) -> Words:
        """One sentence for acoustic training: templates, story clauses and random words."""
        draw = random.random()
        if draw < 0.15:
            return self.template_sentence(random)
        if draw < 0.25 and self.clauses:
            return random.choice(self.clauses)
        if draw < 0.5 and not self.clauses:
            return tuple(self.talk_text(random).split())  # English: words lean on each other
        return tuple(
            random.choice(self.trade if random.random() < 0.2 else self.common)
            for _ in range(random.randint(1, 9))
        )


def is_held_out(words: Words) -> bool:
    """True for the eighth of all sentences (by hash) that neither training nor counts see."""
    return hashlib.sha256(" ".join(words).encode()).digest()[0] % 8 == 0


def _is_slot(word: str) -> bool:
    return word.startswith("{")


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _clauses(words: list[str]) -> list[Words]:
    out: list[Words] = []
    clause: list[str] = []
    for word in [*words, "。"]:
        if word not in _PUNCTUATION:
            clause.append(word)
        elif clause:
            out.append(tuple(clause))
            clause = []
    return out
