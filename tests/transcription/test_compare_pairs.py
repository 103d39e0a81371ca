"""Case files, labelled pairs and figures: what is taken, what is refused and how it is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from command_centre.cli import EXIT_OK, EXIT_UNUSABLE, main
from transcription.comparison.case_file import case_from_json, read_case
from transcription.comparison.figures import Count, bootstrap, share, wilson
from transcription.comparison.model import Slot
from transcription.comparison.pairs import read_pairs
from transcription.errors import CaseError, PairError

CASE: dict[str, Any] = {
    "id": "case-t",
    "incident_date": "2026-05-03",
    "people": [
        {"id": "张强", "aliases": ["老张"], "en": ["Zhang"], "post": "ignored"},
        {"id": "李伟", "aliases": ["李主任"]},
    ],
    "places": ["三号车间"],
    "points": [
        {
            "id": "P1",
            "text": "核实危险作业由谁安排",
            "topic": "arrange",
            "slots": ["who_ordered", "to_whom"],
        },
        {"id": "P5", "text": "核实有没有办作业票", "topic": "permit", "slots": ["whether"]},
    ],
    "unknown": 1,
}


def _side(room: str, speaker: str, *turns: tuple[str, str]) -> dict[str, Any]:
    return {
        "room": room,
        "speaker": speaker,
        "date": "2026-05-04",
        "turns": [
            {"role": role, "t0": 5.0 * i, "t1": 5.0 * i + 4, "text": text}
            for i, (role, text) in enumerate(turns)
        ],
    }


PAIR: dict[str, Any] = {
    "id": "t1",
    "lang": "zh",
    "case": "case.json",
    "point": "P1",
    "a": _side("A", "张强", ("q", "危险作业是谁安排的？"), ("a", "是李伟指派我去的。")),
    "b": _side("B", "李伟", ("q", "张强为什么去危险作业？"), ("a", "张强自行前往的。")),
    "gold": {
        "relation": "conflict",
        "conflicts": [{"slot": "who_ordered", "a": "李伟", "b": "NONE"}],
    },
    "tags": ["source"],
}

TURN = {"role": "a", "t0": 1, "t1": 2, "text": "x"}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    (tmp_path / "case.json").write_text(json.dumps(CASE), encoding="utf-8")
    return tmp_path


def _write(folder: Path, *lines: object) -> Path:
    path = folder / "pairs.jsonl"
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_case_file_is_read_and_unknown_keys_are_let_pass(cases: Path) -> None:
    case = read_case(cases / "case.json")
    assert [p.id for p in case.people] == ["张强", "李伟"]
    assert case.people[0].en == ("Zhang",)
    assert case.places[0].id == "三号车间"
    assert case.points[0].slots == (Slot.WHO_ORDERED, Slot.TO_WHOM)
    assert case.incident is not None
    assert case.incident.isoformat() == "2026-05-03"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": ""}, "'id'"),
        ({"people": {}}, "people must be a list"),
        ({"people": [3]}, r"people\[0\] must be an object"),
        ({"people": [{"id": "张强"}, {"id": "张强"}]}, "given twice"),
        ({"people": [{"id": "张强", "aliases": [1]}]}, "list of texts"),
        ({"incident_date": "yesterday"}, "day like 2026-05-03"),
        ({"points": [{"id": "P1", "text": "x", "slots": ["why"]}]}, "no slot; there are"),
        ({"points": [{"id": "P1"}]}, "'text'"),
        ({"points": [{"id": "P1", "text": "x", "event": 1}]}, "event must be a text"),
    ],
)  # fmt: skip
def test_a_wrong_case_file_is_refused_with_the_place(change: dict[str, Any], said: str) -> None:
    with pytest.raises(CaseError, match=said):
        case_from_json({**CASE, **change})


def test_no_case_at_all_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="No such file"):
        read_case(tmp_path / "none.json")
    (tmp_path / "bad.json").write_bytes(b"\xff{")
    with pytest.raises(CaseError, match="not JSON"):
        read_case(tmp_path / "bad.json")
    with pytest.raises(CaseError, match="must be an object, is null"):
        case_from_json(None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lang": "fr"}, "zh or en"),
        ({"point": "P9"}, "not in the case, which has P1, P5"),
        ({"case": "../case.json"}, "name of a file"),
        ({"case": "other.json"}, "No such file"),
        ({"gold": {"relation": "odd", "conflicts": []}}, "none of conflict"),
        ({"gold": {"relation": "conflict", "conflicts": []}}, "for nothing else"),
        ({"gold": {"relation": "conflict", "conflicts": [{"slot": "why"}]}}, "none of who_ordered"),
        ({"a": {**PAIR["a"], "turns": []}}, "no answer"),
        ({"a": {**PAIR["a"], "date": "x"}}, "a.date"),
        ({"a": {**PAIR["a"], "turns": [{**TURN, "t0": -1}]}}, "seconds"),
        ({"a": {**PAIR["a"], "turns": [{**TURN, "t0": 3}]}}, "before t0"),
        ({"b": []}, "'b' must be an object"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(cases: Path, change: dict[str, Any], said: str) -> None:
    path = _write(cases, PAIR, {**PAIR, "id": "t2", **change})
    with pytest.raises(PairError, match=f"line 2: .*{said}"):
        read_pairs(path, cases)


def test_what_is_no_line_of_pairs_is_named(cases: Path) -> None:
    some: list[tuple[list[object], str]] = [
        (["{"], "line 1: not JSON"),
        (["[]"], "line 1: expected an object"),
        ([PAIR, "", PAIR], "line 3: id 't1' was given before"),
        ([""], "holds no pairs"),
    ]
    for lines, said in some:
        with pytest.raises(PairError, match=said):
            read_pairs(_write(cases, *lines), cases)


def test_the_command_prints_figures_and_refuses_a_bad_line(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agreeing = {
        **PAIR,
        "id": "t2",
        "a": _side("A", "张强", ("q", "危险作业是谁安排的？"), ("a", "李伟指派我去的。")),
        "b": _side("B", "李伟", ("q", "是谁安排的？"), ("a", "是我安排张强去的。")),
        "gold": {"relation": "agree", "conflicts": []},
    }
    path = _write(cases, PAIR, agreeing)
    assert main(["compare", str(path), "--cases", str(cases), "--json"]) == EXIT_OK
    report = json.loads(capsys.readouterr().out)
    assert set(report) >= {
        "pairs",
        "conflict",
        "slot",
        "relation_accuracy",
        "cross_topic_false_alarms",
        "any_tier_recall",
        "by_tag",
        "by_language",
    }
    assert report["pairs"] == 2
    assert report["conflict"]["tp"] == 1
    assert report["conflict"]["fp"] == 0
    assert report["slot"]["f1"] == 1.0
    assert report["slot"]["values_matched"] == 1.0
    assert report["any_tier_recall"] == 1.0
    assert report["by_tag"]["source"]["pairs"] == 2
    assert main(["compare", str(path), "--cases", str(cases)]) == EXIT_OK
    assert "zh" in capsys.readouterr().out
    assert main(["compare", str(_write(cases, "{")), "--cases", str(cases)]) == EXIT_UNUSABLE
    assert "line 1" in capsys.readouterr().err


def test_intervals_hold_what_they_are_about() -> None:
    assert wilson(0, 0) is None
    assert share(0, 0) is None
    low, high = wilson(9, 10) or (0, 0)
    assert 0.55 < low < 0.9 < high < 1
    assert wilson(10, 10) == [0.7225, 1.0]
    count = Count(3, 1, 2) + Count(1, 0, 0)
    assert (count.precision, count.recall, count.f1) == (0.8, 0.6667, 0.7273)
    assert Count().f1 is None
    ones = [1] * 8 + [0] * 2
    interval = bootstrap(ones, lambda some: sum(some) / len(some))
    assert interval is not None
    assert interval[0] < 0.8 < interval[1]
    assert interval == bootstrap(ones, lambda some: sum(some) / len(some))
    assert bootstrap([], len) is None
