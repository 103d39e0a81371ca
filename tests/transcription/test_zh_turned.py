"""Whether it was so, said in other ways than yes, no and the plain act. Sentences of the test."""

from __future__ import annotations

from datetime import date

import pytest

from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import (
    Case,
    Certainty,
    Exchange,
    Point,
    Role,
    Slot,
    Term,
    Turn,
    Whether,
)
from transcription.comparison.zh import read

BOTH = (Slot.WHETHER, Slot.WHO_DID)
POINTS = {
    point.topic: point
    for point in (
        Point("P1", "核实检修有没有办作业票", topic="permit", slots=BOTH[:1]),
        Point("P2", "核实有没有做安全培训", topic="training", slots=BOTH[:1]),
        Point("P3", "核实有没有戴防毒面具", topic="ppe", slots=BOTH[:1]),
        Point("P5", "核实下井前有没有检测气体", topic="gas_test", slots=BOTH),
        Point("P6", "核实下井前有没有通风", topic="ventilation", slots=BOTH),
        Point("P7", "核实检修前有没有断电挂牌", topic="power_off", slots=BOTH),
        Point("P8", "核实进罐前进料阀有没有关", topic="isolation", slots=BOTH),
        Point("P9", "核实吊装区有没有拉警戒线", topic="cordon", slots=BOTH),
        Point("P10", "核实井口有没有人监护", topic="supervise", slots=BOTH),
        Point("P11", "核实着火前报警器有没有响", topic="alarm", slots=BOTH[:1]),
        Point("P12", "核实防护罩有没有装", topic="guard", slots=BOTH[:1]),
        Point("P13", "核实谁安排下井", topic="arrange", slots=(Slot.WHO_ORDERED, Slot.TO_WHOM)),
    )
}
BELT = Point("P14", "核实孙磊有没有系安全带", topic="belt", slots=BOTH[:1])
CASE = Case(
    "case-turned",
    date(2026, 5, 14),
    people=(
        Term("张强", ("张师傅",)),
        Term("王军", ("王班长",)),
        Term("赵敏", ("安全员",)),
        Term("孙磊", ("小孙",)),
    ),
    equipment=(Term("风机", ()), Term("检测仪", ()), Term("蒸汽阀", ()), Term("进料阀", ())),
    points=(*POINTS.values(), BELT),
)
LEXICON = Lexicon(CASE)


def whether(topic: str, *said: str, speaker: str = "孙磊") -> list[str]:
    point = BELT if topic == "belt" else POINTS[topic]
    turns = tuple(
        Turn(f"t{n}", Role.ANSWER if n % 2 else Role.QUESTION, text, n, n + 1)
        for n, text in enumerate(said)
    )
    exchange = Exchange("A", speaker, date(2026, 5, 15), "zh", turns)
    marks = {Certainty.HEDGED: "~"}
    return [
        marks.get(fact.certainty, "") + ("yes" if fact.value.yes else "no")
        for fact in read(exchange, CASE, LEXICON, point)
        if fact.slot is Slot.WHETHER and isinstance(fact.value, Whether)
    ]


@pytest.mark.parametrize(
    ("topic", "question", "answer"),
    [
        ("permit", "作业票办了没有", "办个铲铲"),
        ("permit", "票办了吗", "办啥办，嫌麻烦"),
        ("permit", "有没有作业票", "谁跟你说办了，他来跟我对质"),
        ("permit", "作业票办没办", "要是办了票我今天还能坐这儿"),
        ("training", "安全培训搞了没", "搞个毛线，签个字了事"),
        ("ppe", "面具戴没戴", "面具吊在脖子底下当项链"),
        ("ppe", "面具戴没戴", "掀到头顶上去了"),
        ("ppe", "他的面具呢，戴没戴", "从进去到出来就没往脸上扣过一回"),
        ("gas_test", "下井前测气没有", "仪器在库房锁着，动都没动过"),
        ("gas_test", "下井前测气没有", "测了还能死人"),
        ("ventilation", "通风了没", "风都没吹过一口"),
        ("power_off", "电断了没", "谁要说断了电，叫他自己去试试"),
        ("power_off", "电断了没", "电要是断了，手能绞进去？"),
        ("isolation", "进料阀关了没", "关个屁大敞四开的"),
        ("isolation", "进料阀关了没", "开着的，料一直往里淌"),
        ("cordon", "警戒线拉了没", "围什么围，人随便走"),
        ("supervise", "井口有没有人监护", "人都跑去吃饭了，哪个守"),
        ("supervise", "井口有没有人监护", "空荡荡的，连个人毛都没有"),
        ("alarm", "报警器响了没", "哑巴一样，一声没吭"),
        ("guard", "防护罩装了没", "早拆了"),
    ],
)
def test_denied_without_a_word_of_denial(topic: str, question: str, answer: str) -> None:
    assert whether(topic, question, answer)[-1:] == ["no"]


@pytest.mark.parametrize(
    ("topic", "question", "answer"),
    [
        ("permit", "有没有作业票", "谁说没有，就夹在本子里"),
        ("gas_test", "下井前测气没有", "没测敢下吗"),
        ("power_off", "电断了没", "肯定断了，不断电我敢伸手？"),
        ("power_off", "挂牌了没有", "挂了，牌子挂在开关把手上"),
        ("power_off", "电断了没", "闸是拉下来了的牌子也挂了我拿手盘都盘不动"),
        ("ppe", "面具戴没戴", "一直扣在脸上没摘过"),
        ("isolation", "进料阀关了没", "关死了，拧不动为止"),
        ("supervise", "井口有没有人监护", "我一直守着没挪窝"),
        ("supervise", "井口有没有人监护", "始终设有专人监护该专人未曾离岗"),
        ("guard", "防护罩装了没", "装着呢，四颗螺丝拧得死死的"),
        ("permit", "审批办好了吗", "办好了才敢拆的"),
    ],
)
def test_affirmed_by_what_else_would_be(topic: str, question: str, answer: str) -> None:
    assert whether(topic, question, answer)[-1:] != ["no"]
    assert whether(topic, question, answer)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        # a tool, no curse; a thing of another kind; another item worn
        ("cordon", ("用什么钉的桩", "用个锤子")),
        ("isolation", ("蒸汽阀关了没", "关了")),
        ("ppe", ("他戴安全帽没有", "没戴")),
        # only the subject named; who it was; what has nothing to do with it
        ("permit", ("有没有作业票", "说到作业票，我跟你讲讲我们的难处")),
        ("ventilation", ("通风是由你启动的吗", "不是我")),
        ("power_off", ("他和你说话没有", "一个字也没说")),
        # 批没批 denies nothing
        ("permit", ("作业票批过没有", "批没批我一个开车的哪里知道")),
    ],
)
def test_said_of_something_else(topic: str, said: tuple[str, ...]) -> None:
    assert not [one for one in whether(topic, *said) if not one.startswith("~")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("五月十号那次下井测了没", "测了"), []),
        (("三月份换泵那次测气没有", "那一回测了的"), []),
        (("下井前测气没有", "十号那次下井我测过"), []),
        (("下井前测气没有", "十三号那次下井我测过"), []),
        (("下井前测气没有", "十号那次没测，这次测了"), ["yes"]),
        (("五月十四号下井测了没", "没测"), ["no"]),
        (("出事那次下井前测气没有", "没测"), ["no"]),
    ],
)
def test_another_time_of_doing_it_says_nothing_of_this_one(
    said: tuple[str, ...], expected: list[str]
) -> None:
    assert whether("gas_test", *said) == expected


def test_training_lies_before() -> None:
    assert whether("training", "三月份那次安全培训你参加了没有", "参加了")[-1:] == ["yes"]


def test_put_on_and_taken_off_again_is_no_plain_yes() -> None:
    assert whether("cordon", "警戒线拉了没", "拉倒是拉了，早给风刮跑了") == ["~yes"]
    assert whether("ppe", "面具戴没戴", "戴是戴了，进去没两分钟就扯了") == ["~yes"]


def test_a_point_about_one_person_is_not_answered_for_others() -> None:
    assert whether("belt", "孙磊系安全带没有", "没系", speaker="赵敏") == ["no"]
    assert whether("belt", "底下那两个电焊工系安全带没有", "没系", speaker="赵敏") == []
    assert whether("belt", "王军系安全带没有", "没系", speaker="赵敏") == []
    assert whether("belt", "你系安全带没有", "没系") == ["no"]


def test_a_quarter_to_is_no_lack() -> None:
    assert "no" not in whether("isolation", "进料阀什么时间关的", "八点缺十分，拧到底的")


def test_should_have_been_done_is_hedged() -> None:
    assert whether("gas_test", "下井前测气没有", "应该测了的，他们一向认真") == ["~yes"]
