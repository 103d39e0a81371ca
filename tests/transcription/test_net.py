"""The network that reads exchanges: its twin in torch, its size, its held-out figures."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest

from tests.transcription.twins import reads_as_torch
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
from transcription.comparison.net_shape import ROLES, WHOLE, Said
from transcription.comparison.parts import Names, read
from transcription.comparison.training.examples import Example, written
from transcription.comparison.training.exchanges import FOLDER, examples
from transcription.comparison.training.net_figures import HELD_OUT, figures
from transcription.comparison.zh import net
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.net_input import encode
from transcription.comparison.zh.net_reading import found_in, views

POINT = Point("P1", "核实清灰由谁安排", topic="arrange", slots=(Slot.WHO_ORDERED, Slot.TO_WHOM))
CASE = Case(
    "c", date(2026, 5, 3), (Term("王建国", ("王工",)), Term("李二", ("老李",))), (), (), (POINT,)
)


@lru_cache(maxsize=1)
def held_out() -> tuple[Example, ...]:
    return tuple(x for name in HELD_OUT for x in examples(FOLDER / f"{name}.txt"))


def exchange(*said: str, point: str = "P1") -> Exchange:
    turns = tuple(
        Turn(str(at), Role.ANSWER if at % 2 else Role.QUESTION, text, at, at + 1, point)
        for at, text in enumerate(said)
    )
    return Exchange("A", "李二", date(2026, 5, 4), "zh", turns)


def test_numpy_gives_what_torch_gave() -> None:
    reads_as_torch(net.stored(), "net_expected.json")


def test_the_weights_are_small_and_the_same_words_give_the_same_numbers() -> None:
    assert net.WEIGHTS.stat().st_size < 3_000_000
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
ROLES_F1, WHOLE_RIGHT = 0.45, 0.4


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda p: p.stem)
def test_every_file_of_exchanges_is_of_the_form(path: Path) -> None:
    some = list(written(path))
    assert len(some) >= 10
    for one in some:
        assert one.whole in WHOLE
        for start, end, _, roles in one.marks:
            assert one.turns[-1][1][start:end].strip()
            assert all(r.lstrip("!?") in (*ROLES, "-") for r in roles.split("+"))


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("q 谁\na 我\n= -\n", encoding="utf-8")
    with pytest.raises(ValueError, match="expected @, q, a and = lines"):
        list(written(path))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "？？？",
        "我" * 400,
        "他" * 130 + "三点" * 60,
        "<script>alert(1)</script>",
        "\x00\ue000\ue001\uea00王工",
        "the foreman told me to 呗 👷🏻‍♀️",
    ],
)
def test_any_text_is_read(answer: str) -> None:
    heard = Heard(exchange("谁让你去清灰的", answer), CASE, Names(CASE))
    for view in views(heard, POINT, []):
        assert all(0 <= one.score <= 1 for one in found_in(heard, POINT, view))


def test_mentions_the_answer_does_not_have_are_none() -> None:
    words = net.stored().words
    given = encode(POINT, (Said("谁让你去的", asks=True), Said("嗯", asks=False)), words)
    assert net.stored().read(given).roles.shape[0] == 0


def test_a_fact_of_the_network_quotes_the_answer() -> None:
    said = exchange("谁让你去清灰的", "那天嘛，王工来了一趟，他开的口，叫我把灰清了")
    facts = [f for f in read(said, CASE, Names(CASE), POINT) if f.slot is Slot.WHO_ORDERED]
    assert facts
    for fact in facts:
        assert fact.text
        assert fact.text in said.turns[1].text
        assert isinstance(fact.value, Who)
        assert fact.value.people == {"王建国"}


def test_a_question_about_another_point_gives_nothing() -> None:
    other = Point("P2", "核实是否佩戴安全带", slots=(Slot.WHETHER,))
    case = Case("c", CASE.incident, CASE.people, (), (), (POINT, other))
    heard = Heard(exchange("谁让你去清灰的", "王工让我去的"), case, Names(case))
    assert views(heard, POINT, [])
    assert views(heard, other, []) == []
