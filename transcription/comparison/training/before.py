# mypy: disable-error-code="import-not-found, no-untyped-call, misc, arg-type, no-any-return"
"""What ``training/net.py`` starts from: the network learns to put back hidden characters of talk.

The exchanges are few; which words mean alike, and how a question and its answer hang together, is
learnt before them from public talk that nobody has marked (``model_build/texts.py`` lists it and
writes it: one turn a line, in order). A seventh of the characters of a turn is hidden, or replaced,
or known by its sound alone; the network says which they were, and whether the turn before belongs
to it. No sentence of these texts is in the repository or in the weights' file.

Run: ``python -m transcription.comparison.training.before TEXTS... --state FILE --minutes M``, with
``--language en`` for English, ``--start FILE`` to go on; then ``training/net.py --start FILE`` (or
``net_en.py``). Needs torch.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import rjieba
import torch
from torch import nn

from transcription.comparison.en import net_input as en_input
from transcription.comparison.en.matters import stem
from transcription.comparison.en.net_input import plain
from transcription.comparison.net_shape import ANSWERED, BORDER, FIRST, PEOPLE, UNKNOWN, Mark
from transcription.comparison.training import exchanges_en, net, net_en
from transcription.comparison.training.examples import Example
from transcription.comparison.training.exchanges import FOLDER
from transcription.comparison.training.exchanges_en import FOLDER as FOLDER_EN
from transcription.comparison.training.network import WIDTH, Net, Tongue
from transcription.comparison.zh.net_input import Words, syllable

_TAGS = "abcdefghijklmnopqrstuvwxyz"
_PEOPLE_WORDS = {
    "我": "i", "你": "you", "您": "you", "他": "he", "她": "he", "我们": "we", "咱们": "we",
    "他们": "they", "她们": "they", "谁": "who", "有人": "some", "别人": "some", "大家": "we",
}  # fmt: skip
#: Characters of the turn before and of the turn itself that are read.
BEFORE_MAX, TURN_MAX = 40, 100
_BATCH = 48
#: Words of an English turn that are read.
_WORDS_MAX = 60
_PEOPLE_ENGLISH = {
    **dict.fromkeys(("i", "me", "myself"), "i"),
    **dict.fromkeys(("you", "yourself"), "you"),
    **dict.fromkeys(("he", "him", "she", "her"), "he"),
    **dict.fromkeys(("we", "us"), "we"),
    **dict.fromkeys(("they", "them"), "they"),
    **dict.fromkeys(("somebody", "someone", "everybody", "everyone"), "some"),
}
_PEOPLE_RULE = re.compile(rf"\b(?:{'|'.join(_PEOPLE_ENGLISH)})(?:'(?:d|ve|m|re|ll|s))?\b")
_HIDDEN = 0.15
#: One in so many turns gets a turn before it that is not its own.
_STRANGE = 0.3
#: Characters known: this many times in the texts at least.
_OFTEN = 40
#: A word of the English exchanges counts as so many of the talk.
_EXCHANGES_WEIGH = 40


@dataclass(frozen=True)
class Plain:
    """A language as talk without marks: its turns, their rows, its words."""

    tongue: Tongue
    turns: Callable[[Path], list[str]]
    rows_of: Callable[[str, int, Any], list[list[int]]]
    words: Callable[[Sequence[str]], tuple[list[str], list[str]]]
    own: Callable[
        [Sequence[Example]], list[str]
    ]  # words of the exchanges, beside those of the talk
    folder: Path


def _turns(path: Path) -> list[str]:
    """The lines of a file, without spaces; longer ones cut at the ends of sentences."""
    made: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        rest = re.sub(r"\s+", "", line)
        while len(rest) > TURN_MAX:
            cut = max(rest.rfind(c, 20, TURN_MAX) for c in "。！？，；")
            cut = TURN_MAX if cut < 0 else cut + 1
            made.append(rest[:cut])
            rest = rest[cut:]
        if len(rest) > 1:
            made.append(rest)
    return made


def _rows_of(text: str, part: int, words: Words) -> list[list[int]]:
    """As ``net_input.encode`` makes them, of what can be seen without knowing the matter."""
    made: list[list[int]] = []
    for word, tag in rjieba.tag(text):
        kind = _TAGS.find(tag[:1].lower())
        number = 0 if kind < 0 else 1 + 2 * kind
        person = _PEOPLE_WORDS.get(word) or ("name" if tag == "nr" else None)
        if person is not None:
            made.append([3 + PEOPLE.index(person), 0, number, part, 9, 0, 0, 0, 0])
            continue
        for at, character in enumerate(word):
            made.append(
                [
                    words.characters.get(character, UNKNOWN),
                    words.syllables.get(syllable(character), 1),
                    number + (at > 0 and number > 0),
                    part,
                    *(0, 0, 0, 0, 0),
                ]
            )
    return made + [[BORDER, 0, 0, part, 0, 0, 0, 0, 0]]


def _words(said: Sequence[str]) -> tuple[list[str], list[str]]:
    count = Counter(c for one in said for c in one)
    characters = sorted(c for c, n in count.items() if n >= _OFTEN)
    return characters, sorted({s for c in count if (s := syllable(c))})


def _own(some: Sequence[Example]) -> list[str]:
    met = Counter(c for x in some for t in x.turns for c in t.text)
    return sorted(c for c, n in met.items() if n > 1)


def _turns_english(path: Path) -> list[str]:
    """The lines of a file, longer ones cut at the ends of sentences."""
    made: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        words = plain(" ".join(line.split())).split(" ")
        for at in range(0, len(words), _WORDS_MAX):
            made.append(" ".join(words[at : at + _WORDS_MAX]))
    return [one for one in made if len(one) > 1 and one.isascii()]


def _rows_of_english(text: str, part: int, words: en_input.Words) -> list[list[int]]:
    marks = [
        Mark(m.start(), m.end(), "p", _PEOPLE_ENGLISH[m.group().partition("'")[0]])
        for m in _PEOPLE_RULE.finditer(text)
    ]
    topics, cues = en_input.topics_of(text), en_input.cues_of(text)
    made: list[list[int]] = []
    for word, at, number in en_input.tokens_of(text, marks):
        cue = cues.get(at, 0)
        if number is not None:
            made.append([3 + PEOPLE.index(marks[number].who), 0, 0, part, 9, 0, 0, 0, 0, cue])
            continue
        topic = topics.get(at, "")
        family = 3 if topic == "idle" else 2 if topic else 0
        known, root = words.words.get(word, UNKNOWN), words.stems.get(stem(word), 1)
        made.append([known, root, en_input.ending(word), part, 0, 0, 0, family, 0, cue])
    return made + [[BORDER, 0, 0, part, 0, 0, 0, 0, 0, 0]]


def _words_english(said: Sequence[str]) -> tuple[list[str], list[str]]:
    """Of the talk and, more heavily, of the exchanges."""
    count = Counter(w for one in said for w, _, _ in en_input.tokens_of(one, ()))
    some = [x for file in sorted(FOLDER_EN.glob("*.txt")) for x in exchanges_en.examples(file)]
    for word, times in net_en.count_of(some).items():
        count[word] += _EXCHANGES_WEIGH * times
    return net_en.lists_of(count)


class Both(nn.Module):
    """The network and what it needs only here."""

    def __init__(self, columns: Sequence[str], sizes: Mapping[str, int]) -> None:
        super().__init__()
        self.net = Net(columns, sizes, WIDTH)
        self.back = nn.Linear(WIDTH, WIDTH)
        self.bias = nn.Parameter(torch.zeros(sizes[columns[0]]))
        self.belongs = nn.Linear(WIDTH, 1)

    def loss(
        self,
        rows: numpy.ndarray,
        hidden: numpy.ndarray,
        strange: numpy.ndarray,
        truth: numpy.ndarray,
        here: numpy.ndarray,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Of the hidden characters, and of which turn belongs to which."""
        there = torch.from_numpy(here).float()
        x = self.net.encoded(torch.from_numpy(rows), torch.zeros(len(rows), 8), there)
        at = torch.from_numpy(hidden)
        found = self.back(x[at]) @ self.net.tables[self.net.columns[0]].weight.T / 8 + self.bias
        first = nn.functional.cross_entropy(found, torch.from_numpy(truth)[at])
        answer = torch.from_numpy((rows[:, :, 3] == 4) & (here > 0)).float()
        asked = torch.from_numpy((rows[:, :, 3] == 3) & (here > 0)).float()
        inner = torch.relu(self.net.whole[0](self.net.summary(x, answer, asked)))
        second = nn.functional.binary_cross_entropy_with_logits(
            self.belongs(inner)[:, 0], 1 - torch.from_numpy(strange).float()
        )
        return first, second


def batches(
    some: Sequence[numpy.ndarray], draw: random.Random, characters: int
) -> Iterator[tuple[numpy.ndarray, ...]]:
    """Turn after turn in another order each time; rows, what is hidden, strange, truth, there."""
    order = list(range(1, len(some)))
    draw.shuffle(order)
    state = numpy.random.default_rng(draw.randrange(1 << 30))
    for start in range(0, len(order) - 16 * _BATCH, 16 * _BATCH):
        chunk = sorted(order[start : start + 16 * _BATCH], key=lambda n: len(some[n]))
        for at in range(0, len(chunk), _BATCH):
            yield _batch([*chunk[at : at + _BATCH]], some, state, draw, characters)


def _batch(
    chosen: Sequence[int], some: Sequence[numpy.ndarray], state: numpy.random.Generator,
    draw: random.Random, characters: int,
) -> tuple[numpy.ndarray, ...]:  # fmt: skip
    strange = state.random(len(chosen)) < _STRANGE
    pairs = []
    for n, other in zip(chosen, strange, strict=True):
        before = some[draw.randrange(len(some)) if other else n - 1][-BEFORE_MAX:].copy()
        before[:, 3] = 3
        pairs.append(numpy.concatenate([before, some[n]]))
    length, columns = max(map(len, pairs)), pairs[0].shape[1]
    rows = numpy.zeros((len(pairs), length, columns), numpy.int64)
    here = numpy.zeros((len(pairs), length), numpy.float32)
    for at, one in enumerate(pairs):
        rows[at, : len(one)] = one
        here[at, : len(one)] = 1
    truth = rows[:, :, 0].copy()
    hidden = (state.random(truth.shape) < _HIDDEN) & (truth >= FIRST)
    how = state.random(truth.shape)
    rows[hidden & (how < 0.8), 0] = UNKNOWN
    rows[hidden & (how < 0.6), 1] = 1  # a quarter of the hidden ones are known by their second row
    rows[hidden & (how < 0.6), 2] = 0
    other = hidden & (how > 0.9)
    rows[other, 0] = state.integers(FIRST, characters + FIRST, int(other.sum()))
    return rows, hidden, strange, truth, here


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--language", choices=sorted(LANGUAGES), default="zh")
    parser.add_argument("--start", type=Path, help="a state to go on from")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    draw = random.Random(0)
    plain_one = LANGUAGES[options.language]
    tongue = plain_one.tongue
    said = [one for path in options.texts for one in plain_one.turns(path)]
    found = torch.load(options.start) if options.start else None
    both_lists = plain_one.words(said) if found is None else found["talk"]
    lists = dict(zip(tongue.lists, both_lists, strict=True))
    words = tongue.words_of(*both_lists)
    coded = [
        numpy.array(plain_one.rows_of(one, ANSWERED, words), numpy.int16)[-TURN_MAX - 1 :]
        for one in said
    ]
    print(f"{len(said)} turns, {sum(map(len, coded))} tokens, {[len(x) for x in both_lists]} words")
    sizes = tongue.sizes_of(lists)
    both = Both(tongue.columns, sizes)
    if found is not None:
        both.load_state_dict(found["both"])
    optimiser = torch.optim.AdamW(both.parameters(), lr=2e-3, weight_decay=0.01)
    begun, step, seen = time.monotonic(), 0, 0
    steps = options.epochs * len(coded) // _BATCH
    totals = [0.0, 0.0]
    for _ in range(options.epochs):
        for batch in batches(coded, draw, len(both_lists[0])):
            spent = time.monotonic() - begun
            done = min(1.0, max(step / steps, spent / 60 / options.minutes))
            rate = min(1.0, (step + 1) / 200) * (0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2)
            for group in optimiser.param_groups:
                group["lr"] = 2e-3 * rate
            optimiser.zero_grad()
            first, second = both.loss(*batch)
            (first + 0.5 * second).backward()
            nn.utils.clip_grad_norm_(both.parameters(), 1.0)
            optimiser.step()
            step += 1
            seen += int(batch[4].sum())
            totals[0] += float(first.detach())
            totals[1] += float(second.detach())
            if step % 200 == 0:
                means = [round(t / 200, 3) for t in totals]
                print(
                    f"{step}/{steps} {means} {seen / spent:.0f} tokens/s {spent:.0f}s", flush=True
                )
                totals = [0.0, 0.0]
            if step % 1000 == 0 or done >= 1:
                _keep(options.state, plain_one, both, lists)
            if done >= 1:
                return 0
    _keep(options.state, plain_one, both, lists)
    return 0


def widened(
    net: dict[str, Any], table: str, known: Sequence[str], own: Sequence[str], seeds: int
) -> tuple[list[str], list[dict[str, Any]]]:
    """What ``--start`` goes on from; rows for words that the talk did not have."""
    there = set(known)
    union = [*known, *(word for word in own if word not in there)]
    nets = []
    for seed in range(seeds):
        torch.manual_seed(seed)
        more = 0.3 * torch.randn(len(union) - len(known), WIDTH)
        nets.append(net | {table: torch.cat([net[table], more])})
    return union, nets


def _keep(path: Path, language: Plain, both: Both, lists: Mapping[str, Sequence[str]]) -> None:
    own = [
        x for file in sorted(language.folder.glob("*.txt")) for x in language.tongue.examples(file)
    ]
    first, second = language.tongue.lists
    table = f"tables.{language.tongue.columns[0]}.weight"
    state = both.net.state_dict()
    union, nets = widened(state, table, lists[first], language.own(own), seeds=3)
    talk = tuple(list(some) for some in lists.values())
    found = {first: union, second: talk[1], "nets": nets, "talk": talk, "both": both.state_dict()}
    torch.save(found, path)


LANGUAGES = {
    "zh": Plain(net.CHINESE, _turns, _rows_of, _words, _own, FOLDER),
    "en": Plain(
        net_en.ENGLISH, _turns_english, _rows_of_english, _words_english, lambda _: [],
        FOLDER_EN,
    ),
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
