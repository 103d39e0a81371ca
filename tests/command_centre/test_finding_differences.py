"""Findings on site against what was said, measured and recorded there."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command_centre.record.content import CHINA
from command_centre.record.differences import Difference, Said
from command_centre.record.finding_differences import finding_differences
from command_centre.record.finding_evidence import Finding, Measured, Scene, anchors_of

NAMES = ("赵某", "王某", "李某")
_SECOND = 1_000_000
_OPENED = round(datetime(2026, 5, 19, 10, 0, tzinfo=CHINA).timestamp()) * _SECOND
_AT = _OPENED + 300 * _SECOND  # 10:05:00
_RECORDED = ((_OPENED, _OPENED + 3600 * _SECOND),)


def said(text: str, after_s: float = -5.0, name: str = "u1") -> Said:
    start_us = _AT + round(after_s * _SECOND)
    return Said(name, "", text, start_us, start_us + 3 * _SECOND)


def scene(*spoken: Said, measured: tuple[Measured, ...] = ()) -> Scene:
    exhibits = ((1, "动火作业票复印件"), (4, "现场照片一"))
    return Scene(spoken, _OPENED, _RECORDED, measured, exhibits)


def one(written: str, *spoken: Said, measured: tuple[Measured, ...] = ()) -> list[Difference]:
    return finding_differences(
        [Finding(0, written, t_us=_AT)], scene(*spoken, measured=measured), NAMES
    )


@pytest.mark.parametrize(
    ("spoken", "written", "kind", "about"),
    [
        ("灭火器这边三具都压力不足", "灭火器2具压力不足", "changed", "number"),
        ("氧气瓶和乙炔瓶离了三米", "氧气瓶与乙炔瓶间距不足5米，实测2米", "changed", "number"),
        ("灭火器压力不够", "灭火器4具压力不足", "added", "number"),
        ("池口有两个人在作业没系安全绳", "池口作业人员没系安全绳", "missing", "number"),
        ("监护的是李某，在池口站着", "池口监护人为王某", "changed", "name"),
        ("隔油池入口有警示标志", "隔油池入口无警示标志", "changed", "negation"),
        ("隔油池入口没有警示标志", "隔油池入口设警示标志", "missing", "negation"),
        ("这个作业票没有办", "作业票已办", "missing", "negation"),
        ("作业票上写的九点开始动火", "动火作业票载明十点开始动火", "changed", "time"),
        # any verb of the denial, said to be done
        ("储罐间设置了可燃气体报警器", "储罐间未设置可燃气体报警器", "changed", "negation"),
        ("储罐间设置过可燃气体报警器", "储罐间未设置可燃气体报警器", "changed", "negation"),
        ("我们配备了灭火器的", "泵房未配备灭火器", "changed", "negation"),
        ("我们制定了", "未制定应急预案", "changed", "negation"),
        ("那个票我们办理了", "未办理动火作业票", "changed", "negation"),
        ("作业票办理完了", "未办理动火作业票", "changed", "negation"),
        ("作业票都是签字了的呀", "作业票未签字", "changed", "negation"),
        ("作业票我签字了", "作业票未签字", "changed", "negation"),
        ("作业票我签过字了", "作业票未签字", "changed", "negation"),
        ("作业票他签了字", "作业票未签字", "changed", "negation"),
        ("气体我们检测了", "作业前未检测气体", "changed", "negation"),
        ("人员培训过", "人员未培训", "changed", "negation"),
        ("另外我们配备了灭火器", "泵房未配备灭火器", "changed", "negation"),
        ("我们特别的给泵房配备了灭火器", "泵房未配备灭火器", "changed", "negation"),
        ("灭火器等配备了", "泵房未配备灭火器", "changed", "negation"),
        ("泵房准备了灭火器", "泵房未准备灭火器", "changed", "negation"),
        ("我们配备了灭火器，马上去别的地方看", "泵房未配备灭火器", "changed", "negation"),
        ("另一处配备了灭火器", "另一处未配备灭火器", "changed", "negation"),
        ("安全带系了", "作业人员未系安全带", "changed", "negation"),
        ("安全带他们都系好了", "作业人员未系安全带", "changed", "negation"),
        (
            "we installed the gas alarm",
            "The gas alarm was not installed in the tank room.",
            "changed",
            "negation",
        ),
        ("we issued the permit", "No permit was issued.", "changed", "negation"),
        ("Yes we installed it", "The gas alarm was not installed.", "changed", "negation"),
        ("We installed the gas alarm", "The gas alarm was not installed", "changed", "negation"),
        ("we fitted a gas alarm", "They did not fit a gas alarm.", "changed", "negation"),
        ("I wore the helmet", "The worker did not wear a helmet.", "changed", "negation"),
        ("we tested the gas", "The gas was never tested.", "changed", "negation"),
        ("they closed the valve", "The valve was not closed.", "changed", "negation"),
        ("there were three men at the hatch", "Two men were at the hatch.", "changed", "number"),
        (
            "there is a warning sign at the pit",
            "No warning sign at the pit.",
            "changed",
            "negation",
        ),
    ],
)
def test_what_does_not_agree_with_what_was_said_there(
    spoken: str, written: str, kind: str, about: str
) -> None:
    found = one(written, said(spoken))
    first = next(each for each in found if each.about == about)
    assert (first.kind, first.critical, first.line) == (kind, True, 0)
    assert first.utterances == ("u1",)
    assert first.start_us == _AT - 5 * _SECOND  # it plays
    assert first.written_context == written


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("灭火器有三具压力不够", "灭火器3具压力不足"),
        ("这里没有警示标志", "隔油池入口无警示标志"),
        ("警示标志呢，没有", "入口缺少警示标志"),
        ("入口要设警示标志", "入口无警示标志"),  # what ought to be there is not
        ("这里有没有警示标志", "入口无警示标志"),
        ("警示标志在哪儿，有吗", "入口无警示标志"),
        ("作业票没有办", "未办理动火作业票"),
        ("我不知道作业票在谁那儿", "作业票由值班室保存"),
        ("监护的是王某", "池口监护人为王某"),
        ("十点零五分我们到池口", "10:05到达池口，池口未设警戒"),
        ("阀门没有关", "阀门敞开"),
        ("这一处护栏坏了", "1处护栏损坏"),
        # elsewhere, planned, asked, denied too: nothing about what is here
        ("另一处设置了可燃气体报警器", "储罐间未设置可燃气体报警器"),
        ("别的罐设置了可燃气体报警器", "储罐间未设置可燃气体报警器"),
        ("计划设置可燃气体报警器", "储罐间未设置可燃气体报警器"),
        ("准备明天就设置可燃气体报警器了", "储罐间未设置可燃气体报警器"),
        ("可燃气体报警器设置了吗", "储罐间未设置可燃气体报警器"),
        ("可燃气体报警器设置了吗我问一下", "储罐间未设置可燃气体报警器"),
        ("可燃气体报警器设置了没", "储罐间未设置可燃气体报警器"),
        ("可燃气体报警器是否设置了", "储罐间未设置可燃气体报警器"),
        ("没设置了可燃气体报警器", "储罐间未设置可燃气体报警器"),
        ("应该设置了可燃气体报警器", "储罐间未设置可燃气体报警器"),
        ("灭火器过期", "泵房未配备灭火器"),
        ("我们制定了操作规程", "未制定应急预案"),
        ("气体分析之后我们进了罐", "未进行气体分析"),
        ("we installed the pump", "The gas alarm was not installed."),
        ("灭火器我了解", "泵房未配备灭火器"),
        ("we will install the gas alarm", "The gas alarm was not installed."),
        ("the gas alarm will be installed", "The gas alarm was not installed."),
        ("when was the gas alarm installed", "The gas alarm was not installed."),
        ("who installed the gas alarm", "The gas alarm was not installed."),
        ("have you installed the gas alarm", "The gas alarm was not installed."),
        ("we never installed the gas alarm", "The gas alarm was not installed."),
        ("we installed the other gas alarm", "The gas alarm was not installed."),
        ("enclosed space permits, please", "No enclosed space permit."),
        ("look at the fixed ladder", "The ladder was not fixed."),
        ("护栏坏了", "一处护栏损坏"),
        ("动火作业审批不全", "动火作业审批不符合GB 30871第五十条"),
        # another thing, another time
        ("今天早上吃了三个包子", "灭火器2具压力不足"),
        ("", "灭火器2具压力不足"),
    ],
)
def test_what_agrees_or_is_about_something_else(spoken: str, written: str) -> None:
    assert one(written, said(spoken)) == []


def test_what_was_measured_then_counts_as_said() -> None:
    reading = Measured(_AT + 10 * _SECOND, {"oxygen": 18_240})
    spoken = said("检测仪在响，氧含量低了")
    assert one("池内氧含量18.2%", spoken, measured=(reading,)) == []
    wrong = one("池内氧含量19.2%", spoken, measured=(reading,))
    assert [(each.kind, each.about, each.written) for each in wrong] == [
        ("added", "number", "19.2%")
    ]
    late = Measured(_AT + 600 * _SECOND, {"oxygen": 18_200})
    assert [each.about for each in one("池内氧含量18.2%", spoken, measured=(late,))] == ["number"]


def test_an_utterance_belongs_to_the_finding_it_is_most_about() -> None:
    findings = [
        Finding(0, "东侧灭火器3具过期", t_us=_AT),
        Finding(1, "西侧灭火器3具压力不足", t_us=_AT + 20 * _SECOND),
    ]
    spoken = (
        said("东侧灭火器两具过期了", -4, "east"),
        said("西侧灭火器三具压力不足", 16, "west"),
    )
    [wrong] = finding_differences(findings, scene(*spoken), NAMES)
    assert (wrong.line, wrong.said, wrong.written) == (0, "两", "3")
    assert wrong.utterances == ("east",)


def test_speech_of_another_minute_is_not_compared_unless_the_evidence_names_it() -> None:
    far = said("灭火器三具压力不足", 600)
    assert one("灭火器2具压力不足", far) == []
    named = Finding(0, "灭火器2具压力不足", "录音录像 10:15:02", t_us=_AT)
    found = finding_differences([named], scene(far), NAMES)
    assert [(each.about, each.said, each.written) for each in found] == [("number", "三", "2")]
    by_hand = Finding(0, "灭火器2具压力不足")
    assert [each.about for each in finding_differences([by_hand], scene(far), NAMES)] == ["number"]


@pytest.mark.parametrize(
    ("evidence", "t_us", "shown"),
    [
        ("", 0, False),
        ("现场照片另附", 0, False),
        ("证据九", 0, False),
        ("证据" + "9" * 5000, 0, False),
        ("录音录像 12:00:00", 0, False),  # nothing was recorded then
        ("", _OPENED + 2 * 3600 * _SECOND, False),
        ("", _AT, True),
        ("录音录像 10:05:12", 0, True),
        ("现场照片一", 0, True),
        ("证据四", 0, True),
        ("见动火作业票复印件、证据1", 0, True),
    ],
)
def test_findings_without_any_evidence(evidence: str, t_us: int, shown: bool) -> None:
    found = finding_differences([Finding(3, "平台护栏缺失", evidence, (), t_us)], scene(), NAMES)
    assert [(each.kind, each.about, each.line) for each in found] == (
        [] if shown else [("unproved", "evidence", 3)]
    )
    assert all(each.critical for each in found)


def test_a_reading_or_what_was_said_is_evidence_too() -> None:
    away = _OPENED + 2 * 3600 * _SECOND  # nothing recorded
    reading = Measured(away + _SECOND, {"oxygen": 17_000})
    bare, gas = Finding(0, "标志缺失", t_us=away), Finding(0, "池内氧含量低", t_us=away)
    assert len(finding_differences([gas], scene(), NAMES)) == 1
    assert finding_differences([gas], scene(measured=(reading,)), NAMES) == []
    assert len(finding_differences([bare], scene(measured=(reading,)), NAMES)) == 1
    spoken = Said("u9", "", "这里标志缺失", away, away + _SECOND)
    assert finding_differences([bare], scene(spoken), NAMES) == []


def test_a_moment_after_midnight_is_of_the_next_day() -> None:
    late = round(datetime(2026, 5, 19, 23, 50, tzinfo=CHINA).timestamp()) * _SECOND
    [at] = anchors_of(Finding(0, "x", "录音录像 00:10:00"), late)
    assert at == late + 20 * 60 * _SECOND
    assert anchors_of(Finding(0, "x", "录音录像 25:10:00"), late) == []


def test_a_reason_outlives_edits_of_other_words() -> None:
    spoken = said("灭火器这边三具都压力不足")
    before, after = one("灭火器2具压力不足", spoken), one("东侧灭火器2具压力不足", spoken)
    assert [each.id for each in before] == [each.id for each in after]
    assert [each.id for each in one("灭火器4具压力不足", spoken)] != [each.id for each in before]


_TEXT = st.text("三十2无没有不缺标志灭火器具压力王某赵九点半：，。吗GB第条 an", max_size=24)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(_TEXT, st.integers(0, 3)), max_size=4),
    st.lists(st.tuples(_TEXT, st.integers(-90, 90)), max_size=5),
)
def test_any_findings_give_a_list_in_order_that_names_each_once(
    written: list[tuple[str, int]], spoken: list[tuple[str, int]]
) -> None:
    findings = [
        Finding(n, text, "", (), _AT + n * _SECOND if anchored else 0)
        for n, (text, anchored) in enumerate(written)
    ]
    heard = scene(*(said(text, at, f"u{n}") for n, (text, at) in enumerate(spoken)))
    found = finding_differences(findings, heard, NAMES)
    order = ["number", "name", "negation", "time", "evidence"]
    assert [order.index(each.about) for each in found] == sorted(
        order.index(each.about) for each in found
    )
    assert found == finding_differences(findings, heard, NAMES)
    assert len({(each.id, each.line) for each in found}) == len(found)
