"""What is found ahead of an answer: the answer has less to do, and reads the same."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from transcription.comparison import engine as engine_module
from transcription.comparison import sense
from transcription.comparison.case_file import case_from_json
from transcription.comparison.engine import CaseComparison, Heard
from transcription.comparison.model import Role, Turn
from transcription.comparison.warm import _CASE
from transcription.comparison.zh import tie

TALK = (
    ("这事怎么弄起来的", "人手不够，乙某拿的梯子"),
    ("那会儿具体怎么个经过", "甲某喊了一声，我们就过去了，乙某在下面扶着"),
    ("接着往下讲讲", "九点多弄完的，三个人，票的事我不清楚"),
    ("作业是谁安排的", "没人安排，我们自己商量的"),
)


def heard(room: str, person: str) -> list[Heard]:
    """The talk in one room."""
    said: list[Heard] = []
    for number, pair in enumerate(TALK):
        for role, text in zip((Role.QUESTION, Role.ANSWER), pair, strict=True):
            at = (2 * number + (role is Role.ANSWER)) * 5_000_000
            turn = Turn(f"{room}{at}", role, text, at, at + 4_000_000)
            said.append(Heard(turn, room, room, person, "zh", date(2026, 1, 2)))
    return said


@pytest.fixture
def weighed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The last words of every talk that the network weighs; nothing is kept from other tests."""
    monkeypatch.setattr(tie, "_kept", {})
    monkeypatch.setattr(sense, "_kept", {})
    found: list[str] = []
    real = tie.each_of

    def each_of(points: Any, turns: Any, words: Any) -> Any:
        found.append(turns[-1].text)
        return real(points, turns, words)

    monkeypatch.setattr(tie, "each_of", each_of)
    return found


def test_the_question_before_is_weighed_while_the_answer_is_given(weighed: list[str]) -> None:
    case = CaseComparison(case_from_json(_CASE))
    by_role: dict[Role, list[list[str]]] = {Role.QUESTION: [], Role.ANSWER: []}
    for one in heard("r1", "甲某"):
        weighed.clear()
        case.hear(one)
        by_role[one.turn.role].append(list(weighed))
    assert all(len(talks) <= 1 for talks in by_role[Role.ANSWER])
    assert any(by_role[Role.ANSWER])
    assert any(by_role[Role.QUESTION])  # the third question finds the first one out of its reach


def test_nothing_that_is_found_depends_on_it(
    weighed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_it = [_changes(CaseComparison(case_from_json(_CASE)))]
    monkeypatch.setattr(engine_module, "prepare", lambda *_: None)
    monkeypatch.setattr(tie, "_kept", {})
    weighed.clear()
    assert [_changes(CaseComparison(case_from_json(_CASE)))] == with_it
    assert weighed


def _changes(case: CaseComparison) -> list[list[str]]:
    rooms = heard("r1", "甲某") + heard("r2", "乙某")
    return [[repr(change) for change in case.hear(one)] for one in rooms]
