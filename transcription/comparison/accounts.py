"""One exchange about one point: the facts, and which answers were given to that point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from transcription.comparison.compare import Account
from transcription.comparison.model import Case, Exchange, Fact, Point, Role
from transcription.comparison.parts import Names, read
from transcription.comparison.surface import Answer, taken
from transcription.comparison.topic import Topic, topic_of


def account_of(exchange: Exchange, case: Case, lexicon: Names, point: Point) -> Account:
    """What the person questioned says on ``point`` in this exchange."""
    facts = tuple(read(exchange, case, lexicon, point))
    answers = tuple(answers_to(exchange, facts, case, lexicon, point))
    return Account(exchange.speaker, exchange.room, facts, answers)


def answers(topic: Topic, point: Point, told: bool) -> bool:
    """Whether an answer is to the point; ``told``: it states what the point asks for."""
    return told if topic.asked is None else topic.asked.id == point.id


def answers_to(
    exchange: Exchange, facts: Sequence[Fact], case: Case, lexicon: Names, point: Point
) -> Iterator[Answer]:
    """Answers to a question about the point; to one about none, those with a fact of it."""
    told = {fact.turn for fact in facts if fact.slot in point.slots}
    for at, turn in enumerate(exchange.turns):
        if turn.role is not Role.ANSWER:
            continue
        topic = topic_of(replace(exchange, turns=exchange.turns[: at + 1]), case, lexicon)
        if answers(topic, point, turn.id in told):
            yield taken(
                turn,
                exchange,
                case,
                lexicon,
                topic.slots,
                guessed=topic.guessed and turn.id not in told,
            )
