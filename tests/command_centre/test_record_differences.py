"""Record against recording: what is a difference, how grave it is, and what is none."""

from __future__ import annotations

import sys
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command_centre.record.differences import Difference, Said, Written, differences
from command_centre.record.sound import sounds_alike
from command_centre.record.spoken_tokens import tokens_of

if TYPE_CHECKING:
    from _typeshed import TraceFunction

NAMES = ("张某", "李某", "王某")
_SECOND = 1_000_000


def said(*texts: str, kind: str = "a") -> list[Said]:
    return [
        Said(f"u{n}", kind, text, n * 10 * _SECOND + 1, (n * 10 + 5) * _SECOND)
        for n, text in enumerate(texts)
    ]


def one_line(spoken: str, written: str) -> list[Difference]:
    return differences([Written("a", written, ("u0",), 1)], said(spoken), NAMES)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("嗯那个氧含量百分之二十一", "氧含量21%。"),
        ("氧含量二十一", "氧含量 21。"),
        ("九点半下去的", "9:30下去的。"),
        ("九点三十分下去的", "9时30分下去。"),
        ("下午三点", "15:00"),
        ("一百二十块", "一百二块。"),
        ("五月十二号", "5月12日"),
        ("三万五", "3.5万"),
        ("俩人", "两人"),
        ("她说的", "他说的。"),
        ("没有办票", "没办票。"),
        ("ＮＯ０１１７", "No.0117"),
        ("嗯啊", ""),
    ],
)
def test_ways_of_writing_are_no_difference(spoken: str, written: str) -> None:
    assert one_line(spoken, written) == []


@pytest.mark.parametrize(
    ("spoken", "written", "kind", "about"),
    [
        ("三个人下去的", "两个人下去的", "changed", "number"),
        ("氧含量十七", "氧含量二十一", "changed", "number"),
        ("是李某派我去的", "是王某派我去的", "changed", "name"),
        ("什么票都没办", "什么票都办了", "missing", "negation"),
        ("我看见他了", "我没看见他", "added", "negation"),
        ("九点下去的", "十点下去的", "changed", "time"),
        ("十二号那天我九点到的", "那天我九点到的", "missing", "number"),
        ("我们用的是割枪", "我们用的是焊机", "changed", "words"),
        ("我们用汽割", "我们用气割", "misheard", "words"),
        ("章某让我去的", "张某让我去的", "misheard", "name"),
    ],
)
def test_each_kind_of_difference(spoken: str, written: str, kind: str, about: str) -> None:
    [found] = one_line(spoken, written)
    assert (found.kind, found.about) == (kind, about)
    assert found.critical == (about != "words" and kind != "misheard")
    assert found.utterances == ("u0",)
    assert found.start_us == 1


#: Nobody wrote these beside the patterns: each line is what a clerk may do to a sentence.
ENGLISH_NAMES = ("Zhang Wei", "Zhang", "Wei", "Li")


def english(spoken: str, written: str) -> list[Difference]:
    return differences([Written("a", written, ("u0",), 1)], said(spoken), ENGLISH_NAMES)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("I did not go down", "I didn't go down."),
        ("I cannot remember that", "I can’t remember that."),
        ("you can not see it from there", "You cannot see it from there."),
        ("um there were three of us you know", "There were 3 of us."),
        ("the oxygen was twenty point nine percent", "The oxygen was 20.9%."),
        ("it holds two hundred and five litres", "It holds 205 litres."),
        ("one thousand two hundred litres", "1,200 litres."),
        ("a hundred and twenty volts", "120 volts"),
        ("we began at half past nine", "We began at 9:30."),
        ("we began at nine thirty in the evening", "We began at 21:30."),
        ("I got there at a quarter to ten", "I got there at 9:45."),
        ("at nine the gate was open", "At 9:00 the gate was open."),
        ("he left at five p.m. and locked up", "He left at 17:00 and locked up."),
        ("the pump stopped at noon", "The pump stopped at 12:00."),
        ("it was on the twelfth of May", "It was on May 12."),
        ("on may the third I was ill", "On 3 May I was ill."),
        ("since nineteen ninety eight", "Since 1998."),
        ("on june first at ten a m", "On the 1st of June at 10:00."),
        ("I weigh one eighty", "I weigh 180."),
        ("it was room nine oh five", "It was room 905."),
        ("permit number five one seven", "Permit No. 517."),
        ("it was tank number three", "It was tank no 3."),
        ("the number three pump", "The no 3 pump."),
        ("number two pump", "No. 2 pump."),
        ("mm the gap was fifty mm ah we measured it", "The gap was 50 mm, we measured it."),
        ("nobody checked the gas", "No one checked the gas."),
        ("there were half a dozen cylinders", "There were 6 cylinders."),
        ("it was the third tank", "It was the 3rd tank."),
        ("he's the foreman I'm a welder", "He is the foreman, I am a welder."),
        ("ZHANG WEI SENT ME", "Zhang Wei sent me."),
        ("about one and a half hours", "About 1.5 hours."),
    ],
)
def test_ways_of_writing_english_are_no_difference(spoken: str, written: str) -> None:
    assert english(spoken, written) == []


@pytest.mark.parametrize(
    ("spoken", "written", "kind", "about"),
    [
        # a denial is lost, or put in, in each of the ways English denies
        ("I did not go down", "I did go down.", "missing", "negation"),
        ("I didn't touch the valve", "I did touch the valve.", "missing", "negation"),
        ("we never tested it", "We tested it.", "missing", "negation"),
        ("no there was a guard", "There was a guard.", "missing", "negation"),
        ("he went in without a mask", "He went in with a mask.", "missing", "negation"),
        ("nothing was written down", "It was written down.", "changed", "negation"),
        ("nobody was at the hatch", "Somebody was at the hatch.", "changed", "negation"),
        ("I could hardly see him", "I could see him.", "missing", "negation"),
        ("neither of them had a rope", "Both of them had a rope.", "changed", "negation"),
        ("that ladder is unsafe", "That ladder is safe.", "missing", "negation"),
        ("I was told about it", "I was not told about it.", "added", "negation"),
        ("they had a permit", "They had no permit.", "changed", "negation"),
        ("Li was there at the time", "Li was never there at the time.", "added", "negation"),
        (
            "there was no problem with the gas reading",
            "There was a problem with the gas reading.",
            "changed",
            "negation",
        ),
        ("I had no doubt about that man", "I had a doubt about that man.", "changed", "negation"),
        ("no problem was found there", "A problem was found there.", "changed", "negation"),
        ("Li is no problem at all", "Li is a problem at all.", "changed", "negation"),
        ("we had no 2 way radio", "We had a 2 way radio.", "changed", "negation"),
        ("they gave us no 30 minute rest", "They gave us a 30 minute rest.", "changed", "negation"),
        # numbers, in words or figures
        ("five men went into the pit", "Three men went into the pit.", "changed", "number"),
        ("the gauge read fifteen", "The gauge read 50.", "changed", "number"),
        ("it read two point one percent", "It read 21%.", "changed", "number"),
        ("there were two cylinders left", "There were cylinders left.", "missing", "number"),
        ("the men came back", "The six men came back.", "added", "number"),
        ("no one went down there", "No, one went down there.", "changed", "number"),
        ("the third tank was left open", "Three tank was left open.", "changed", "number"),
        # times and dates
        ("we started at half past nine", "We started at half past ten.", "changed", "time"),
        (
            "he called at nine in the morning",
            "He called at nine in the evening.",
            "changed",
            "time",
        ),
        ("it happened on Monday", "It happened on Tuesday.", "changed", "time"),
        ("on the twelfth of May I was off", "On the twelfth of June I was off.", "changed", "time"),
        ("I saw him yesterday at the gate", "I saw him at the gate.", "missing", "time"),
        # names
        ("Zhang sent me down", "Li sent me down.", "changed", "name"),
        ("the order came from Li", "The order came from the office.", "changed", "name"),
        ("somebody called the station", "Zhang Wei called the station.", "changed", "name"),
        # other words
        ("we used a torch", "We used a grinder.", "changed", "words"),
        ("the gap was 50 mm there", "The gap was 50 there.", "missing", "words"),
        ("a battery of sixty ah was there", "A battery of 60 was there.", "missing", "words"),
    ],
)
def test_each_kind_of_difference_in_english(
    spoken: str, written: str, kind: str, about: str
) -> None:
    found = english(spoken, written)
    assert (found[0].kind, found[0].about) == (kind, about)
    assert found[0].critical == (about != "words")
    assert [one for one in found[1:] if one.critical] == []


@pytest.mark.parametrize(
    "text",
    [
        "I know the one who did that",
        "is he like that, the other one",
        "not only the pump, the hose too",
        "wait a second, second thoughts",
        "whether or not it rained",
        "no doubt he knew it",
        "yes no problem",
        "he asked for it, no problem, we did it",
        "you may march on, may I, number nine",
    ],
)
def test_english_words_that_deny_and_count_nothing(text: str) -> None:
    kinds = {one.kind for one in tokens_of(text, ENGLISH_NAMES)}
    assert kinds - {"char"} == ({"number"} if "nine" in text else set())


def test_a_question_at_the_end_denies_nothing() -> None:
    assert not [
        one for one in english("you went down, didn't you?", "You went down?") if one.critical
    ]
    assert [one.about for one in english("didn't you go down?", "Did you go down?")] == ["negation"]


def test_names_in_latin_letters_are_words_of_their_own() -> None:
    kinds = [one.kind for one in tokens_of("Li likes the belief of Weili", ("Li",))]
    assert kinds == ["name", *["char"] * 5]


def test_english_sentences_are_not_found_in_any_other() -> None:
    """Letters in a row stand in every English line; an utterance is in one that has its words."""
    spoken = said(
        "I opened the drain valve", "then the alarm began to sound", "Li told us to leave"
    )
    lines = [Written("a", "I opened the drain valve, and then I saw the man fall.", ("u0",))]
    missing = [one for one in differences(lines, spoken, ENGLISH_NAMES) if one.line is None]
    assert [one.utterances for one in missing] == [("u1", "u2")]
    merged = [Written("a", "I opened the drain valve, then the alarm began to sound.", ("u0",))]
    [left] = differences(merged, spoken, ENGLISH_NAMES)
    assert (left.kind, left.about, left.utterances) == ("missing", "name", ("u2",))


def test_a_point_between_figures_is_no_matter_of_writing() -> None:
    assert [one.about for one in one_line("氧含量2.1", "氧含量21")] == ["number"]
    assert [one.about for one in one_line("10:5开始的", "105开始的")] != []


def test_one_text_may_hold_both_languages() -> None:
    spoken, written = "他说 I did not sign 三张票", "他说：I didn't sign，3张票。"
    assert one_line(spoken, written) == []
    wrong = one_line(spoken, "他说：I did sign，3张票。")
    assert [(one.kind, one.about) for one in wrong] == [("missing", "negation")]


def test_exchanged_numbers_are_found_and_moved_ones_are_not() -> None:
    exchanged = one_line("三人进去两人出来", "两人进去三人出来")
    assert [one.about for one in exchanged] == ["number", "number"]
    assert not any(one.critical for one in one_line("他九点让我去池子", "九点他让我去池子"))
    # a negation that moved says something else
    assert any(one.critical for one in one_line("没说他来", "说他没来"))


def test_questions_with_a_negation_in_them_say_nothing() -> None:
    assert [one.kind for one in tokens_of("，不，")] == ["negation"]
    assert [one.kind for one in tokens_of("办没办，是不是，有没有，差不多")] == ["char"] * 12


def test_the_gravest_come_first() -> None:
    lines = [Written("a", "用焊机", ("u0",)), Written("a", "十点去的", ("u1",))]
    lines += [Written("a", "我去了", ("u2",)), Written("a", "王某去的", ("u3",))]
    lines += [Written("a", "五个人", ("u4",))]
    found = differences(lines, said("用割枪", "九点去的", "我没去", "李某去的", "三个人"), NAMES)
    assert [one.about for one in found] == ["number", "name", "negation", "time", "words"]


def test_what_nobody_wrote_down_and_what_nobody_said() -> None:
    spoken = said("我八点到的", "换了衣服", "嗯", "李某让我去池子")
    lines = [Written("a", "我八点到的。", ("u0",)), Written("a", "票是王某办的。")]
    found = differences(lines, spoken, NAMES)
    assert [(one.kind, one.about, one.line) for one in found] == [
        ("missing", "name", None),
        ("added", "name", 1),
    ]
    assert found[0].utterances == ("u1", "u3")  # in a row, one item; 嗯 says nothing
    # notes and findings are not speech
    assert differences([Written("n", "10:05 因休息中断"), Written("f", "无护栏")], []) == []


def test_several_sentences_in_one_line_are_one_item() -> None:
    spoken = said(
        "那天我到了单位先换了衣服",
        "然后班长叫我们开会",
        "说今天有活儿要去池子里割管子",
        "我就说行吧",
        "然后拿了割枪氧气瓶就去了",
    )
    merged = (
        "那天我到单位换了衣服，班长叫我们开会，说有活儿要去池子里割管子，拿了割枪氧气瓶就去了。"
    )
    found = differences([Written("a", merged, ("u0",))], spoken, NAMES)
    assert len(found) <= 2
    assert not any(one.critical for one in found)
    summary = "班长安排我们去池内割管，我带割枪前往。"
    anchors = tuple(one.id for one in spoken)
    [only] = differences([Written("a", summary, anchors)], spoken, NAMES)
    assert (only.kind, only.critical) == ("summary", False)
    # but a number that nobody said does not pass in a summary
    wrong = differences([Written("a", "班长安排三人前往池内割管。", anchors)], spoken, NAMES)
    assert [(one.kind, one.about, one.written) for one in wrong if one.critical] == [
        ("added", "number", "三")
    ]


def test_a_question_recorded_as_an_answer_is_told() -> None:
    [found] = differences([Written("a", "谁安排的", ("u0",))], said("谁安排的", kind="q"), NAMES)
    assert (found.about, found.critical) == ("speaker", False)
    unknown = said("谁安排的", kind="")
    assert differences([Written("a", "谁安排的", ("u0",))], unknown, NAMES) == []


def test_the_name_of_a_difference_outlives_edits_elsewhere() -> None:
    spoken = said("三个人", "九点去的")
    first = differences(
        [Written("a", "五个人", ("u0",)), Written("a", "九点去的", ("u1",))], spoken
    )
    lines = [Written("n", "休息"), Written("a", "五个人", ("u0",)), Written("a", "十点", ("u1",))]
    later = differences(lines, spoken)
    assert first[0].id in {one.id for one in later}
    assert len({one.id for one in later}) == len(later)


def test_what_sounds_alike() -> None:
    assert sounds_alike("章某", "张某")
    assert sounds_alike("石油", "食油")
    assert sounds_alike("兰色", "南色")
    assert not sounds_alike("割枪", "焊机")
    assert not sounds_alike("", "张")
    assert not sounds_alike("长" * 99, "场" * 99)


def test_nonsense_and_long_monologues_are_borne() -> None:
    long = "我那天九点去了仓库看见三个人在搬东西没有戴手套" * 20
    assert one_line(long, long + "。") == []
    wrong = one_line(long, long.replace("三个人", "四个人", 1))
    assert [one.about for one in wrong] == ["number"]
    assert one_line("\ud800点月日%百分之", "点点点零零万亿") is not None
    hostile = "<script>alert(1)</script>{{7*7}}" * 200
    assert one_line(hostile, hostile) == []
    huge = "字" * 20_000
    assert [one.kind for one in one_line(huge, "词" * 20_000)] == ["summary"]


@pytest.mark.parametrize(
    "text",
    [
        *("9" * 4301 + "th", "may " + "9" * 4301 + "th", "9" * 5000 + " dozen", "1:" + "2" * 5000),
        *("one " * 4400, "hundred " * 2000, "three point " + "one " * 2000),
        *(
            "一" * 5000,
            "亿" * 5000,
            "下午" + "9" * 5000 + "点",
            "一点" + "一" * 5000,
            "9" * 5000 + "万",
        ),
    ],
    ids=range(12),
)
def test_numbers_without_end_are_borne(text: str) -> None:
    """A line may have 20,000 characters, all of them figures."""
    found = tokens_of(text)
    assert found
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(len(one.value) < 400 for one in found if one.kind == "number")
    assert one_line(text, text) == []


_WORDS = """
I no not one two nine thirty hundred and a half past to may the twelfth of point percent dozen
never didn't can't at in evening 9:30 21 1,200 3rd oh number No. second -
"""
_ENGLISH = st.lists(st.sampled_from(_WORDS.split()), max_size=12).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(st.lists(_ENGLISH, max_size=4))
def test_english_words_in_any_order_are_borne(texts: list[str]) -> None:
    lines = [Written("a", f"Um, {text}", (f"u{n}",)) for n, text in enumerate(texts)]
    assert not [one for one in differences(lines, said(*texts), ENGLISH_NAMES) if one.critical]
    for text in texts:
        for one in tokens_of(text):
            assert 0 <= one.start < one.end <= len(text)


_TEXT = st.text("三十点半没不张某李一二万百分之号月日嗯的 ，。12:%a去", max_size=40)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_TEXT, _TEXT), max_size=8))
def test_any_text_gives_a_list_that_is_ordered_and_named_once(pairs: list[tuple[str, str]]) -> None:
    spoken = said(*(one for one, _ in pairs))
    lines = [Written("a", text, (f"u{n}",)) for n, (_, text) in enumerate(pairs)]
    found = differences(lines, spoken, NAMES)
    assert found == differences(lines, spoken, NAMES)
    order = ["number", "name", "negation", "time", "speaker", "words"]
    ranks = [order.index(one.about) if one.kind != "misheard" else 9 for one in found]
    assert ranks == sorted(ranks)
    assert all(one.said or one.written or one.said_context for one in found)


@settings(max_examples=100, deadline=None)
@given(st.lists(_TEXT, max_size=8))
def test_what_was_written_as_it_was_said_is_no_difference(texts: list[str]) -> None:
    lines = [Written("a", f"嗯，{text}。", (f"u{n}",)) for n, text in enumerate(texts)]
    assert not [one for one in differences(lines, said(*texts), NAMES) if one.critical]


def test_work_grows_with_the_length() -> None:
    """Four times the lines take about four times the steps, not sixteen.

    Steps of Python are counted, the standard library's too, so the answer is
    the same on every machine; time is not.
    """

    def steps(count: int) -> int:
        spoken = said(*(f"第{n}句我九点去了仓库看见{n % 7}个人没有戴手套" for n in range(count)))
        lines = [
            Written("a", one.text.replace("仓库", "库房"), (one.id,), one.start_us)
            for one in spoken
        ]
        taken = 0

        def count_step(_frame: FrameType, _event: str, _value: object) -> TraceFunction:
            nonlocal taken
            taken += 1
            return count_step

        before = sys.gettrace()
        sys.settrace(count_step)
        try:
            found = differences(lines, spoken, NAMES)
        finally:
            sys.settrace(before)
        assert len(found) >= count
        return taken

    steps(20)  # tables are read once
    small, large = steps(100), steps(400)
    assert small > 10_000  # the steps were seen at all
    assert large < small * 5
