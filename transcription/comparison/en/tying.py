"""The point that an English question asks about: by ``align.py``, else by the network."""

from __future__ import annotations

from transcription.comparison.en.align import Tied, tied
from transcription.comparison.en.net_mentions import Heard, mentioned_in
from transcription.comparison.en.tie import shares_of, weighed
from transcription.comparison.en.words import Listener, posts, titles
from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import Case, Exchange, Point, Role, Turn
from transcription.comparison.net_shape import Said
from transcription.comparison.tie import POINTS_MAX


def heard_in(exchange: Exchange, case: Case, lexicon: Lexicon) -> Heard:
    """The turns of an exchange with their words."""
    listener = Listener(lexicon, exchange.speaker, posts=posts(case), titles=titles(case))
    return [(turn, listener.tokens(turn.text, turn.role)) for turn in exchange.turns]


def tied_in(heard: Heard, exchange: Exchange, case: Case) -> Tied:
    """The point that the last question of ``heard`` asks about; a prompt's is not asked for here.

    The network looks at the first answer to it as well; before one is given the rules decide alone.
    """
    asked, place = _questions(heard)
    answer = next((n for n in range(place, len(heard)) if heard[n][0].role is Role.ANSWER), None)
    if not asked or answer is None:
        return tied(case, asked)
    return weighed(case, asked, _said(heard[: answer + 1], exchange, case))


def share_of(heard: Heard, exchange: Exchange, case: Case, point: Point) -> float:
    """How likely the question before the answer, the last of ``heard``, is about the point."""
    asked, place = _questions(heard)
    order = [one.id for one in case.points[:POINTS_MAX]]
    if not asked or heard[-1][0].point or heard[place][0].point or point.id not in order:
        return 1.0
    found = tied_in(heard, exchange, case)
    if found.point is not None and found.point.id == point.id:
        return 1.0
    return float(shares_of(case, asked, _said(heard, exchange, case))[order.index(point.id)])


def _questions(heard: Heard) -> tuple[list[Turn], int]:
    """The questions, and the place of the last one."""
    places = [n for n, (turn, _) in enumerate(heard) if turn.role is Role.QUESTION]
    return [heard[n][0] for n in places], places[-1] if places else 0


def _said(heard: Heard, exchange: Exchange, case: Case) -> tuple[Said, ...]:
    found = mentioned_in(heard[-4:], exchange.said_on, case.incident)
    return tuple(one.said for one in found)
