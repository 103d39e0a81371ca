"""Who had it done and who did it: the part each person plays in an answer.

Two linear classifiers each, trained on answers written for the purpose (``training/people.py``):
one looks at the answer with all people masked (somebody, nobody, does not know, something else),
one at one person at a time (the one who, the one told or there with it, the one who is said not
to have).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from transcription.comparison.model import TURN_CHARACTERS_MAX, Certainty, Point, Slot
from transcription.comparison.shapes import Probabilities, around, runs, stored
from transcription.comparison.zh.polarity import PERSON, mask, pieces_of, plain
from transcription.comparison.zh.topics import matter_of

#: Classes of the whole answer and of one person in it, in the order of their columns.
WHOLE = "snSNuo"
PARTS = "ABCD"
TARGET, SELF = "\ue004", "\ue005"
WEIGHTS = Path(__file__).parent
#: Below this probability an answer counts as hedged: it may be shown, it never makes a red.
_SURE = 0.7
_REACH = 30
#: Mentions looked at; a monologue of 400 characters can have forty, at half a millisecond each.
PEOPLE_MAX = 20
_SELF = frozenset({"我", "俺", "咱", "本人", "我们", "咱们"})


@dataclass(frozen=True)
class Named:
    """A person named in an answer: ``id`` and where, in characters of the answer."""

    id: str
    span: tuple[int, int]


@dataclass(frozen=True)
class Part:
    """What one person is said to be.

    ``A`` the one who did it or had it done; ``B`` told to, or there with it; ``C`` not the one;
    ``D`` nothing of these.
    """

    person: Named
    part: str
    score: float


@dataclass(frozen=True)
class Parts:
    """``nobody`` is True when it is said that nobody did; None when nothing is said or known."""

    said: bool
    nobody: bool | None
    certainty: Certainty
    parts: tuple[Part, ...]
    span: tuple[int, int]
    score: float


def parts(
    slot: Slot,
    question: str,
    answer: str,
    point: Point,
    people: Sequence[Named],
    least: float = 0.0,
) -> Parts:
    """Read one answer for ``who_ordered`` or ``who_did``. Never raises, whatever the text.

    ``people`` are all mentions in the answer, in order and apart; 我 and other pronouns that were
    understood among them. An answer read with less than ``least`` is as one that says nothing.
    """
    name = "ordered" if slot is Slot.WHO_ORDERED else "did"
    answer = answer[:TURN_CHARACTERS_MAX]
    matter = matter_of(point, question[-TURN_CHARACTERS_MAX:])
    clauses = list(pieces_of(answer))
    if not clauses:
        return Parts(False, None, Certainty.UNKNOWN, (), (0, 0), 1.0)
    masked = [mask(_signed(answer, clause, people, None), matter) for clause in clauses]
    whole = _whole(name, tuple(masked))
    kind = WHOLE[int(whole.argmax())]
    score = float(whole.max())
    if score < least:
        return Parts(False, None, Certainty.UNKNOWN, (), (0, 0), score)
    each = [_whole(name, (one,))[int(whole.argmax())] for one in masked]
    start, text = clauses[each.index(max(each))]
    span = (start, start + len(text))
    if kind == "o":
        return Parts(False, None, Certainty.UNKNOWN, (), span, score)
    if kind == "u":
        return Parts(True, None, Certainty.UNKNOWN, (), span, score)
    found = []
    for target in people[:PEOPLE_MAX]:
        line = "，".join(
            mask(_signed(answer, clause, people, target), matter)
            if clause[0] <= target.span[0] < clause[0] + len(clause[1])
            else done
            for clause, done in zip(clauses, masked, strict=True)
        )
        found.append(_part(name, line, target))
    flat = kind.islower() and score >= _SURE
    certainty = Certainty.FLAT if flat else Certainty.HEDGED
    return Parts(True, kind in "nN", certainty, tuple(found), span, score)


def part_features(line: str) -> set[str]:
    """What a line says of the person at ``TARGET``, 30 characters to either side."""
    near = _near(line)
    return runs([near]) | around(near, TARGET)


def _near(line: str) -> str:
    line = line.replace(" ", "")
    at = max(line.find(TARGET), 0)
    return line[max(at - _REACH, 0) : at + _REACH]


def _part(name: str, line: str, target: Named) -> Part:
    return Part(target, *_best(name, _near(line)))


def load() -> None:
    """The classifiers, before the first answer that needs one: reading a file takes 50 ms."""
    for path in sorted(WEIGHTS.glob("*-part.npz")) + sorted(WEIGHTS.glob("*-whole.npz")):
        stored(path)


# Kept, both: an answer is read for several points, and again as what leads up to the next one.
@lru_cache(maxsize=1024)
def _best(name: str, near: str) -> tuple[str, float]:
    scores = stored(WEIGHTS / f"{name}-part.npz").probabilities(part_features(near))
    best = int(scores.argmax())
    return PARTS[best], float(scores[best])


@lru_cache(maxsize=512)
def _whole(name: str, masked: tuple[str, ...]) -> Probabilities:
    return stored(WEIGHTS / f"{name}-whole.npz").probabilities(runs(plain(masked)))


def _signed(
    answer: str, clause: tuple[int, str], people: Sequence[Named], target: Named | None
) -> str:
    """A clause with its people as signs: the target, the speaker, anybody else."""
    start, text = clause
    end = start + len(text)
    made, last = "", start
    for one in people:
        if one.span[0] < last or one.span[1] > end:
            continue
        said = answer[slice(*one.span)]
        sign = TARGET if one is target else SELF if said in _SELF else PERSON
        # We are more than one: the plural stays, it matters (我们几个自己商量的).
        made += answer[last : one.span[0]] + sign + ("们" if said.endswith("们") else "")
        last = one.span[1]
    return made + answer[last:end]
