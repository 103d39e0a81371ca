"""English answers to facts: orders, deeds, times, numbers, places, tools, whether it was so."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcription.comparison.en import read
from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import (
    Case,
    Certainty,
    Exchange,
    Fact,
    Point,
    Role,
    Slot,
    Term,
    Turn,
)
from transcription.comparison.values.showing import show

ORDER = (Slot.WHO_ORDERED, Slot.TO_WHOM)
POINTS = {
    "order": Point("P1", "", en="verify who arranged the blasting", topic="arrange", slots=ORDER),
    "when": Point("P2", "", en="verify when the blasting began", topic="work", slots=(Slot.WHEN,)),
    "many": Point(
        "P3", "", en="verify how many were blasting", topic="work", slots=(Slot.HOW_MANY,)
    ),
    "where": Point("P4", "", en="verify where they blasted", topic="work", slots=(Slot.WHERE,)),
    "tool": Point("P5", "", en="verify the tools used", topic="work", slots=(Slot.WITH_WHAT,)),
    "permit": Point("P6", "", en="verify the permit", topic="permit", slots=(Slot.WHETHER,)),
    "watch": Point(
        "P7", "", en="verify who stood watch", topic="supervise", slots=(Slot.WHO_DID, Slot.WHETHER)
    ),
}
CASE = Case(
    "quarry",
    date(2025, 9, 8),
    people=(
        Term("鲍国梁", (), ("Bao Guoliang", "Bao", "the quarry boss")),
        Term("燕小飞", (), ("Yan Xiaofei", "Yan")),
        Term("阮文山", (), ("Ruan Wenshan", "Ruan")),
    ),
    places=(Term("二号采面", (), ("face two",)), Term("炸药库", (), ("the magazine",))),
    equipment=(Term("凿岩机", (), ("rock drill",)), Term("挖掘机", (), ("excavator",))),
    points=tuple(POINTS.values()),
)
LEXICON = Lexicon(CASE)


def facts(point: str, *turns: str) -> list[Fact]:
    """Turns begin with q or a."""
    exchange = Exchange(
        "A",
        "燕小飞",
        date(2025, 9, 10),
        "en",
        tuple(
            Turn(f"t{n}", Role(text[0]), text[1:], n * 1_000_000, n * 1_000_000 + 900_000)
            for n, text in enumerate(turns)
        ),
    )
    return read(exchange, CASE, LEXICON, POINTS[point])


def said(point: str, slot: Slot, *turns: str) -> list[str]:
    return [show(f.value) for f in facts(point, *turns) if f.slot is slot and f.event == ""]


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("Who arranged the blasting?", "Bao told me and Ruan to do it.", "鲍国梁"),
        ("who sent you", "i was sent by ruan", "阮文山"),
        ("Who gave the order?", "It was the quarry boss.", "鲍国梁"),
        ("Who sent you in?", 'Ruan. He say, "Yan, you go in, blast."', "阮文山"),
        ("Who sent you in?", "quarry boss he say go so i go", "鲍国梁"),
        ("Did you order the blasting?", "I was out sick. I ordered nobody.", "NOT 燕小飞"),
        ("Who decided on the blasting?", "Not me. Ruan rang up and told us to.", "阮文山"),
        ("who told you to blast", "nobody told us", "NONE"),
        ("Why did Ruan go up there?", "He took it on himself.", "NONE"),
        ("Did you send Ruan?", "I never sent him.", "NOT 燕小飞"),
        ("Did you order the blasting?", "No, I didn't.", "NOT 燕小飞"),
        ("Who gave the order?", "It wasn't Ruan, it was Bao.", "鲍国梁"),
        ("Were you the one who sent Ruan?", "I most certainly was not.", "NOT 燕小飞"),
        ("Did Bao order it?", "No, that was down to Ruan.", "阮文山"),
        ("Who had you blast it?", "That was Bao's call.", "鲍国梁"),
        ("Who wanted it done?", "The quarry boss wanted it done before the lorry came.", "鲍国梁"),
        ("who got you to blast it", "it was bao had me do it", "鲍国梁"),
        ("Who gave you the job?", "The quarry boss did.", "鲍国梁"),
        ("How did Ruan come to be up there?", "Off his own bat.", "NONE"),
    ],
)
def test_who_ordered(question: str, answer: str, value: str) -> None:
    assert said("order", Slot.WHO_ORDERED, f"q{question}", f"a{answer}") == [value]


@pytest.mark.parametrize(
    ("point", "slot", "question", "answer", "value"),
    [
        ("when", Slot.WHEN, "When did you start?", "half ten", "10:30"),
        (
            "when",
            Slot.WHEN,
            "what time did the blasting begin",
            "at quarter past two in the afternoon",
            "14:15",
        ),
        (
            "when",
            Slot.WHEN,
            "When did it start?",
            "We clocked on at six and started at seven.",
            "07:00",
        ),
        ("many", Slot.HOW_MANY, "How many were blasting?", "A couple of us.", "2"),
        ("many", Slot.HOW_MANY, "How many?", "Me, Ruan and two day labourers.", "4"),
        ("many", Slot.HOW_MANY, "How many?", "Me, Ruan, and a couple of lads.", "4"),
        ("many", Slot.HOW_MANY, "Who was doing the blasting?", "Me, Ruan and Bao.", "3"),
        ("tool", Slot.WITH_WHAT, "How did you clear the rock?", "With the excavator.", "挖掘机"),
        (
            "tool",
            Slot.WITH_WHAT,
            "How was it shifted?",
            "The excavator. Nobody does it with a rock drill.",
            "挖掘机",
        ),
        ("permit", Slot.WHETHER, "You went in without a permit?", "Yeah.", "no"),
        ("permit", Slot.WHETHER, "Was there a permit?", "To be candid, there was none.", "no"),
        ("permit", Slot.WHETHER, "did you have a permit", "did i heck", "no"),
        ("permit", Slot.WHETHER, "Did you have a permit?", "Course I had.", "yes"),
        ("where", Slot.WHERE, "Where did you blast?", "At face two.", "二号采面"),
        ("where", Slot.WHERE, "where was it", "not in the magazine at face two", "二号采面"),
        ("tool", Slot.WITH_WHAT, "What tools did you use?", "The rock drill.", "凿岩机"),
        ("permit", Slot.WHETHER, "Was there a permit?", "No, there was no permit.", "no"),
        ("permit", Slot.WHETHER, "was a permit issued", "yes it was", "yes"),
        ("watch", Slot.WHO_DID, "Who stood watch?", "Ruan did.", "阮文山"),
    ],
)
def test_every_slot(point: str, slot: Slot, question: str, answer: str, value: str) -> None:
    found = said(point, slot, f"q{question}", f"a{answer}")
    assert [v.removeprefix("NOT ") for v in found] == [value]


def test_don_t_know_and_hedges() -> None:
    (unknown,) = facts("permit", "qWas there a permit?", "aI couldn't tell you.")
    assert (unknown.value, unknown.certainty) == (None, Certainty.UNKNOWN)
    (hedged,) = facts("when", "qWhen did you start?", "aI think it was nine.")
    assert hedged.certainty is Certainty.HEDGED


@pytest.mark.parametrize(
    "question",
    ["How long have you worked here?", "Where do you live?", "What time do you normally start?"],
)
def test_other_questions_say_nothing_on_the_point(question: str) -> None:
    for point in POINTS:
        assert facts(point, f"q{question}", "aFive years, from nine in the morning.") == []


def flat(point: str, *turns: str) -> list[str]:
    return [show(f.value) for f in facts(point, *turns) if f.certainty is Certainty.FLAT]


@pytest.mark.parametrize(
    ("point", "question", "answer"),
    [
        ("permit", "You are responsible here?", "Permits are issued by the office, I see them."),
        ("permit", "You went in without a permit?", "No."),
        ("many", "Who was doing the blasting?", "Me, Ruan, and the old man's nephew."),
    ],
)
def test_nothing_flat_where_it_is_not_said(point: str, question: str, answer: str) -> None:
    assert flat(point, f"q{question}", f"a{answer}") == []


def test_somewhere_else_is_no_yes() -> None:
    assert said("watch", Slot.WHETHER, "qWere you standing watch?", "aI was in the office.") == []


def test_the_boss_is_not_the_quarry_boss() -> None:
    assert said("order", Slot.WHO_ORDERED, "qWho gave you the job?", "aThe boss did.") == []


def test_told_to_whom() -> None:
    turns = ("qWhen Bao gave the order, who was it for?", "aHe was shouting at Ruan.")
    assert said("order", Slot.TO_WHOM, *turns) == ["阮文山"]


def test_a_quote_is_the_speaker_s_own_words() -> None:
    answer = "Well... it was Bao, I tell you!"
    (fact,) = [
        f
        for f in facts("order", "qWho gave the order?", f"a{answer}")
        if f.slot is Slot.WHO_ORDERED
    ]
    assert fact.text in answer
    assert "Bao" in fact.text


_WORDS = (
    "who told you i never sent him bao nobody at nine half three of us face two permit no 's "
    "don't , ? the rock drill we a couple"
)
_TALK = st.lists(st.sampled_from(_WORDS.split(" ")), max_size=16).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("qa"), st.one_of(_TALK, st.text(max_size=40))), max_size=4)
)
def test_no_talk_breaks_it(turns: list[tuple[str, str]]) -> None:
    for point in POINTS:
        for fact in facts(point, *(role + text for role, text in turns)):
            show(fact.value)


def test_a_fragment_keeps_the_question_before_it() -> None:
    turns = (
        "qDid you tell them to do the blasting?",
        "aI tell people all sorts.",
        "qThat blasting, on Monday morning.",
        "aNo. That was not me.",
    )
    assert "燕小飞" in said("order", Slot.WHO_ORDERED, *turns)[-1]


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("Did you stand watch?", "Yes, I did.", "燕小飞"),
        ("Did Bao keep watch?", "No. He had gone.", "NOT 鲍国梁"),
        ("Who kept watch?", "Bao did. He pushed me aside and stood there.", "鲍国梁"),
    ],
)
def test_who_did_it_answered_shortly(question: str, answer: str, value: str) -> None:
    assert said("watch", Slot.WHO_DID, "q" + question, "a" + answer) == [value]


def test_a_guess_said_afterwards_is_a_guess() -> None:
    found = facts("tool", "qWhat tool did he use?", "aThe rock drill. I wasn't looking, mind.")
    assert [f.certainty for f in found] == [Certainty.HEDGED]


def test_where_somebody_did_the_work_is_where_the_work_was() -> None:
    assert said("where", Slot.WHERE, "qWhere were you blasting?", "aUp at face two.") == [
        "二号采面"
    ]


@pytest.mark.parametrize(
    ("point", "slot", "question", "answer", "values"),
    [
        ("order", Slot.TO_WHOM, "Who did Bao send?", "He was yelling at Ruan to go.", ["阮文山"]),
        ("many", Slot.HOW_MANY, "Who was blasting?", "Ruan, Bao and me. Three.", ["3"]),
        (
            "watch",
            Slot.WHO_DID,
            "Who stood watch?",
            "Bao did. Ruan was out in the yard.",
            ["鲍国梁"],
        ),
        ("permit", Slot.WHETHER, "Was there a permit?", "Bao told me so but I never saw it.", []),
        ("permit", Slot.WHETHER, "Did you have a permit?", "boss no give permit", ["no"]),
    ],
)
def test_whole_clauses(
    point: str, slot: Slot, question: str, answer: str, values: list[str]
) -> None:
    found = [
        show(f.value)
        for f in facts(point, "q" + question, "a" + answer)
        if f.slot is slot and f.event == "" and f.value is not None
    ]
    assert found == values
