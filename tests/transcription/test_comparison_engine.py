"""The engine under bad, late and corrected input; sizes; the comparisons beside people."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transcription.comparison import shapes
from transcription.comparison.case_file import case_from_json
from transcription.comparison.device import DeviceLog, Reading, claims
from transcription.comparison.engine import (
    CaseComparison,
    CellChanged,
    DifferenceFound,
    DifferenceWithdrawn,
    Heard,
)
from transcription.comparison.model import Case, Exchange, Kind, Number, Role, Tier, Turn, WordTime
from transcription.comparison.parts import Names
from transcription.comparison.threads import TURNS_MAX, Thread
from transcription.comparison.warm import warm
from transcription.comparison.wording import SENTENCES_MAX, Wording
from transcription.comparison.zh import parts
from transcription.comparison.zh.heard import heard_of
from transcription.errors import CaseError

CASE = case_from_json(
    {
        "id": "case-e",
        "incident_date": "2026-05-03",
        "people": [
            {"id": "张强", "aliases": ["老张"]},
            {"id": "李伟", "aliases": ["李主任"]},
            {"id": "王军", "aliases": ["王班长"]},
            {"id": "<script>alert(1)</script>", "aliases": ["小王", "'; DROP TABLE x; --"]},
            {"id": "王刚", "aliases": ["小王"]},
        ],
        "points": [
            {"id": "P1", "text": "核实作业由谁安排", "topic": "arrange", "slots": ["who_ordered"]},
            {"id": "P5", "text": "核实有没有办作业票", "topic": "permit", "slots": ["whether"]},
            {"id": "P9", "text": "<img src=x onerror=alert(1)>", "slots": []},
        ],
    }
)  # fmt: skip


class _Rooms:
    """Turns of rooms with times and ids of their own."""

    def __init__(self, case: Case = CASE) -> None:
        self.engine = CaseComparison(case)
        self.at = 0

    def heard(
        self, person: str, role: str, text: str, *, point: str = "", turn: str = "", at: int = 0
    ) -> Heard:
        self.at += 10
        start = (at or self.at) * 1_000_000
        made = Turn(turn or f"t{self.at}", Role(role), text, start, start + 5_000_000, point)
        return Heard(made, f"room-{person}", f"s-{person}", person, "zh", date(2026, 5, 4))

    def say(self, person: str, role: str, text: str, **more: str) -> list[object]:
        return list(self.engine.hear(self.heard(person, role, text, **more)))  # type: ignore[arg-type]


def _conflicts(engine: CaseComparison) -> list[str]:
    return [d.point for d in engine.differences.values() if d.kind is Kind.CONFLICT]


def _asked_both(rooms: _Rooms) -> None:
    rooms.say("张强", "q", "办没办作业票？")
    rooms.say("张强", "a", "没有，什么票都没办。", turn="z")
    rooms.say("李伟", "q", "办没办作业票？")
    rooms.say("李伟", "a", "办了，有作业票。", turn="l")


def test_a_correction_replaces_the_words_and_withdraws_what_rested_on_them() -> None:
    rooms = _Rooms()
    _asked_both(rooms)
    (difference,) = rooms.engine.differences.values()
    assert difference.tier is Tier.RED
    changes = rooms.engine.hear(rooms.heard("李伟", "a", "没办，没有作业票。", turn="l", at=40))
    assert DifferenceWithdrawn(difference.id) in changes
    assert rooms.engine.differences == {}
    cell = rooms.engine.cells["P5", "李伟"].latest
    assert cell is not None
    assert cell.text == "没办，没有作业票。"
    changes = rooms.engine.hear(rooms.heard("李伟", "a", "办了，有作业票。", turn="l", at=40))
    assert [c.difference.id for c in changes if isinstance(c, DifferenceFound)] == [difference.id]


def test_a_late_question_gives_its_answers_a_meaning() -> None:
    rooms = _Rooms()
    rooms.say("张强", "q", "办没办作业票？")
    rooms.say("张强", "a", "没有，什么票都没办。")
    rooms.say("李伟", "a", "办了。", turn="l")
    assert _conflicts(rooms.engine) == []
    rooms.engine.hear(rooms.heard("李伟", "q", "办没办作业票？", at=29))
    assert _conflicts(rooms.engine) == ["P5"]


def test_an_answer_that_was_a_question_takes_its_words_back() -> None:
    rooms = _Rooms()
    _asked_both(rooms)
    rooms.engine.hear(rooms.heard("李伟", "q", "办了，有作业票。", turn="l", at=40))
    assert rooms.engine.differences == {}


def test_words_heard_badly_or_repaired_are_amber() -> None:
    for words in (
        WordTime((0, 2), 0, 1, confidence=300),
        WordTime((0, 2), 0, 1, confidence=1000, repaired=True),
    ):
        rooms = _Rooms()
        _asked_both(rooms)
        said = rooms.heard("李伟", "a", "办了，有作业票。", turn="l", at=40)
        rooms.engine.hear(replace(said, turn=replace(said.turn, words=(words,))))
        (difference,) = rooms.engine.differences.values()
        assert difference.tier is Tier.AMBER


def test_a_prompt_carries_its_point_and_the_answer_lands_whatever_it_says() -> None:
    rooms = _Rooms()
    rooms.say("张强", "q", "请你讲一讲。", point="P5")
    changes = rooms.say("张强", "a", "今天天气不错。", point="P5")
    (cell,) = [c for c in changes if isinstance(c, CellChanged)]
    assert (cell.point, cell.person, cell.facts) == ("P5", "张强", ())
    assert cell.statement is not None
    assert cell.statement.prompted
    assert cell.statement.text == "今天天气不错。"


def test_points_added_later_are_read_from_what_was_kept() -> None:
    without = replace(CASE, points=CASE.points[:1])
    rooms = _Rooms(without)
    _asked_both(rooms)
    assert rooms.engine.differences == {}
    rooms.engine.revise(CASE)
    assert rooms.engine.behind == 2
    rooms.engine.catch_up()
    assert rooms.engine.behind == 0
    assert _conflicts(rooms.engine) == ["P5"]
    gone = rooms.engine.revise(without)
    assert any(isinstance(c, DifferenceWithdrawn) for c in gone)
    assert rooms.engine.differences == {}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["张强", "李伟", ""]),
            st.sampled_from(["q", "a"]),
            st.text(
                alphabet=st.sampled_from(
                    "没有是的我他李伟安排办票测几点二三十，。？ \n\x00<>'\"&" + string.ascii_letters
                ),
                max_size=460,
            ),
            st.sampled_from(["", "P5", "P404"]),
        ),
        max_size=8,
    )
)
def test_nonsense_crashes_nothing_and_quotes_stay_verbatim(
    turns: list[tuple[str, str, str, str]],
) -> None:
    rooms = _Rooms()
    texts: dict[str, str] = {}
    for person, role, text, point in turns:
        said = rooms.heard(person, role, text, point=point)
        texts[said.turn.id] = text
        rooms.engine.hear(said)
    for difference in rooms.engine.differences.values():
        for side in (difference.a, difference.b):
            assert texts[side.turn][side.span[0] : side.span[1]] == side.text


def test_what_is_kept_of_a_session_is_bounded() -> None:
    thread, rooms = Thread(), _Rooms()
    for number in range(TURNS_MAX + 50):
        thread.put(rooms.heard("张强", "a", "嗯", turn=f"n{number}"))
    assert len(thread.heard) == TURNS_MAX
    assert "n0" not in thread
    assert thread.get("n0") is None


# --- wording ---------------------------------------------------------------------------------

COPIED = "这个事情我们单位内部已经处理过了，该赔的都赔了。"


def test_what_everybody_says_and_formulas_are_no_wording() -> None:
    rooms, wording = _Rooms(), Wording()
    for person in ("张强", "李伟"):
        for text in ("我说的都是实话，没有什么要补充的。", "听清楚了听清楚了听清楚了。", "没有。"):
            assert wording.hear(rooms.heard(person, "a", text), None) == []
    asked = Turn("q", Role.QUESTION, "单位内部已经处理过了该赔的都赔了，是这样吗？", 0, 1)
    assert wording.hear(rooms.heard("张强", "a", "单位内部已经处理过了该赔的都赔了。"), asked) == []
    assert wording.hear(rooms.heard("李伟", "a", "单位内部已经处理过了该赔的都赔了。"), asked) == []


def test_two_people_in_the_same_words_are_shown_until_more_say_it() -> None:
    rooms, wording = _Rooms(), Wording()
    assert wording.hear(rooms.heard("张强", "a", COPIED), None) == []
    assert wording.hear(rooms.heard("张强", "a", COPIED), None) == []
    (found,) = wording.hear(rooms.heard("李伟", "a", "人没大事。" + COPIED), None)
    assert found.kind is Kind.WORDING
    assert {found.a.person, found.b.person} == {"张强", "李伟"}
    wording.hear(rooms.heard("王军", "a", COPIED), None)
    assert wording.hear(rooms.heard("王刚", "a", COPIED), None) == []
    assert SENTENCES_MAX == 16_384


# --- instruments -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("氧含量百分之二十一，完全合格。", "O2_vol", 21.0),
        ("我看了检测仪，上面就是二十一。", "O2_vol", 21.0),
        ("可燃气百分之三。", "LEL_pct", 3.0),
    ],
)
def test_readings_are_heard(text: str, key: str, value: float) -> None:
    (claim,) = claims(_Rooms().heard("张强", "a", text), "")
    assert (claim.gas.key, claim.value.low) == (key, value)
    assert isinstance(claim.value, Number)


@pytest.mark.parametrize(
    "text", ["三个人下去的。", "氧气瓶两个。", "上面就是二十一个人。", "九点半。"]
)
def test_other_numbers_are_no_readings(text: str) -> None:
    assert claims(_Rooms().heard("张强", "a", text), "") == []


def _log(*values: float) -> DeviceLog:
    nine = 1_777_770_000_000_000  # 2026-05-03 09:00 +08:00
    rows = tuple(Reading(nine + i * 60_000_000, (("O2_vol", v),)) for i, v in enumerate(values))
    return DeviceLog("gas-1", "检测仪", rows)


@pytest.mark.parametrize(
    ("values", "differs"), [((20.9, 20.8), False), ((20.5, 20.4), False), ((17.0, 17.5), True)]
)
def test_a_reading_within_the_error_of_the_instrument_is_quiet(
    values: tuple[float, ...], differs: bool
) -> None:
    rooms = _Rooms()
    rooms.engine.measured(_log(*values))
    rooms.say("张强", "a", "九点钟测的，氧含量百分之二十一。")
    found = [d for d in rooms.engine.differences.values() if d.kind is Kind.DEVICE]
    assert bool(found) is differs
    assert all(d.tier is Tier.AMBER for d in found)


def test_a_reading_of_another_hour_is_no_evidence() -> None:
    rooms = _Rooms()
    rooms.engine.measured(_log(17.0, 17.5))
    rooms.say("张强", "a", "下午三点测的，氧含量百分之二十一。")
    assert rooms.engine.differences == {}


# --- documents of a case file ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ({}, "must be a list"),
        ([{}], "with an 'id'"),
        ([{"id": "E", "facts": {}}], "facts must be a list"),
        ([{"id": "E", "facts": [{}]}], "point, slot and value"),
        ([{"id": "E", "facts": [{"point": "P", "slot": "why"}]}], "slot must be one of"),
        ([{"id": "E", "facts": [{"point": "P", "slot": "when", "value": "x"}]}], "time like"),
        ([{"id": "E", "facts": [{"point": "P", "slot": "whether", "value": 1}]}], "true or false"),
        ([{"id": "E", "facts": [{"point": "P", "slot": "how_many", "value": "x"}]}], "a number"),
        ([{"id": "E", "facts": [{"point": "P", "slot": "where", "value": []}]}], "a name"),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(documents: object, said: str) -> None:
    with pytest.raises(CaseError, match=said):
        case_from_json({"id": "c", "documents": documents})


def test_a_warm_engine_reads_no_classifier_for_its_first_answer() -> None:
    shapes.stored.cache_clear()
    warm()
    before = shapes.stored.cache_info().misses
    for path in sorted(parts.WEIGHTS.glob("*-part.npz")) + sorted(
        parts.WEIGHTS.glob("*-whole.npz")
    ):
        shapes.stored(path)
    assert shapes.stored.cache_info().misses == before
    assert shapes.stored.cache_info().currsize >= 4


def test_one_exchange_is_prepared_once_and_another_anew() -> None:
    names = Names(CASE)
    turns = (Turn("q", Role.QUESTION, "谁安排的", 0, 1), Turn("a", Role.ANSWER, "张强", 2, 3))
    first = Exchange("r", "王军", date(2026, 5, 4), "zh", turns)
    heard = heard_of(first, CASE, names)
    assert heard_of(first, CASE, names) is heard
    assert heard_of(replace(first), CASE, names) is not heard
    assert heard_of(first, CASE, Names(CASE)).exchange is first


def test_a_name_that_two_people_share_is_neither_of_them() -> None:
    rooms = _Rooms()
    rooms.say("张强", "q", "作业是谁安排的？", point="P1")
    rooms.say("张强", "a", "是小王安排的。", point="P1")
    rooms.say("李伟", "q", "作业是谁安排的？", point="P1")
    rooms.say("李伟", "a", "是王刚安排的。", point="P1")
    assert _conflicts(rooms.engine) == []
    said = [fact for cell in rooms.engine.cells.values() for fact in cell.facts]
    assert not any("<script>" in str(fact.value) for fact in said)


def test_a_monologue_over_all_points_is_quoted_word_for_word() -> None:
    rooms = _Rooms()
    long = ("那天没办作业票老张说先干着我说这不行他说没事是李主任安排的我们就下去了" * 40)[:1200]
    rooms.say("李伟", "q", "办没办作业票？")
    rooms.say("李伟", "a", "办了，有作业票。")
    rooms.say("王军", "q", "你把经过讲一下。")
    rooms.say("王军", "a", long, turn="long")
    facts = [f for cell in rooms.engine.cells.values() for f in cell.facts if f.turn == "long"]
    assert facts
    for fact in facts:
        assert fact.span[1] <= 400
        assert long[slice(*fact.span)] == fact.text
