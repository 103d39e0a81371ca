"""Terms of the case put where the recogniser wrote what sounds like them; precision first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.demo import __file__ as demo_file
from transcription.model_build.pinyin import DATA
from transcription.recogniser import UNKNOWN, Word
from transcription.repair import CaseTerms, Repaired, repair
from transcription.terms import SAME_SOUND

NAMES = ["郑国栋", "张志强", "恒盛油库", "氩弧焊机", "李梅"]
CASE = CaseTerms.of("d", NAMES, known=())


def said(text: str, confidence: float = 1.0, unsure: str = "") -> list[Word]:
    """Words with blanks between them; those in ``unsure`` have little confidence."""
    return [
        Word(word, 0, 1, 0.5 if word in unsure.split() else confidence) for word in text.split()
    ]


def test_a_name_the_recogniser_cannot_write() -> None:
    found = repair(said("我 看见 证 过 动 签字 了"), CASE)
    assert found.text == "我看见郑国栋签字了"
    (one,) = found.repairs
    assert found.text[one.start : one.end] == "郑国栋"
    assert (one.original, one.rule, one.distance) == ("证过动", SAME_SOUND, 0)


def test_two_repairs_keep_their_places() -> None:
    found = repair(said("张 之 墙 和 正 国 东 说"), CASE)
    assert found.text == "张志强和郑国栋说"
    assert [found.text[one.start : one.end] for one in found.repairs] == ["张志强", "郑国栋"]


def test_an_unsure_word_is_evidence() -> None:
    assert repair(said("是 立 美 说 的", unsure="美"), CASE).text == "是李梅说的"
    assert repair(said("是 立 美 说 的"), CASE).text == "是立美说的"
    assert repair(said("在 恒生 油库", unsure="恒生"), CASE).text == "在恒盛油库"


def test_an_unknown_word_beside_is_evidence() -> None:
    case = CaseTerms.of("d", NAMES, known=NAMES)  # the model could have written all of them
    assert not repair(said("张 之 墙 说"), case).repairs
    assert repair(said(f"张 之 墙 {UNKNOWN}"), case).text == "张志强"


@pytest.mark.parametrize(
    "text",
    [
        "在 恒顺 油库 干活",  # another word of the trade that makes sense
        "立 没 来",  # a negation
        "张 之前 说 过",  # a common word at an edge
        "他 李 没 有",
        "张志强 说",  # as it is
    ],
)
def test_is_left_alone(text: str) -> None:
    assert repair(said(text), CASE) == Repaired(text.replace(" ", ""))


def test_a_number_is_never_repaired() -> None:
    case = CaseTerms.of("d", ["三号罐", "吴志强"], known=())
    assert not repair(said("山 号 管", confidence=0.3), case).repairs
    assert not repair(said("五 之 强", confidence=0.3), case).repairs


def test_rivals_are_left_to_people() -> None:
    case = CaseTerms.of("d", ["张志强", "章自强"], known=())
    assert not repair(said("脏 之 墙 说"), case).repairs


def test_clean_story_is_never_touched() -> None:
    """Every sentence of the story and of the demo, against names of many people."""
    surnames, given = "张王李赵陈周吴郑孙马高林史于何", "伟军强国栋志海波晓燕立德建和玉文斌世义明"
    names = [a + b + c for a in surnames for b in given for c in given]
    story = json.loads(Path(demo_file).with_name("story.json").read_text(encoding="utf-8"))
    places = [name for one in story["case"]["places"] for name in [one["id"], *one["aliases"]]]
    case = CaseTerms.of("d", [*places, *names[:4500]], known=())
    lines = (DATA / "story.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 90
    for line in lines:
        words = [Word(word, 0, 1, 1.0) for word in line.split() if word.isalnum()]
        assert repair(words, case).repairs == ()


def test_nothing_is_repaired_without_a_vocabulary() -> None:
    words = said("证 过 动 [unk]")
    assert repair(words, CaseTerms()) == Repaired("证过动")
