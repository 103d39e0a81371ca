"""Recognition errors put into labelled pairs, so that figures can be had for text heard badly.

Per hundred Chinese characters about ``100 * rate`` errors, of the kinds a recogniser makes:

    same     another common character of the same syllable, tone aside                 45 of 100
    near     one of a syllable often confused with it (n/l, zh/z, hu/f, an/ang)        15
    word     a whole word of two characters for another word that sounds the same      20
    drop     a character of grammar is lost (的 了 就 是), or a filler                     10
    insert   such a character is heard where none was said                             10

Numbers, negations, names and terms of the case are hit like everything else. Only Chinese turns
change, the judgements of the annotator never do. The same pairs, rate and seed give the same text,
whatever the order of the pairs. Pure.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product

import rjieba

from transcription.comparison.model import Exchange, Turn
from transcription.comparison.pairs import LabelledPair
from transcription.errors import PairError
from transcription.sounds import fold, tokens

RATE_MAX = 0.5
_SMALL = "的了就是在啊呢吧嘛那这个我他也都还说着过得"
_KINDS = ("same", "near", "word", "drop", "insert")
_WEIGHTS = (45, 15, 20, 10, 10)
#: Common characters: level 1 of GB 2312, rows 16 to 55 (3,755 characters).
_ROWS = range(0xB0, 0xD8)
#: Readings tried for a word.
_TRIED = 400


def noisy(pairs: Sequence[LabelledPair], rate: float, seed: int = 1) -> list[LabelledPair]:
    """``pairs`` with ``rate`` errors a Chinese character (0 to ``RATE_MAX``) in every turn.

    Raises:
        PairError: the rate is out of range.
    """
    if not 0 <= rate <= RATE_MAX:
        raise PairError(f"noise must be 0 to {RATE_MAX}, is {rate}")
    return [
        replace(
            pair,
            a=_exchange(pair.a, rate, f"{seed} {pair.id} a"),
            b=_exchange(pair.b, rate, f"{seed} {pair.id} b"),
        )
        for pair in pairs
    ]


def _exchange(exchange: Exchange, rate: float, seed: str) -> Exchange:
    if exchange.language != "zh" or not rate:
        return exchange
    turns = tuple(_turn(turn, rate, random.Random(f"{seed} {turn.id}")) for turn in exchange.turns)
    return replace(exchange, turns=turns)


def _turn(turn: Turn, rate: float, draw: random.Random) -> Turn:
    text = misheard(turn.text, rate, draw)
    return replace(turn, text=text, words=()) if text != turn.text else turn


def misheard(text: str, rate: float, draw: random.Random) -> str:
    """``text`` with errors drawn from ``draw``; other than Chinese characters stay."""
    heard = [*text]  # a place may become empty or hold two characters
    places = [at for at, character in enumerate(text) if _is_chinese(character)]
    wanted = sum(draw.random() < rate for _ in places)
    free = set(places)
    for _ in range(8 * wanted):
        if wanted <= 0 or not free:
            break
        at = draw.choice(sorted(free))
        spent = _MADE[draw.choices(_KINDS, _WEIGHTS)[0]](text, heard, at, free, draw)
        wanted -= spent
    return "".join(heard)


# --- the kinds of errors; each gives how many characters it cost ---------------------------------


def _same(text: str, heard: list[str], at: int, free: set[int], draw: random.Random) -> int:
    return _other(heard, at, free, _alike(_sound(text, at), text[at]), draw)


def _near(text: str, heard: list[str], at: int, free: set[int], draw: random.Random) -> int:
    return _other(heard, at, free, _close(_sound(text, at), text[at]), draw)


def _other(
    heard: list[str], at: int, free: set[int], choices: Sequence[str], draw: random.Random
) -> int:
    if not choices:
        return 0
    heard[at] = draw.choice(choices)
    free.discard(at)
    return 1


def _word(text: str, heard: list[str], at: int, free: set[int], draw: random.Random) -> int:
    start = 0
    for word in rjieba.cut(text, False):
        if start <= at < start + len(word):
            break
        start += len(word)
    choices = _homophones(word) if len(word) == 2 and {start, start + 1} <= free else ()
    if not choices:
        return 0
    other = draw.choice(choices)
    heard[start : start + 2] = [*other]
    free -= {start, start + 1}
    return sum(a != b for a, b in zip(word, other, strict=True))


def _drop(text: str, heard: list[str], at: int, free: set[int], draw: random.Random) -> int:
    small = [n for n in sorted(free) if text[n] in _SMALL]
    if not small:
        return 0
    gone = draw.choice(small)
    heard[gone] = ""
    free.discard(gone)
    return 1


def _insert(text: str, heard: list[str], at: int, free: set[int], draw: random.Random) -> int:
    heard[at] += draw.choice(_SMALL)
    free.discard(at)
    return 1


_MADE: dict[str, Callable[[str, list[str], int, set[int], random.Random], int]] = {
    "same": _same, "near": _near, "word": _word, "drop": _drop, "insert": _insert,
}  # fmt: skip


# --- sounds --------------------------------------------------------------------------------------


def _is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _sound(text: str, at: int) -> str:
    """The syllable at ``at``, in the reading of its word."""
    return next((t.sound for t in tokens(text) if t.start == at), "")


@lru_cache(maxsize=1)
def _by_sound() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Common characters by syllable, and syllables by what they are confused with."""
    characters: dict[str, list[str]] = defaultdict(list)
    syllables: dict[str, list[str]] = defaultdict(list)
    for row, cell in product(_ROWS, range(0xA1, 0xFF)):
        character = bytes((row, cell)).decode("gb2312", errors="ignore")
        if character:
            characters[tokens(character)[0].sound].append(character)
    for sound in characters:
        syllables[fold(sound)].append(sound)
    return dict(characters), dict(syllables)


def _alike(sound: str, said: str) -> list[str]:
    return [c for c in _by_sound()[0].get(sound, ()) if c != said]


def _close(sound: str, said: str) -> list[str]:
    characters, syllables = _by_sound()
    others = [s for s in syllables.get(fold(sound), ()) if s != sound]
    return [c for s in others for c in characters[s] if c != said]


@lru_cache(maxsize=4096)
def _homophones(word: str) -> tuple[str, ...]:
    """Other words of the language that sound as ``word`` does."""
    sounds = [t.sound for t in tokens(word)]
    if len(sounds) != 2:
        return ()
    characters = _by_sound()[0]
    tried = product(*(characters.get(sound, ()) for sound in sounds))
    made = ("".join(two) for _, two in zip(range(_TRIED), tried, strict=False))
    return tuple(w for w in made if w != word and len(rjieba.cut(w, False)) == 1)
