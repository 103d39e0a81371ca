"""Spoken Chinese to facts: what was said, by class of behaviour. Sentences written for the test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    Whether,
    Who,
    WordTime,
)
from transcription.comparison.zh import clauses, read

ORDER = Point("P1", "核实谁安排换灯", topic="arrange", slots=(Slot.WHO_ORDERED, Slot.TO_WHOM))
REPORT = Point("P2", "核实谁报的警", topic="report", slots=(Slot.WHO_DID, Slot.WHEN))
WATCH = Point("P3", "核实现场监护", topic="supervise", slots=(Slot.WHO_DID, Slot.WHETHER))
PERMIT = Point("P4", "核实有没有办作业票", topic="permit", slots=(Slot.WHETHER,))
BELT = Point("P5", "核实安全带佩戴", topic="ppe", slots=(Slot.WHETHER,))
VALVE = Point("P6", "核实谁关的阀门", topic="valve", slots=(Slot.WHO_DID,))
CASE = Case(
    "case-test",
    date(2026, 5, 3),
    people=(
        Term("张强", ("张师傅",)),
        Term("李伟", ("李主任",)),
        Term("王军", ("王班长",)),
        Term("赵敏", ("安全员",)),
        Term("陈刚", ("陈师傅",)),
        Term("陈建国", ("陈会计",)),
    ),
    points=(ORDER, REPORT, WATCH, PERMIT, BELT, VALVE),
)
LEXICON = Lexicon(CASE)


def exchange(speaker: str, *said: str, point: str = "") -> Exchange:
    turns = tuple(
        Turn(f"t{n}", Role.QUESTION if n % 2 == 0 else Role.ANSWER, text, n, n + 1, point)
        for n, text in enumerate(said)
    )
    return Exchange("A", speaker, date(2026, 5, 4), "zh", turns)


def facts(point: Point, slot: Slot, speaker: str, *said: str, prompt: str = "") -> list[Fact]:
    read_out = read(exchange(speaker, *said, point=prompt), CASE, LEXICON, point)
    return [f for f in read_out if f.slot is slot]


def short(fact: Fact) -> str:
    value = fact.value
    mark = "~" if fact.certainty is Certainty.HEDGED else ""
    if value is None:
        assert fact.certainty is Certainty.UNKNOWN
        return "?"
    if isinstance(value, Whether):
        return mark + ("yes" if value.yes else "no")
    assert isinstance(value, Who)
    words = ["/".join(sorted(value.people))] if value.people else []
    if value.others:
        words.append("+")
    if value.denied:
        words.append("NOT " + "/".join(sorted(value.denied)))
    if value.nobody:
        words.append("NONE")
    return mark + " ".join(words)


def last(point: Point, slot: Slot, speaker: str, *said: str) -> str:
    found = facts(point, slot, speaker, *said)
    return short(found[-1]) if found else "-"


@pytest.mark.parametrize(
    ("speaker", "question", "answer", "value"),
    [
        # verbs and voices
        ("张强", "谁让你去换灯的？", "李主任吩咐下来的。", "李伟"),
        ("张强", "谁让你去换灯的？", "我是被王班长支使去的。", "王军"),
        ("张强", "谁派你去的", "王班长点的我的名", "王军"),
        ("张强", "换灯这事谁拍的板？", "李主任拍的板。", "李伟"),
        ("张强", "你受谁的指派？", "是李主任的意思。", "李伟"),
        ("陈刚", "张强怎么上去的？", "张强是王班长拉去的。", "王军"),
        ("张强", "谁让你去换灯的？", "李主任打电话过来，说灯不亮了，叫我去弄一下。", "李伟"),
        ("张强", "李主任怎么跟你说的？", "他说老张，灯你今天给我换了。", "李伟"),
        # names: family name and post, post alone, two of one name
        ("张强", "谁安排换灯的？", "是老王。", "王军"),
        ("张强", "谁安排换灯的？", "主任安排的。", "李伟"),
        ("张强", "谁安排换灯的？", "老陈让去的。", "+"),
        ("张强", "谁安排换灯的？", "领导安排的呗。", "+"),
        # nobody, own accord
        ("张强", "谁让你去换灯的？", "没谁让我去，我看灯坏了就自己上去了。", "NONE"),
        ("陈刚", "张强为什么去换灯？", "没人逼他，他自告奋勇的。", "NONE"),
        ("王军", "张强上去是谁同意的？", "谁也没同意，他招呼都不打就上去了。", "NONE"),
        # denial, contrast, scope
        ("李伟", "是你让张强去换灯的吗？", "我从来没让他去过。", "NOT 李伟"),
        ("李伟", "是你让张强去换灯的吗？", "叫他换灯这句话我没有讲过。", "NOT 李伟"),
        ("李伟", "你让张强换灯了吗？", "我只是让他去看看，没让他换。", "NOT 李伟"),
        ("张强", "是王军叫你去的吗？", "不是，是李伟。", "李伟 NOT 王军"),
        ("张强", "换灯谁安排的？", "是王班长不是李主任。", "王军 NOT 李伟"),
        ("张强", "李主任没安排你去吗？", "没有。", "NOT 李伟"),
        ("张强", "李主任没安排你去吗？", "安排了呀。", "李伟"),
        # rhetorical
        ("李伟", "是你让他去的？", "我怎么会让他去？", "NOT 李伟"),
        ("陈刚", "李主任叫他去了没有？", "咋没叫，叫了两遍。", "李伟"),
        # the question gives the content
        ("张强", "是李主任叫你去换灯的吗？", "对。", "李伟"),
        ("张强", "是李主任安排的还是王班长安排的？", "主任。", "李伟"),
        # does not know, sends away, hedges
        ("陈刚", "谁喊的张强？", "这个你得问李主任。", "?"),
        ("陈刚", "谁安排换灯的？", "轮不到我管。", "?"),
        ("陈刚", "谁安排换灯的？", "好像是李主任吧。", "~李伟"),
        ("陈刚", "谁安排换灯的？", "听食堂的人讲是李主任派的。", "~李伟"),
        ("陈刚", "谁安排换灯的？", "不是王班长就是李主任。", "-"),
        ("陈刚", "谁安排换灯的？", "还不是我们那个李大主任嘛。", "李伟"),
        ("王军", "换灯谁说了算？", "李主任说了算，他不点头谁敢动。", "李伟"),
        ("李伟", "派过张强换灯的活没有？", "我给他派的是扫卫生，不是换灯。", "NOT 李伟"),
        ("陈刚", "换灯当时谁发的话？", "发话的人就是李主任。", "李伟"),
        ("王军", "换灯前你跟张强交代过什么？", "我交代他注意安全。", "-"),
        ("陈刚", "张强是自己要去换灯的吗？", "对。", "NONE"),
        # another day, another plan
        ("张强", "谁安排换灯的？", "平时都是王班长派，那天是李主任直接找的我。", "李伟"),
        # no marks
        (
            "王军", "说一下经过",
            "我 没 让 他们 换灯 他们 三个 人 自己 上去 换 的 上午 十点 多", "NOT 王军 NONE",
        ),
    ],
)  # fmt: skip
def test_who_ordered(speaker: str, question: str, answer: str, value: str) -> None:
    assert last(ORDER, Slot.WHO_ORDERED, speaker, question, answer) == value


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("李主任那句话冲谁说的？", "冲张师傅说的。", "张强"),
        ("李主任派的谁？", "派的陈刚，没派张强。", "陈刚 NOT 张强"),
        ("换灯的任务落到谁头上？", "换灯由张强负责。", "张强"),
    ],
)
def test_to_whom(question: str, answer: str, value: str) -> None:
    assert last(ORDER, Slot.TO_WHOM, "赵敏", question, answer) == value


@pytest.mark.parametrize(
    ("point", "speaker", "question", "answer", "value"),
    [
        (REPORT, "陈刚", "谁报的警？", "我拿手机打的。", "陈刚"),
        (REPORT, "陈刚", "谁报的警？", "王班长本人报的。", "王军"),
        (REPORT, "陈刚", "谁报的警？", "汪师傅报的。", "汪师傅"),  # of another tone: somebody else
        (REPORT, "陈刚", "120是你叫的还是王军叫的？", "王军叫的。", "王军"),
        (REPORT, "张强", "是你报的警吗？", "不是我，陈师傅报的。", "陈刚 NOT 张强"),
        (REPORT, "王军", "谁打的电话？", "我让赵敏打的。", "赵敏"),
        (REPORT, "王军", "谁打的电话？", "张强媳妇打的。", "+"),
        (WATCH, "张强", "现场谁监护？", "监护人是赵敏。", "赵敏"),
        (WATCH, "张强", "现场谁监护？", "哪有什么监护人。", "NONE"),
        (WATCH, "赵敏", "监护的是你吗？", "不是我，是王军。", "王军 NOT 赵敏"),
        (WATCH, "张强", "现场谁监护？", "李主任让赵敏在下面看着的。", "赵敏"),
        (VALVE, "陈刚", "阀门是谁关的？", "是王班长关的。", "王军"),
        (VALVE, "陈刚", "阀门是谁关的？", "不是我关的，我去的时候已经关上了。", "NOT 陈刚"),
        (VALVE, "陈刚", "你关阀门了吗？", "关了。", "陈刚"),
    ],
)
def test_who_did(point: Point, speaker: str, question: str, answer: str, value: str) -> None:
    assert last(point, Slot.WHO_DID, speaker, question, answer) == value


def test_a_family_name_written_by_its_sound_is_the_one_person_who_bears_it() -> None:
    """Read so, it is marked as repaired and makes no red."""
    case = replace(CASE, people=(*CASE.people, Term("覃宏斌", ())))
    said = exchange("陈刚", "谁报的警？", "秦师傅报的。")
    (fact,) = [f for f in read(said, case, Lexicon(case), REPORT) if f.slot is Slot.WHO_DID]
    assert isinstance(fact.value, Who)
    assert fact.value.people == {"覃宏斌"}
    assert fact.repaired


@pytest.mark.parametrize(
    ("point", "question", "answer", "value"),
    [
        (PERMIT, "办作业票了吗？", "办了。", "yes"),
        (PERMIT, "办作业票了吗？", "哪来的票啊。", "no"),
        (PERMIT, "没办作业票是吧？", "对。", "no"),
        (PERMIT, "有作业票吗？", "有是有，就是没人签字。", "yes"),
        (PERMIT, "作业票办了吗？", "按规定是要办的，那天没办。", "no"),
        (PERMIT, "作业票你见过没有？", "没见过。", "?"),
        (PERMIT, "有没有办作业票？", "办过一张，不过是上个月的。", "-"),
        (BELT, "他系安全带了吗？", "系没系我没留意。", "?"),
        (BELT, "他系安全带了吗？", "安全帽戴了。", "-"),
        (BELT, "安全带发了吗？", "发了。", "yes"),
        (BELT, "他系安全带了吗？", "安全带是发了的。", "-"),
        (PERMIT, "有没有办作业票？", "临时用电票是办了的。", "-"),
        (PERMIT, "为什么没办作业票？", "图省事呗。", "~no"),
        (PERMIT, "作业票办了没有？", "王班长说办了。", "~yes"),
        (BELT, "安全带呢？", "系了，双钩都挂着。", "yes"),
    ],
)
def test_whether(point: Point, question: str, answer: str, value: str) -> None:
    assert last(point, Slot.WHETHER, "张强", question, answer) == value


@pytest.mark.parametrize("point", CASE.points, ids=lambda p: p.id)
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("你在厂里干了多久？", "我在厂里干了五年了。"),
        ("工资怎么结？", "一天三百，月底结。"),
        ("你是哪里人？", "四川的。"),
        ("天气怎么样？", "那天出太阳。"),
    ],
)
def test_other_talk_gives_no_fact(point: Point, question: str, answer: str) -> None:
    found = read(exchange("张强", question, answer), CASE, LEXICON, point)
    assert [f for f in found if f.slot in _OWN] == []


_OWN = (Slot.WHO_ORDERED, Slot.TO_WHOM, Slot.WHO_DID, Slot.WHETHER)


def test_the_point_is_answered_turns_later() -> None:
    said = ("谁让你去换灯的？", "那天可热了。", "你回答我的问题。", "是李主任喊的。")
    assert last(ORDER, Slot.WHO_ORDERED, "张强", *said) == "李伟"


def test_a_prompt_gives_the_point() -> None:
    found = facts(ORDER, Slot.WHO_ORDERED, "张强", "谁的主意？", "李主任。", prompt="P1")
    assert [short(f) for f in found] == ["李伟"]
    assert facts(ORDER, Slot.WHO_ORDERED, "张强", "谁的主意？", "李主任。", prompt="P2") == []


def test_all_points_without_one() -> None:
    said = ("说一下经过", "李主任让我去换灯，作业票没有办。")
    found = read(exchange("张强", *said), CASE, LEXICON, None)
    assert {(f.point, short(f)) for f in found if f.slot in _OWN} >= {("P1", "李伟"), ("P4", "no")}


def test_a_fact_quotes_the_speakers_own_characters() -> None:
    text = "嗯 是 李主任 让 我 去 的"
    (fact,) = facts(ORDER, Slot.WHO_ORDERED, "张强", "谁让你去的", text)
    assert text[slice(*fact.span)] == fact.text
    assert "李主任" in fact.text


def test_a_fact_has_the_least_confidence_of_its_words() -> None:
    text = "是李主任让我去的"
    words = (WordTime((0, 1), 10, 20, 990), WordTime((1, 4), 20, 40, 610))
    question = Turn("q", Role.QUESTION, "谁让你去的", 0, 5)
    answer = Turn("a", Role.ANSWER, text, 10, 90, words=words)
    said = Exchange("A", "张强", date(2026, 5, 4), "zh", (question, answer))
    (fact,) = [f for f in read(said, CASE, LEXICON, ORDER) if f.slot is Slot.WHO_ORDERED]
    assert (fact.confidence, fact.start_us) == (610, 10)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("我没让他们下去他们三个人自己下去的", ["我没让他们下去", "他们三个人自己下去的"]),
        ("是李主任安排我去的", ["是李主任安排我去的"]),
        ("不是我派的 他自己跑上去换的灯", ["不是我派的", "他自己跑上去换的灯"]),
        ("", []),
    ],
)
def test_clauses_of_unmarked_speech(text: str, pieces: list[str]) -> None:
    assert [c.text for c in clauses(text)] == pieces


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("大概十个人", "approximate"),
        ("好像是他", "hedged"),
        ("没看见他戴没戴", "unknown"),
        ("平时都戴", "habitual"),
        ("本来要派他去", "planned"),
        ("按规定要办票", "ought"),
        ("我能让他去吗", "rhetorical"),
        ("不是他派的吗", "affirming"),
    ],
)
def test_how_a_clause_is_meant(text: str, flag: str) -> None:
    (clause,) = clauses(text)
    assert getattr(clause, flag)


def test_an_ought_and_an_approximation_are_no_hedges() -> None:
    assert not any(c.hedged for c in clauses("大概三个人，应该戴安全带的，不可能没办"))


def test_what_is_taken_back() -> None:
    assert [c.withdrawn for c in clauses("九点，不对，十点")] == [True, False, False]


_SPOKEN = st.text(
    st.sampled_from(
        "我你他谁没不是有让叫派被自己的了吗说李主任张强王军票带系办报警监护看着，。？ \n一2"
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=40), _SPOKEN), min_size=1, max_size=4))
def test_any_text_is_read(said: list[str]) -> None:
    spoken = exchange("张强", *said)
    for fact in read(spoken, CASE, LEXICON, None):
        turn = next(t for t in spoken.turns if t.id == fact.turn)
        assert turn.role is Role.ANSWER
        assert turn.text[slice(*fact.span)] == fact.text
        assert fact.value is not None or fact.certainty is Certainty.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "<script>alert(1)</script>",
        "\ue000\ue001让\ue000去",
        "让" * 5000,
        "我" * 400,
        "ab cd" * 99,
    ],
)
def test_hostile_text(text: str) -> None:
    for point in CASE.points:
        read(exchange("张强", "谁让你去的？", text, text, text), CASE, LEXICON, point)


@pytest.mark.parametrize(
    ("question", "nobody"),
    [
        ("现场有人看着吗？", True),
        ("现场有没有外单位的人看着？", False),
        ("还有别人看着吗？", False),
    ],
)
def test_no_others_is_not_nobody(question: str, nobody: bool) -> None:
    found = facts(WATCH, Slot.WHO_DID, "张强", question, "没有。", prompt=WATCH.id)
    assert any(isinstance(f.value, Who) and f.value.nobody for f in found) is nobody
