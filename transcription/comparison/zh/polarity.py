"""Was it so or was it not: what an answer says to a question of whether.

A linear classifier over characters, trained on answers written for the purpose
(``transcription/comparison/training``). Before it looks, the words of the matter that is asked
are masked, so that it knows 没 V 就干了 and not one industry's verbs. Rules around it read what
depends on the question: 对 to 没办票吧 is a no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy

from transcription.comparison.model import TURN_CHARACTERS_MAX, Certainty, Point
from transcription.comparison.shapes import Probabilities, runs, stored
from transcription.comparison.zh.topics import Matter, matter_of

#: Classes of the classifier, in the order of its columns.
CLASSES = "ynYNuo"
#: What stands for the verb, the item, another item of its kind and a person in a masked text.
VERB, ITEM, OTHER, PERSON = "\ue000", "\ue001", "\ue002", "\ue003"
WEIGHTS = Path(__file__).with_name("whether.npz")

_MARKS = re.compile(r"[,.;:!?，。；：！？、…\s]+")
_FILLERS = re.compile(r"^(?:嗯+|呃+|啊|哦|唉|哎|这个|那个|就是说|反正|怎么说呢|然后)+(?=.)")
_ASSENT = re.compile(
    r"^(?:嗯|对|是|是的|对的|没错|不错|是啊|对啊|嗯嗯|对对|可不|就是|嗯对)+[啊呀呢的嘛]*$"
)
_DENIAL = re.compile(r"^(?:不是|不对|没有|哪有|不)+[啊呀呢的吧嘛]*$")
_NEGATIVE_QUESTION = re.compile(
    r"(?:没有?|未|不)[^，。？?有没]{1,8}(?:吧|对吧|是吧|是不是|吗|对不对)[？?]?$"
    r"|是不是(?:就|都|也)?没|难道没"
)
_CLAUSE_CHARACTERS = 40
#: Below this probability an answer counts as hedged: it may be shown, it never makes a red.
_SURE = 0.75


@dataclass(frozen=True)
class Polarity:
    """``yes`` is None when the answer does not say; not ``said``: it is about something else.

    ``span`` is where it is said, in characters of the answer. ``score`` is the classifier's
    probability of its class.
    """

    said: bool
    yes: bool | None
    certainty: Certainty
    span: tuple[int, int]
    score: float


def polarity(question: str, answer: str, point: Point, people: Sequence[str] = ()) -> Polarity:
    """What ``answer`` says about whether it was so. Never raises, whatever the text.

    ``people`` are the names and by-names of the case. An answer that names nothing of the matter,
    to a question that does not either, says nothing.
    """
    answer = answer[:TURN_CHARACTERS_MAX]
    pieces = list(pieces_of(answer))
    if not pieces:
        return Polarity(False, None, Certainty.UNKNOWN, (0, 0), 1.0)
    matter = matter_of(point, question[-TURN_CHARACTERS_MAX:])
    masked = [mask(text, matter, people) for _, text in pieces]
    if not any(sign in text for text in (mask(question, matter), *masked) for sign in (VERB, ITEM)):
        return Polarity(False, None, Certainty.UNKNOWN, (0, 0), 1.0)
    scores = _probabilities(masked)
    label = int(scores.argmax())
    # The clause that says it best; one that names the matter before one that only fits the tone.
    each = [_probabilities([one])[label] + (VERB in one or ITEM in one) for one in masked]
    start, text = pieces[int(numpy.argmax(each))]
    span = (start, start + len(text))
    kind = _against_question(CLASSES[label], question, masked)
    score = float(scores[label])
    match kind:
        case "o":
            return Polarity(False, None, Certainty.UNKNOWN, span, score)
        case "u":
            return Polarity(True, None, Certainty.UNKNOWN, span, score)
        case _:
            side = CLASSES.index("y"), CLASSES.index("Y")
            if kind in "nN":
                side = CLASSES.index("n"), CLASSES.index("N")
            turned = kind != CLASSES[label]
            sure = turned or (kind.islower() and scores[list(side)].sum() >= _SURE)
            certainty = Certainty.FLAT if sure else Certainty.HEDGED
            return Polarity(True, kind in "yY", certainty, span, score)


def _against_question(kind: str, question: str, masked: list[str]) -> str:
    """A bare yes or no takes its content from the question."""
    if not _NEGATIVE_QUESTION.search(question.strip().replace(" ", "")):
        return kind
    first = masked[0]
    if _ASSENT.match(first) and len(masked) == 1:
        return "n"
    if _DENIAL.match(first) and len(masked) == 1 and first.startswith("不"):
        return "y"
    return kind


def mask(text: str, matter: Matter, people: Sequence[str] = ()) -> str:
    """The text with people and the words of the matter replaced by signs."""
    for word in sorted(people, key=len, reverse=True):
        if len(word) > 1:
            text = text.replace(word, PERSON)
    for word in matter.others:
        if len(word) > 1:
            text = text.replace(word, OTHER)
    for word in matter.items:
        if len(word) > 1:
            text = text.replace(word, ITEM)
    for word in matter.verbs:
        text = text.replace(word, VERB)
    for word in matter.items:
        if len(word) == 1:
            text = text.replace(word, ITEM)
    return text


def pieces_of(answer: str) -> Iterator[tuple[int, str]]:
    """Clauses of an answer with where they begin; a recogniser's spaces between words are none."""
    spaced = answer.count(" ") * 3 > len(answer) - answer.count(" ")
    last = 0
    for found in [*_MARKS.finditer(answer), None]:
        if found and spaced and not found.group().strip():
            continue
        end = found.start() if found else len(answer)
        piece = answer[last:end]
        while piece.strip():
            head = piece[:_CLAUSE_CHARACTERS]
            yield last, head
            last += len(head)
            piece = piece[_CLAUSE_CHARACTERS:]
        if found:
            last = found.end()


def plain(masked: Sequence[str]) -> list[str]:
    """Clauses without spaces and without the words one begins with."""
    return [_FILLERS.sub("", text.replace(" ", "")) for text in masked]


def _probabilities(masked: Sequence[str]) -> Probabilities:
    return _read(tuple(masked))


@lru_cache(maxsize=512)
def _read(masked: tuple[str, ...]) -> Probabilities:
    """Kept: an answer is read again as what leads up to the next one."""
    return stored(WEIGHTS).probabilities(runs(plain(masked)))
