"""Ways of speaking English, class by class: denials, causatives, counts, hours, names, states."""

from __future__ import annotations

from datetime import date

import pytest

from transcription.comparison.en import read
from transcription.comparison.en.align import tied
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

ORDER, TO, DID = Slot.WHO_ORDERED, Slot.TO_WHOM, Slot.WHO_DID
WHEN, MANY, WHERE, TOOL, WHETHER = (
    Slot.WHEN,
    Slot.HOW_MANY,
    Slot.WHERE,
    Slot.WITH_WHAT,
    Slot.WHETHER,
)
POINTS = {
    "order": Point("P1", "", "verify who told Gu to drain the tower", "arrange", (ORDER, TO)),
    "when": Point("P2", "", "verify when the draining started", "work", (WHEN,)),
    "many": Point("P3", "", "verify how many were on the tower", "work", (MANY,)),
    "where": Point("P4", "", "verify where the hose was tied", "work", (WHERE,)),
    "gate": Point("P5", "", "verify the back gate was locked", "exit", (WHETHER, DID)),
    "ppe": Point("P6", "", "verify goggles were worn", "ppe", (WHETHER,)),
    "tool": Point("P7", "", "verify what the flange was opened with", "work", (TOOL,)),
    "pump": Point("P8", "", "verify who stopped the pump", "work", (DID,)),
    "permit": Point("P9", "", "verify the permit", "permit", (WHETHER, DID)),
    "watch": Point("P10", "", "verify who watched", "supervise", (DID, WHETHER)),
}
CASE = Case(
    "tower",
    date(2026, 4, 2),
    people=(
        Term("陶建", (), ("Tao Jian", "the works director")),
        Term("古明", (), ("Gu Ming", "young Gu")),
        Term("施红", (), ("Shi Hong", "the shift leader")),
        Term("费强", (), ("Fei Qiang", "Master Fei")),
    ),
    places=(
        Term("三层", (), ("the third floor",)),
        Term("泵房", (), ("the acid pump house",)),
        Term("后罐", (), ("the rear gantry",)),
    ),
    equipment=(Term("管钳", (), ("pipe wrench",)), Term("切割机", (), ("disc cutter",))),
    points=tuple(POINTS.values()),
)
LEXICON = Lexicon(CASE)


def facts(point: str, slot: Slot, talk: tuple[str, ...], speaker: str = "古明") -> list[Fact]:
    turns = tuple(
        Turn(
            f"t{n}",
            Role.ANSWER if n % 2 else Role.QUESTION,
            text,
            n * 1_000_000,
            n * 1_000_000 + 900_000,
        )
        for n, text in enumerate(talk)
    )
    exchange = Exchange("A", speaker, date(2026, 4, 3), "en", turns)
    return [f for f in read(exchange, CASE, LEXICON, POINTS[point]) if f.slot is slot]


def shown(point: str, slot: Slot, *talk: str, speaker: str = "古明") -> list[str]:
    found = facts(point, slot, talk, speaker)
    return [show(f.value) for f in found if f.value is not None and not f.event]


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("Who told you to drain it?", "Ms Shi did.", "施红"),
        ("who sent you up", "shi got me to do it", "施红"),
        ("Who had the tower drained?", "The director had Gu do it.", "陶建"),
        ("Who told you?", "It was on Director Tao's orders.", "陶建"),
        ("Did you hear anyone tell him?", "I heard the shift leader yelling at him to go.", "施红"),
        ("You told him to, correct?", "That's correct.", "古明"),
        ("Did you send him up?", "I'd never have let him near it.", "NOT 古明"),
        ("Did you send him?", "I did not send him, why would I?", "NOT 古明"),
        ("Did you tell him to drain it?", "I told him to wait, nothing else.", "NOT 古明"),
        ("Was he told to go up?", "He was told to stay down. By me.", "NOT 古明"),
        ("Did you send him?", "No way. I had him carrying hoses, that's it.", "NOT 古明"),
        ("Did you tell him?", "I told him to wait, that's all I told him.", "NOT 古明"),
        ("Did you send him?", "I was filling in the log. I sent nobody.", "NOT 古明"),
    ],
)
def test_orders(question: str, answer: str, value: str) -> None:
    assert shown("order", ORDER, question, answer) == [value]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who told him to drain it?", "I'm not his boss. You want to talk to Shi."),
        ("Do you know who sent him?", "Yes."),
    ],
)
def test_who_only_passes_the_question_on_ordered_nothing(question: str, answer: str) -> None:
    assert shown("order", ORDER, question, answer) == []


@pytest.mark.parametrize(
    ("point", "question", "answer", "value"),
    [
        ("pump", "Who stopped the pump?", "I had Fei do it.", "费强"),
        ("pump", "Who stopped the pump?", "I saw Master Fei stop it.", "费强"),
        ("pump", "Who stopped the pump?", "I was going to but Shi beat me to it.", "施红"),
        ("pump", "Who stopped the pump?", "In the end the director done it.", "陶建"),
        ("pump", "Did you stop the pump?", "I never touched it.", "NOT 古明"),
        ("pump", "The pump, was that you who stopped it?", "No, Fei did.", "费强"),
        ("watch", "Who was watching over you?", "Ms Shi was up there.", "施红"),
    ],
)
def test_deeds(point: str, question: str, answer: str, value: str) -> None:
    assert shown(point, DID, question, answer) == [value]


@pytest.mark.parametrize("answer", ["I was unconscious.", "I saw nothing of it, ask Fei."])
def test_a_witness_did_nothing(answer: str) -> None:
    assert shown("pump", DID, "Who stopped the pump?", answer) == []


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("How many were on the tower?", "Four of us and the fitter.", "5"),
        ("How many were on the tower?", "I had eleven up there plus me.", "12"),
        ("How many were on the tower?", "I took two, so three with me.", "3"),
        ("How many were on the tower?", "Just me and the lad.", "2"),
        ("How many were up?", "there was me and there was two more so three all told", "3"),
        ("So there were five on the tower?", "No no, three. Five is the whole shift.", "3"),
        ("There were five on the tower, weren't there?", "That's right.", "5"),
        ("How many were up there?", "Fei and me went. It was him. Shi came after.", "2"),
    ],
)
def test_counts(question: str, answer: str, value: str) -> None:
    assert [v.removesuffix("人") for v in shown("many", MANY, question, answer)] == [value]


@pytest.mark.parametrize(
    ("question", "answer", "low", "high"),
    [
        ("When did the draining start?", "Fourteen hundred on the dot.", 830, 850),
        ("When did the draining start?", "Not till gone four.", 240, 300),
        ("Was it already three when the draining started?", "Not yet. Ten to.", 160, 180),
        ("The draining started at nine, didn't it?", "yeah it did", 525, 555),
        ("When did the draining start?", "Well after two.", 130, 240),
    ],
)
def test_hours(question: str, answer: str, low: int, high: int) -> None:
    values = [f.value for f in facts("when", WHEN, (question, answer))]
    assert [(v.low, v.high) for v in values if v is not None] == [(low, high)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("point", "slot", "talk", "value"),
    [
        ("where", WHERE, ("Where was the hose tied?", "Off the gantry, the rear one."), "后罐"),
        ("where", WHERE, ("Where was it tied?", "On the three floor, sir."), "三层"),
        ("where", WHERE, ("Where was it tied?", "Up top.", "Which floor?", "The third."), "三层"),
        ("tool", TOOL, ("What did you open the flange with?", "The wrench."), "管钳"),
        ("tool", TOOL, ("What did you open the flange with?", "A crowbar."), "crowbar"),
        (
            "tool",
            TOOL,
            ("You used a pipe wrench, is that right?", "No sir. A crowbar."),
            "crowbar",
        ),
        ("tool", TOOL, ("What did they use?", "They're not allowed the disc cutter."), ""),
        ("tool", TOOL, ("Did you use the disc cutter on it?", "Never."), "NOT 切割机"),
    ],
)
def test_places_and_tools(point: str, slot: Slot, talk: tuple[str, ...], value: str) -> None:
    assert shown(point, slot, *talk)[-1:] == ([value] if value else [])


@pytest.mark.parametrize(
    ("point", "question", "answer", "value"),
    [
        ("gate", "Was the back gate locked?", "It was wide open.", "no"),
        ("gate", "The back gate was unlocked, wasn't it?", "No it was not.", "yes"),
        ("gate", "Was the back gate open?", "No.", "yes"),
        ("ppe", "So he worked without goggles?", "He most certainly did not.", "yes"),
        ("ppe", "So you weren't wearing goggles?", "I was.", "yes"),
        ("ppe", "So you weren't wearing goggles?", "I'm afraid not.", "no"),
        ("ppe", "Were you kitted out?", "Helmet yes, goggles no.", "no"),
        ("ppe", "Did you have goggles on?", "Had 'em on, only not done up.", "yes"),
        ("ppe", "Were goggles worn?", "Whether they wear them is another matter.", None),
    ],
)
def test_states(point: str, question: str, answer: str, value: str | None) -> None:
    assert shown(point, WHETHER, question, answer) == ([value] if value else [])


@pytest.mark.parametrize(
    ("point", "question", "answer"),
    [
        ("permit", "Did you sign a permit?", "No, I didn't."),
        ("ppe", "Were goggles worn?", "Fei says they were all wearing them."),
        ("ppe", "Were you wearing goggles?", "It was forty degrees, would you?"),
    ],
)
def test_what_says_it_only_half_is_hedged(point: str, question: str, answer: str) -> None:
    found = [f.certainty for f in facts(point, WHETHER, (question, answer)) if f.value is not None]
    assert set(found) <= {Certainty.HEDGED}


@pytest.mark.parametrize(
    ("talk", "point", "sure"),
    [
        (("Who switched the pump off?",), "P8", True),
        (("How many of you were up there?",), "P3", False),
        (("Who put a stop to it?",), "P8", True),
        (("Was the gate chained?",), "P5", True),
        (("Who sent him?",), "P1", True),
        (("How long have you worked here?",), "", False),
    ],
)
def test_which_point_a_question_is_about(talk: tuple[str, ...], point: str, sure: bool) -> None:
    turns = [Turn(f"t{n}", Role.QUESTION, text, n, n + 1) for n, text in enumerate(talk)]
    found = tied(CASE, turns)
    assert (found.point.id if found.point else "", found.sure) == (point, sure)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Mr Tao and Master Fei", ["陶建", "费强"]),
        ("tao told fei", ["陶建", "费强"]),
        ("from the gantry", ["后罐"]),
        ("the gantry driver", []),
        ("the house", []),
        ("floor three", ["三层"]),
        ("with the cutter", ["切割机"]),
    ],
)
def test_names_that_the_case_does_not_spell_out(text: str, ids: list[str]) -> None:
    assert [m.id for m in LEXICON.mentions(text) if m.id] == ids


def test_a_family_name_of_two_people_is_ambiguous() -> None:
    case = Case("two", None, people=(Term("a", (), ("Li Wei",)), Term("b", (), ("Li Jun",))))
    found = Lexicon(case).mentions("It was Manager Li.")
    assert [(m.id, m.candidates) for m in found] == [("", ("a", "b"))]
