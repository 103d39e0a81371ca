"""The point that a question asks about: by the rules of ``align.py``, else by the network."""

from __future__ import annotations

from transcription.comparison.model import Point, Role
from transcription.comparison.tie import POINTS_MAX, Floats
from transcription.comparison.zh.align import Aligned
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.net_mentions import said_turns
from transcription.comparison.zh.tie import shares_of, weighable, weighed


def tied(heard: Heard, at: int) -> Aligned:
    """The point that the question ``at`` asks about; a prompt's point is never guessed again."""
    return heard.once(("tied", at), lambda: _tied(heard, at))


def _tied(heard: Heard, at: int) -> Aligned:
    ruled = heard.aligned(at)
    turns, prepared = heard.exchange.turns, heard.turns()
    asked = [question for _, question in prepared[: at + 1] if question is not None][::-1][:3]
    if ruled.sure or not asked or turns[at].point:
        return ruled
    answer = _answer(heard, at)
    if answer is None or not weighable(heard.case, asked[0]):
        return ruled
    return weighed(heard.case, said_turns(heard, prepared[: answer + 1]), asked, ruled)


def share_of(heard: Heard, at: int, point: Point) -> float:
    """How likely the question before answer ``at`` is about the point; 1 where that is taken."""
    turns, prepared = heard.exchange.turns, heard.turns()
    question = next((n for n in range(at, -1, -1) if turns[n].role is Role.QUESTION), None)
    if question is None or turns[at].point or turns[question].point:
        return 1.0
    order = [one.id for one in heard.case.points[:POINTS_MAX]]
    found = tied(heard, question)
    if point.id not in order or (found.point is not None and found.point.id == point.id):
        return 1.0

    def shares() -> Floats:
        asked = [q for _, q in prepared[: question + 1] if q is not None][::-1][:3]
        return shares_of(heard.case, said_turns(heard, prepared[: at + 1]), asked)

    return float(heard.once(("shares", at), shares)[order.index(point.id)])


def _answer(heard: Heard, at: int) -> int | None:
    """The first answer to the question."""
    turns = heard.exchange.turns
    return next((n for n in range(at, len(turns)) if turns[n].role is Role.ANSWER), None)
