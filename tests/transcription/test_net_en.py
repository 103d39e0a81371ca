"""The networks that read English exchanges and tie questions to points: twins, sizes, figures."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import pytest

from tests.transcription.twins import reads_as_torch, ties_as_torch
from transcription.comparison.en import net, tie
from transcription.comparison.en.net_input import encode, tokens_of
from transcription.comparison.en.net_joined import Joined
from transcription.comparison.en.tying import heard_in, share_of, tied_in
from transcription.comparison.model import (
    Case,
    Exchange,
    Point,
    Role,
    Slot,
    Term,
    Turn,
    Who,
)
from transcription.comparison.net_shape import ROLES, WHOLE, Mark, Said
from transcription.comparison.parts import Names, read
from transcription.comparison.training.examples import Example, written
from transcription.comparison.training.exchanges_en import FOLDER, cases_of, examples
from transcription.comparison.training.net_figures import HELD_OUT_EN, figures

POINT = Point(
    "P1", "", "verify who arranged the roofing", "arrange", (Slot.WHO_ORDERED, Slot.TO_WHOM)
)
OTHER = Point("P2", "", "verify whether harnesses were worn", "ppe", (Slot.WHETHER,))
CASE = Case(
    "c", date(2026, 5, 3),
    (Term("w", (), ("Walsh", "the foreman")), Term("o", (), ("Okoro", "Ben Okoro"))),
    (), (), (POINT, OTHER),
)  # fmt: skip
NAMES = Names(CASE)


def exchange(*said: str, point: str = "P1") -> Exchange:
    turns = tuple(
        Turn(str(at), Role.ANSWER if at % 2 else Role.QUESTION, text, at, at + 1, point)
        for at, text in enumerate(said)
    )
    return Exchange("A", "o", date(2026, 5, 4), "en", turns)


@lru_cache(maxsize=1)
def held_out() -> tuple[Example, ...]:
    return tuple(x for name in HELD_OUT_EN for x in examples(FOLDER / f"{name}.txt"))


def test_numpy_gives_what_torch_gave() -> None:
    reads_as_torch(net.stored(), "net_en_expected.json")
    ties_as_torch(tie.stored(), "tie_en_expected.json")


def test_the_weights_are_small_and_the_same_words_give_the_same_numbers() -> None:
    assert net.WEIGHTS.stat().st_size < 1_000_000
    assert tie.WEIGHTS.stat().st_size < 1_000_000
    one = held_out()[0]
    given = encode(one.point, one.turns, net.stored().words)
    first, again = net.stored().read(given), net.stored().read(given)
    assert (first.roles == again.roles).all()
    assert (first.whole == again.whole).all()


def test_files_never_trained_on_are_read_as_well_as_reported() -> None:
    found = figures(net.stored(), encode, held_out())
    assert found["whole"]["n"] >= 100
    assert found["all roles"]["f1"] >= ROLES_F1
    assert found["whole"]["right"] >= WHOLE_RIGHT


#: A little under what was measured when the weights were made (README.md of the comparison).
ROLES_F1, WHOLE_RIGHT = 0.55, 0.5


def test_questions_of_files_never_trained_on_are_tied_to_their_point() -> None:
    asked = by_rules = right = wrong = 0
    for name in HELD_OUT_EN[::2]:
        for case, group in cases_of(list(written(FOLDER / f"{name}.txt"))):
            names = Names(case)
            for one in group:
                if one.whole == "off":
                    continue
                turns = tuple(
                    Turn(str(n), Role.QUESTION if who == "q" else Role.ANSWER, text, n, n + 1)
                    for n, (who, text) in enumerate(one.turns)
                )
                said = Exchange("A", "o", date(2026, 5, 4), "en", turns)
                heard = heard_in(said, case, names)
                own = next(p for p in case.points if p.text == one.point.text)
                found = tied_in(heard, said, case)
                ruled = tied_in(heard[:-1], said, case)  # no answer yet: the rules alone
                asked += 1
                by_rules += ruled.sure and ruled.point is own
                right += found.sure and found.point is own
                wrong += found.sure and found.point is not own
    assert asked >= 100
    assert right > by_rules
    assert wrong <= 0.12 * asked


def test_every_file_of_exchanges_is_of_the_form() -> None:
    paths = sorted(FOLDER.glob("*.txt"))
    assert len(paths) >= 20
    for path in paths:
        some = list(written(path))
        assert len(some) >= 10
        for one in some:
            assert one.whole in WHOLE
            for start, end, _, roles in one.marks:
                assert one.turns[-1][1][start:end].strip()
                assert all(r.lstrip("!?") in (*ROLES, "-") for r in roles.split("+"))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "???",
        "i " * 200,
        "he told them at three " * 18,
        "<script>alert(1)</script>",
        "\x00\ue000 Walsh’s İ",
        "王工 told me to 👷🏻‍♀️",
    ],
)
def test_any_text_is_read(answer: str) -> None:
    for point in ("P1", ""):
        said = exchange("Who told you to do the roofing?", answer, point=point)
        for fact in read(said, CASE, NAMES, POINT):
            assert fact.text == answer[slice(*fact.span)]


def test_a_person_is_one_word_and_its_short_verb_another() -> None:
    text = "i'd told ben okoro at ten"
    marks = (Mark(0, 3, "p", "i"), Mark(9, 18, "p", "name"), Mark(22, 25, "t"))
    assert [word for word, _, _ in tokens_of(text, marks)] == ["", "'d", "told", "", "at", "ten"]
    given = encode(
        POINT, (Said("who told you", True), Said(text, False, marks)), net.stored().words
    )
    assert len(given.marks) == 3


def test_a_fact_of_the_network_quotes_the_answer() -> None:
    said = exchange(
        "Who told you to do the roofing?", "Walsh. He came round at eight and sent us up."
    )
    facts = [f for f in read(said, CASE, NAMES, POINT) if f.slot is Slot.WHO_ORDERED]
    assert facts
    for fact in facts:
        assert fact.text
        assert fact.text in said.turns[1].text
        assert isinstance(fact.value, Who)
        assert fact.value.people == {"w"}


def test_a_question_about_another_point_gives_nothing() -> None:
    said = exchange("Who told you to do the roofing?", "Walsh told us to.")
    assert Joined(said, CASE, NAMES, POINT).facts()
    assert Joined(said, CASE, NAMES, OTHER).facts() == []
    assert (
        share_of(heard_in(said, CASE, NAMES), said, CASE, OTHER) == 1.0
    )  # a prompt's is not guessed
