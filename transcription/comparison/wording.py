"""The same words from two people (同样措辞): shown as that, and as nothing more.

Sentences of answers are indexed by their 4-grams (words in English); a new one is laid beside the
few that share most with it, and rapidfuzz's ratio decides. What the question said is taken out
first: who repeats the question says nothing of his own. What more than three people say, the
formulas of an interview, and what is short never counts. Bounded: the oldest sentences go.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from transcription.comparison.compare import difference_id
from transcription.comparison.model import Difference, Kind, Side, Tier, Turn
from transcription.comparison.threads import Heard

#: Ratio of rapidfuzz from which two sentences are the same wording.
RATIO_MIN = 82.0
#: Characters of a sentence's own (English: four times as many letters) below which it is ignored.
OWN_MIN = 10
#: Sentences kept; three hours of sixteen rooms have some 16,000 long enough.
SENTENCES_MAX = 16_384
#: Sentences under one gram; a gram in more is a stock phrase and finds nothing.
UNDER_GRAM_MAX = 24
#: Candidates laid beside a new sentence.
CANDIDATES_MAX = 6
#: People who say it so: more of them and it is what everybody says.
PEOPLE_MAX = 3

_GRAM = 4
_SENTENCE = re.compile(r"[^。！？!?;；\n]+")
_NOISE = re.compile(r"[\s，,、。.：:“”\"'‘’()（）—…~-]+")
_CJK = re.compile(r"[㐀-鿿]")
#: Formulas of interviews: they are said by all and mean nothing here.
_FORMULA = re.compile(
    r"说的(?:都|全)?是(?:实话|真话|真的|事实)|(?:没有|没)(?:什么|啥)?(?:别的)?(?:要)?补充|听清楚|听明白|"
    r"看清楚|不(?:申请|需要|要求|用)回避|以上(?:笔录|记录)|我(?:已)?看过|和我说的(?:一样|相符)|"
    r"如实(?:回答|陈述)|配合(?:你们|调查)|愿意(?:承担|接受)|知道的(?:都|就)(?:这些|说了)|"
    r"nothing (?:else )?to add|the whole truth|told you everything|all i (?:know|remember)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Sentence:
    own: str
    heard: Heard
    span: tuple[int, int]


@dataclass
class Wording:
    """The sentences heard so far in a case. Owned by the engine."""

    _sentences: OrderedDict[int, _Sentence] = field(default_factory=OrderedDict)
    _under: dict[str, list[int]] = field(default_factory=dict)
    _of_turn: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _next: int = 0

    def hear(self, heard: Heard, question: Turn | None) -> list[Difference]:
        """Take an answer in; returns where somebody else said the same."""
        self.forget(heard)
        asked = _plain(question.text) if question else ""
        found: dict[str, Difference] = {}
        for match in _SENTENCE.finditer(heard.turn.text):
            if _FORMULA.search(match.group()):
                continue
            own = _without(_plain(match.group()), asked)
            if _size(own) < OWN_MIN:
                continue
            sentence = _Sentence(own, heard, _trimmed(heard.turn.text, match.span()))
            for difference in self._same(sentence):
                found.setdefault(difference.id, difference)
            self._add(sentence)
        return list(found.values())

    def forget(self, heard: Heard) -> None:
        """Take the sentences of a turn out (its words were corrected)."""
        for number in self._of_turn.pop(_key(heard), ()):
            self._drop(number)

    def _same(self, sentence: _Sentence) -> list[Difference]:
        shared: Counter[int] = Counter()
        grams = _grams(sentence.own)
        for gram in grams:
            under = self._under.get(gram, ())
            if len(under) < UNDER_GRAM_MAX:
                shared.update(under)
        alike = [
            other
            for number, count in sorted(shared.items(), key=lambda s: (-s[1], s[0]))[
                : 4 * CANDIDATES_MAX
            ]
            if count * 4 >= len(grams)
            and (other := self._sentences[number]).heard.person != sentence.heard.person
            and _alike(sentence.own, other.own)
        ]
        people = {other.heard.person for other in alike}
        if len(people) + 1 > PEOPLE_MAX:
            return []
        return [_difference(other, sentence) for other in alike[:CANDIDATES_MAX]]

    def _add(self, sentence: _Sentence) -> None:
        number = self._next
        self._next += 1
        self._sentences[number] = sentence
        self._of_turn.setdefault(_key(sentence.heard), []).append(number)
        for gram in dict.fromkeys(_grams(sentence.own)):
            under = self._under.setdefault(gram, [])  # a deque takes ten times the memory
            under.append(number)
            del under[:-UNDER_GRAM_MAX]
        if len(self._sentences) > SENTENCES_MAX:
            oldest = next(iter(self._sentences))
            numbers = self._of_turn.get(_key(self._sentences[oldest].heard), [])
            if oldest in numbers:
                numbers.remove(oldest)
            if not numbers:
                self._of_turn.pop(_key(self._sentences[oldest].heard), None)
            self._drop(oldest)

    def _drop(self, number: int) -> None:
        sentence = self._sentences.pop(number, None)
        if sentence is None:
            return
        for gram in _grams(sentence.own):
            under = self._under.get(gram)
            if under is not None and number in under:
                under.remove(number)
                if not under:
                    del self._under[gram]


def _key(heard: Heard) -> tuple[str, str]:
    return (heard.session or heard.room, heard.turn.id)


def _plain(text: str) -> str:
    joint = "" if _CJK.search(text) else " "
    return _NOISE.sub(joint, text.casefold()).strip()


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    piece = text[span[0] : span[1]]
    return span[0] + len(piece) - len(piece.lstrip()), span[1] - len(piece) + len(piece.rstrip())


def _size(own: str) -> int:
    return len(own) if _CJK.search(own) else len(own) // 4


def _grams(own: str) -> list[str]:
    return [own[at : at + _GRAM] for at in range(max(0, len(own) - _GRAM + 1))]


def _without(own: str, asked: str) -> str:
    """``own`` without what it takes over from the question, in runs of a gram or more."""
    if not asked:
        return own
    theirs = set(_grams(asked))
    taken = [False] * len(own)
    for at, gram in enumerate(_grams(own)):
        if gram in theirs:
            taken[at : at + _GRAM] = [True] * _GRAM
    return "".join(c for c, gone in zip(own, taken, strict=True) if not gone)


def _alike(a: str, b: str) -> bool:
    # with the bound known the library stops early: a monologue costs a tenth
    if fuzz.ratio(a, b, score_cutoff=RATIO_MIN) >= RATIO_MIN:
        return True
    short, long = sorted((a, b), key=len)
    if _size(short) < OWN_MIN + 4:
        return False
    least = RATIO_MIN + 8
    return fuzz.partial_ratio(short, long, score_cutoff=least) >= least


def _difference(early: _Sentence, late: _Sentence) -> Difference:
    people = (early.heard.person, late.heard.person)
    words = min(early.own, late.own)[:12]
    return Difference(
        id=difference_id(Kind.WORDING, "", None, words, people),
        kind=Kind.WORDING,
        tier=Tier.AMBER,
        point="",
        slot=None,
        rule="wording.same",
        a=_side(early),
        b=_side(late),
    )


def _side(sentence: _Sentence) -> Side:
    turn, (start, end) = sentence.heard.turn, sentence.span
    return Side(
        person=sentence.heard.person,
        room=sentence.heard.room,
        turn=turn.id,
        span=sentence.span,
        text=turn.text[start:end],
        start_us=turn.start_us,
        end_us=turn.end_us,
        value="",
    )
