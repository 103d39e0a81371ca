"""Answers that no fact decides: both sentences are shown as what they are, never red."""

from __future__ import annotations

from datetime import date

import pytest

from transcription.comparison.accounts import account_of
from transcription.comparison.case_file import case_from_json
from transcription.comparison.compare import Outcome, Relation, compare
from transcription.comparison.engine import CaseComparison, Heard
from transcription.comparison.model import Exchange, Kind, Point, Role, Tier, Turn
from transcription.comparison.parts import Names

CASE = case_from_json(
    {
        "id": "case-s",
        "incident_date": "2026-05-03",
        "people": [
            {"id": "张强", "aliases": ["老张"]},
            {"id": "李伟", "aliases": ["李主任"]},
            {"id": "王军", "aliases": ["王班长"]},
        ],
        "points": [
            {"id": "P1", "text": "核实清池由谁安排", "topic": "arrange", "slots": ["who_ordered"]},
            {"id": "P2", "text": "核实清池开始时间", "topic": "work", "slots": ["when"]},
            {"id": "P5", "text": "核实有没有办作业票", "topic": "permit", "slots": ["whether"]},
        ],
    }
)
NAMES = Names(CASE)
ASKED = "清池是谁安排的？"


def point(name: str) -> Point:
    return next(p for p in CASE.points if p.id == name)


def side(person: str, *said: str) -> Exchange:
    turns = tuple(
        Turn(f"{person}{at}", (Role.QUESTION, Role.ANSWER)[at % 2], text, at * 1000, at * 1000 + 9)
        for at, text in enumerate(said)
    )
    return Exchange(f"room-{person}", person, date(2026, 5, 4), "zh", turns)


def between(a: Exchange, b: Exchange, name: str) -> Outcome:
    at = point(name)
    return compare(account_of(a, CASE, NAMES, at), account_of(b, CASE, NAMES, at), CASE, at)


#: An answer to the point that no reader makes a fact of.
UNREAD = "那天的事情嘛，说来话长，反正大家心里都有数。"


def test_an_answer_that_cannot_be_read_is_shown_beside_the_other() -> None:
    a, b = side("张强", ASKED, "李主任安排的。"), side("王军", ASKED, UNREAD)
    found = between(a, b, "P1")
    assert found.relation is not Relation.CONFLICT
    (difference,) = found.differences
    assert difference.kind is Kind.UNCLEAR
    assert difference.tier in (Tier.AMBER, Tier.GREY)
    assert difference.rule.startswith("surface.")
    assert (difference.a.text, difference.b.text) == ("李主任安排的。", UNREAD)
    assert (difference.a.turn, difference.b.turn) == ("张强1", "王军1")


def test_certain_agreement_is_quiet() -> None:
    a, b = side("张强", ASKED, "李主任安排的。"), side("王军", ASKED, "是李主任安排的。")
    assert between(a, b, "P1").differences == ()


@pytest.mark.parametrize("other", ["P1", "P2"])
def test_answers_to_other_points_are_not_laid_beside_each_other(other: str) -> None:
    a, b = side("张强", ASKED, UNREAD), side("王军", "办没办作业票？", "票啊，这个要看怎么说了。")
    assert between(a, b, other).differences == ()


def test_who_does_not_know_makes_nothing_of_the_surface() -> None:
    a, b = side("张强", ASKED, UNREAD), side("王军", ASKED, "这个我不清楚，没在场。")
    assert all(not d.rule.startswith("surface.") for d in between(a, b, "P1").differences)


def test_a_point_both_were_asked_from_a_prompt_is_shown_until_it_is_read() -> None:
    engine = CaseComparison(CASE)

    def hear(person: str, role: Role, text: str, at: int, turn: str) -> None:
        turn_ = Turn(turn, role, text, at * 1_000_000, at * 1_000_000 + 9, "P1")
        engine.hear(Heard(turn_, f"room-{person}", f"s-{person}", person, "zh", date(2026, 5, 4)))

    hear("张强", Role.QUESTION, ASKED, 10, "q1")
    hear("张强", Role.ANSWER, "李主任安排的。", 20, "a1")
    hear("王军", Role.QUESTION, ASKED, 10, "q2")
    hear("王军", Role.ANSWER, UNREAD, 20, "a2")
    (difference,) = engine.differences.values()
    assert difference.rule.startswith("surface.")
    hear("王军", Role.ANSWER, "李主任安排的。", 20, "a2")
    assert engine.differences == {}
