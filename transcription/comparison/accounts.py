"""One exchange about one point: the facts, and which answers were given to that point."""

from __future__ import annotations

from transcription.comparison.compare import Account
from transcription.comparison.model import Case, Exchange, Point, Role, Turn
from transcription.comparison.parts import Names, read


def account_of(exchange: Exchange, case: Case, lexicon: Names, point: Point) -> Account:
    """What the person questioned says on ``point`` in this exchange."""
    facts = tuple(read(exchange, case, lexicon, point))
    return Account(exchange.speaker, exchange.room, facts, answers_to(exchange, facts, point))


def answers_to(exchange: Exchange, facts: tuple[object, ...], point: Point) -> tuple[Turn, ...]:
    """The answers to a prompt that carried the point."""
    return tuple(t for t in exchange.turns if t.role is Role.ANSWER and t.point == point.id)
