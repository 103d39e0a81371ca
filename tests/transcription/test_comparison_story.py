"""The story first: each expected difference in its tier with both quotes; the quiet stays quiet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.transcription.story_case import meter, story, story_case, told, utterances
from transcription.comparison.engine import CaseComparison
from transcription.comparison.model import Certainty, Difference, Kind, Tier
from transcription.comparison.neutral import neutral_question

TEXTS = {turn["id"]: turn["text"] for turn in story()["turns"]}


@pytest.fixture(scope="module")
def engine() -> CaseComparison:
    return told()


def _found(engine: CaseComparison, kind: Kind, point: str) -> list[Difference]:
    return [d for d in engine.differences.values() if d.kind is kind and d.point == point]


def _quoted(difference: Difference) -> None:
    for side in (difference.a, difference.b):
        if side.turn:
            assert TEXTS[side.turn][side.span[0] : side.span[1]] == side.text
            assert side.text


EXPECTED = [d for d in story()["expected_differences"] if d["kind"] in ("conflict", "self")]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda d: d["id"])
def test_what_people_say_differently_is_found(
    engine: CaseComparison, expected: dict[str, Any]
) -> None:
    slots = {s["slot"] for s in expected.get("slots", [expected])}
    found = {d.slot: d for d in _found(engine, Kind(expected["kind"]), expected["point"])}
    assert slots <= {str(slot) for slot in found}
    for slot, difference in found.items():
        if str(slot) in slots:
            assert difference.tier is Tier(expected["tier"])
            _quoted(difference)
            turns = {difference.a.turn, difference.b.turn}
            assert turns <= {*expected["a"]["turns"], *expected["b"]["turns"]}
            assert len(turns) == 2


def test_no_other_red_difference_between_the_two(engine: CaseComparison) -> None:
    points = {d["point"] for d in EXPECTED if d["kind"] == "conflict"}
    red = [
        d
        for d in engine.differences.values()
        if d.tier is Tier.RED and d.kind is Kind.CONFLICT and d.point not in points
    ]
    assert red == []


@pytest.mark.parametrize(
    "expected",
    [d for d in story()["expected_differences"] if d["kind"] in ("agree", "unclear")],
    ids=lambda d: d["id"],
)
def test_what_agrees_or_is_not_known_is_no_conflict(
    engine: CaseComparison, expected: dict[str, Any]
) -> None:
    assert _found(engine, Kind.CONFLICT, expected["point"]) == []
    unclear = _found(engine, Kind.UNCLEAR, expected["point"])
    if expected["kind"] == "unclear":
        assert any(str(d.slot) == expected["slot"] and d.tier is Tier.GREY for d in unclear)
    for difference in unclear:
        _quoted(difference)


def test_the_meter_read_otherwise_before_entry(engine: CaseComparison) -> None:
    (found,) = [d for d in engine.differences.values() if d.kind is Kind.DEVICE]
    assert (found.point, found.tier) == ("P7", Tier.AMBER)
    assert found.a.turn == "room2-36"
    assert found.a.value == "21 %VOL"
    assert found.b.reference == "gas-ent-01"
    assert found.b.value == "17.2-17.5 %VOL"
    _quoted(found)


def test_the_meter_may_come_after_the_words() -> None:
    engine = CaseComparison(story_case())
    for heard in utterances():
        engine.hear(heard)
    assert not [d for d in engine.differences.values() if d.kind is Kind.DEVICE]
    engine.measured(meter())
    assert len([d for d in engine.differences.values() if d.kind is Kind.DEVICE]) == 1


def test_documents_contradict_or_cannot_confirm(engine: CaseComparison) -> None:
    documents = {d.b.reference: d for d in engine.differences.values() if d.kind is Kind.DOCUMENT}
    assert documents["E4"].tier is Tier.AMBER
    assert documents["E4"].a.turn in ("room2-28", "room2-30")
    assert documents["E7"].tier is Tier.GREY
    assert documents["E7"].rule == "document.cannot_confirm"
    assert documents["E7"].a.turn == "room2-12"
    assert set(documents) == {"E4", "E7"}


def test_the_same_wording_is_shown_once(engine: CaseComparison) -> None:
    (found,) = [d for d in engine.differences.values() if d.kind is Kind.WORDING]
    assert {found.a.turn, found.b.turn} == set(story()["expected_same_wording"][0]["turns"])
    _quoted(found)


def test_what_is_quiet_stays_quiet(engine: CaseComparison) -> None:
    for quiet in story()["expected_quiet"]:
        turns = set(quiet["turns"])
        loud = [d for d in engine.differences.values() if {d.a.turn, d.b.turn} == turns]
        assert loud == [], quiet["id"]


def test_every_answer_to_a_point_is_in_its_cell(engine: CaseComparison) -> None:
    person = {room["id"]: room["person"] for room in story()["rooms"]}
    latest: dict[tuple[str, str], str] = {}
    for turn in sorted(story()["turns"], key=lambda t: t["start_s"]):
        if turn["role"] == "a" and turn.get("point"):
            latest[turn["point"], person[turn["room"]]] = turn["id"]
    for key, turn in latest.items():
        cell = engine.cells[key].latest
        assert cell is not None
        assert cell.turn == turn
        assert cell.text == TEXTS[turn]
    unknown = engine.cells["P10", "李某"].latest
    assert unknown is not None
    assert unknown.certainty is Certainty.UNKNOWN


def test_the_same_log_gives_the_same_differences(engine: CaseComparison) -> None:
    again = told()
    assert dict(again.differences) == dict(engine.differences)
    assert list(again.cells) == list(engine.cells)


def test_with_free_questions_the_disputed_points_are_still_found() -> None:
    engine = told(marked=False)
    for point, slot in (("P1", "who_ordered"), ("P4", "whether"), ("P5", "who_did")):
        found = _found(engine, Kind.CONFLICT, point)
        assert any(str(d.slot) == slot and d.tier is Tier.RED for d in found), point
    red = {d.point for d in engine.differences.values() if d.tier is Tier.RED}
    assert red <= {"P1", "P4", "P5", "P8"}
    assert {d.kind for d in engine.differences.values()} >= {Kind.DEVICE, Kind.WORDING}


def test_a_neutral_question_names_the_point_and_quotes_nobody(engine: CaseComparison) -> None:
    case = story_case()
    for difference in engine.differences.values():
        for language in ("zh", "en"):
            asked = neutral_question(difference, case, language)
            assert asked.text
            assert asked.rooms
            assert not any(person.id in asked.text for person in case.people[:2]) or (
                difference.point == "P8"  # the point itself is about a person
            )
            for side in (difference.a, difference.b):
                assert len(side.text) < 4 or side.text not in asked.text
    (conflict,) = _found(engine, Kind.CONFLICT, "P1")
    assert neutral_question(conflict, case, "zh").rooms == ("room1", "room2")
    assert "危险作业由谁安排" in neutral_question(conflict, case, "zh").text
