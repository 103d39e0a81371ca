"""Who had it done, who did it: answers written for these tests."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcription.comparison.model import Point, Slot
from transcription.comparison.zh.parts import Named, parts

CLEAN = Point("c", "核实清罐作业由谁安排", slots=(Slot.WHO_ORDERED,))
WATCH = Point("w", "核实现场由谁监护", slots=(Slot.WHO_DID,))
_PEOPLE = re.compile("贺队长|老贺|卢志|我|他")
_IDS = {"贺队长": "贺", "老贺": "贺"}


def named(answer: str) -> list[Named]:
    return [
        Named(_IDS.get(found.group(), found.group()), found.span())
        for found in _PEOPLE.finditer(answer)
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "是贺队长叫我去的。",
        "老贺早上分的工 让我跟卢志下去清",
        "贺队长打电话喊的，我不去行吗？",
    ],
)
def test_somebody_had_it_done(answer: str) -> None:
    found = parts(Slot.WHO_ORDERED, "谁安排你去清罐的？", answer, CLEAN, named(answer))
    assert found.said
    assert found.nobody is False
    assert "贺" in {one.person.id for one in found.parts if one.part == "A"}


@pytest.mark.parametrize(
    "answer", ["没人安排，我自己下去的。", "他自己跑下去的 谁也没叫他", "卢志非要去，没人派他。"]
)
def test_nobody_had_it_done(answer: str) -> None:
    found = parts(Slot.WHO_ORDERED, "谁安排清罐的？", answer, CLEAN, named(answer))
    assert found.nobody is True


def test_the_speaker_says_it_was_not_him() -> None:
    answer = "我没让卢志去清罐。"
    found = parts(Slot.WHO_ORDERED, "你让卢志去的吗？", answer, CLEAN, named(answer))
    assert "C" in {one.part for one in found.parts if one.person.id == "我"}


def test_who_does_not_know_names_nobody() -> None:
    answer = "这个你得问老贺，派活不归我管。"
    found = parts(Slot.WHO_ORDERED, "谁安排清罐的？", answer, CLEAN, named(answer))
    assert found.nobody is None
    assert not found.parts


def test_who_did_it() -> None:
    answer = "老贺在上头监护的，一直没走。"
    found = parts(Slot.WHO_DID, "现场谁监护？", answer, WATCH, named(answer))
    assert {one.part for one in found.parts if one.person.id == "贺"} == {"A"}


@given(st.text(max_size=500), st.text(max_size=500))
def test_any_text_is_read(question: str, answer: str) -> None:
    found = parts(Slot.WHO_DID, question, answer, WATCH, named(answer[:400]))
    assert 0 <= found.span[0] <= found.span[1] <= max(len(answer), 1)
