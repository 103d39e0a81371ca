"""How an answer to a yes-or-no question begins, and what that says."""

from __future__ import annotations

import re

from transcription.comparison.en import marks
from transcription.comparison.en.answer import Answer
from transcription.comparison.en.matters import Question

#: I'm the only one who's allowed to, so yes.
_AT_LAST = re.compile(r"^(?:so |then )(?:yes|yeah|no|nope)\b")


def front(
    question: Question, topic: str, label: str, answer: Answer, share: dict[str, float]
) -> str:
    """A yes or no at the front decides; to a negative question an assent is a no.

    ``label`` is what the classifier found: y, n, u (not known) or o (nothing about it).
    """
    first, said = opening(answer), answer.lower
    short = len(first.split()) <= 4
    if marks.WITHOUT.match(question.text) and (short or marks.DENIED_FLATLY.match(first)):
        if marks.YES.match(first):
            return "n"
        if marks.DENIED_FLATLY.match(first):
            return "y"
        return "o" if marks.NO.match(first) else label
    if question.negative and marks.YES.match(first) and short:
        return "y" if marks.SAID_BACK.match(first) else "n"
    if marks.SCORN.match(first):
        return "n"
    if topic == "power_off" and not marks.UNKNOWN.search(said):
        if marks.STILL_ON.search(first):
            return "n"
        if marks.FUSES.match(first):
            return "y"
    if topic == "ppe" and marks.UNWORN.match(first):
        return "n"
    if marks.UNKNOWN.search(first):
        return "u" if share["u"] > 0.2 else label
    if marks.NO.match(first) and (label != "u" or not marks.UNKNOWN.search(said)):
        return "n"
    if marks.NONE.match(first):
        return "n"
    if marks.YES.match(first) and label != "u":
        return "y"
    return label


def opening(answer: Answer) -> str:
    """The first clause that says something: to be candid, there was none."""
    last = answer.pieces[-1].text
    if len(answer.pieces) > 1 and _AT_LAST.match(last):
        return last.removeprefix("so ").removeprefix("then ")
    for piece in answer.pieces:
        rest = marks.LEAD_IN.sub("", piece.text).strip()
        if rest:
            return rest
    return answer.pieces[0].text


def in_general(answer: Answer) -> bool:
    """Permits are issued elsewhere: how it is done, not how it was."""
    named = [
        p
        for p in answer.pieces
        if {"V", "N"} & set(map(answer.word, answer.tokens[p.first : p.last]))
    ]
    return bool(named) and all(marks.GENERAL.search(p.text) for p in named)
