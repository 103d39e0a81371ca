"""An answer beside a document that states several values of one matter."""

from __future__ import annotations

from datetime import date

import pytest

from transcription.comparison.document import document_differences
from transcription.comparison.document_file import document_facts
from transcription.comparison.model import Case, Certainty, Fact, Role, Slot, Tier, Turn, Value
from transcription.comparison.threads import Heard
from transcription.comparison.values.found import find_numbers, find_times

INCIDENT = date(2026, 5, 12)
NINE, ELEVEN = "2026-05-12T09:00", "2026-05-12T11:00"


def _case(*facts: dict[str, object], document: str = "E4") -> Case:
    stated = [{"point": "P1", "slot": "when", **one} for one in facts]
    documents = document_facts([{"id": document, "facts": stated}])
    return Case(id="c", incident=INCIDENT, documents=documents)


def _found(text: str, case: Case, slot: Slot = Slot.WHEN, person: str = "张强") -> list[str]:
    """What an answer differs from, by the value stated."""
    turn = Turn("t", Role.ANSWER, text, 0, 1)
    heard = Heard(turn, "room", "s", person, "zh", date(2026, 5, 14))
    found = (
        find_times(text, heard.said_on, INCIDENT, "zh")
        if slot is Slot.WHEN
        else find_numbers(text, "zh")
    )
    facts = [_fact(slot, one.value, one.span, person) for one in found]
    assert facts
    return [one.b.value for one in document_differences(heard, "P1", facts, case)]


def _fact(slot: Slot, value: Value, span: tuple[int, int], person: str) -> Fact:
    return Fact("P1", "", slot, value, Certainty.FLAT, "t", span, person, "room", 0)


@pytest.mark.parametrize(
    ("text", "differs"),
    [
        ("上午九点测的", []),
        ("上午十一点测的", []),
        ("九点测了一次，十一点测了一次", []),
        ("下午三点测的", ["05-12 09:00"]),
        ("九点测了一次，下午三点测了一次", ["05-12 09:00"]),
    ],
)
def test_who_says_one_of_the_values_stated_differs_from_none(text: str, differs: list[str]) -> None:
    assert _found(text, _case({"value": NINE}, {"value": ELEVEN})) == differs


def test_another_document_or_matter_or_person_is_compared_by_itself() -> None:
    one, other = _case({"value": NINE}), _case({"value": ELEVEN}, document="E5")
    both = Case(id="c", incident=INCIDENT, documents=one.documents + other.documents)
    assert _found("上午九点测的", both) == ["05-12 11:00"]
    mine = _case({"value": NINE, "person": "张强"}, {"value": ELEVEN})
    assert _found("上午九点测的", mine) == ["05-12 11:00"]
    assert _found("上午十一点测的", mine, person="李伟") == []
    counts = _case({"value": NINE}, {"slot": "how_many", "value": 3, "unit": "人"})
    assert _found("五个人", counts, Slot.HOW_MANY) == ["3"]


def test_values_that_say_nothing_of_each_other_agree_with_none() -> None:
    stated = ({"value": 3, "unit": "人"}, {"value": [20, None], "unit": "分钟"})
    case = _case(*({"slot": "how_many", **one} for one in stated))
    assert _found("五个人", case, Slot.HOW_MANY) == ["3"]
    assert _found("三个人", case, Slot.HOW_MANY) == []
    assert _found("十分钟", case, Slot.HOW_MANY) == [">=20分钟"]
    assert _found("半个小时", case, Slot.HOW_MANY) == []


def test_the_clause_of_a_document_s_own_act_has_several_values_too() -> None:
    words = {"words": ["填"]}
    case = _case({"value": NINE, **words}, {"value": ELEVEN, **words})
    turn = Turn("t", Role.ANSWER, "票是上午十一点填的", 0, 1)
    heard = Heard(turn, "room", "s", "张强", "zh", date(2026, 5, 14))
    assert document_differences(heard, "P1", [], case) == []
    alone = _case({"value": NINE, **words})
    assert [one.tier for one in document_differences(heard, "P1", [], alone)] == [Tier.AMBER]
