"""Hints at leading or threatening wording: what is found, what is left alone, what is offered."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_centre.comparison.templates import read_templates
from command_centre.comparison.wording_check import check
from command_centre.comparison.wording_rules import CATEGORIES, read_rules
from command_centre.errors import TemplateError

#: Facts of the trade, section 9: improper wording by category, and its neutral replacement.
IMPROPER = """
T 你不说实话今天就别想走。|请你如实回答。今天问到几点，我们会按规定安排休息。
T 再不配合就把你移送公安。|提供虚假情况的法律后果已经告知。请你回答刚才的问题。
T 你家里人也得跟着受影响。|我们只了解你本人知道的情况。
T 信不信我让你们厂停产。|检查中发现的问题会依法处理。请说明当时的情况。
T 你不签字就是对抗调查。|你可以核对、更正；不签字的，我们会注明原因。
T 不交代就罚到你倒闭。|处罚会依据查清的事实。请讲讲当天的经过。
T 别逼我发火。|我把问题再问一遍。
T 你要坐牢的知道吗？|是否承担责任由有权机关依法认定。请回答你看到了什么。
I 你说了我保证不罚你。|是否处罚由机关依法决定，我们不能承诺。
I 承认了就按轻的算。|主动消除危害后果等情节法律有规定，你可以如实说明。
I 说出来算你立功，给你奖金。|举报奖励有专门办法，与本次询问无关。
I 你帮我们指认李某，你的事就过去了。|请说明你本人做了什么、看到了什么。
I 早说早回家。|询问时间会记入笔录。请继续。
D 李某都已经全招了。|这次作业是怎么安排的？
D 监控我们都拿到了，你还不认？|现在出示证据，请你看清后说明。
D 就随便聊聊，不记录。|本次询问全程录音录像并制作笔录。
D 签了这个只是走个形式。|笔录是证据，请逐页核对无误后再签。
D 王某说是你干的。|关于这件事，你知道哪些情况？
Z 是李某派你去的，对吧？|你是怎么去到作业地点的？
Z 你就写：李某上午九点指派我去。|请用你自己的话说。
Z 应该是三个人，你再想想是不是三个？|当时现场有几个人？
Z 氧含量是不是 21？|检测的结果是多少？
Z 你看照片上这个就是他吧？|请从这些照片中辨认，有没有你说的人？
Z 别人都说没办票，你也是没办吧？|作业前办了哪些手续？
Z 时间填九点，跟别人一致就行。|你记得的是几点？怎么记得的？
L 你们肯定没检测气体吧？|下去之前做过哪些检测？
L 监护人是不是早就走了？|作业期间监护人在什么位置？
L 难道你没看见报警器在响？|当时报警器是什么状态？
L 你当时很害怕，所以没敢拒绝？|当时你是怎么想的、怎么做的？
L 老板不让上报，是这样吗？|上报的事情是怎么商量的？
B 你为什么又一次违章？|当时的作业是怎么做的？
B 你是几点关掉报警器的？|报警器当天有没有人动过？
B 有没有办票、谁批的、监护是谁、测没测气？|作业前办了哪些手续？
B 你和李某商量好统一口径以后干什么了？|事后你和谁谈过这件事？谈了什么？
P 你怎么这么笨，这都记不住？|记不清的可以说记不清。
P 你说的没一句真话。|这一点与记录不一致，请你说明。
P 外地来打工的还嘴硬。|请继续说明当时的情况。
P 大男人哭什么，快说。|需要的话休息几分钟再继续。
H 老实交代你的问题。|请你如实说明有关情况。
H 审讯现在开始，嫌疑人坐好。|询问现在开始，请坐。
"""
PAIRS = [
    (line[0], *line[2:].split("|")) for line in IMPROPER.strip().splitlines()
]  # category, improper, neutral

#: Written apart from the rules: ordinary questions and statements that are none of these.
PLAIN = """
核实危险作业由谁安排
这个活儿是谁安排你去的？
作业之前办没办动火作业票？
你们几点下到池子里的？
下去之前有没有检测气体，结果是多少？
你刚才说没有动火计划，又说头一天下午开了票，请你说明一下这张票是怎么开的。
你前面说肯定没人监护，请再讲一遍当时的情况。
你有如实回答的义务，提供虚假情况要承担法律责任，也有陈述、申辩和申请回避的权利。
请你核对笔录，没有出入的话逐页签名、按指印。
现在向你出示证据四，动火作业票复印件，请你辨认。
你申请我们回避吗？
这件事有没有上报？
当天班前会讲了什么？
你还有什么要补充的吗？
他当时在什么位置？
这台设备平时由谁保养？
请把从接到通知到下池的过程讲一遍。
Who arranged this work?
What did you see when you came to the pit?
Please tell us where you were that morning.
""".strip().splitlines()

#: Written apart from the rules: other ways of the same, which they should find too.
MORE = [
    ("T", "再不说就通知派出所把你带走，移送公安处理"),
    ("T", "不认的话有你好受"),
    ("I", "你承认了就没事"),
    ("D", "你们班长都交代了"),
    ("Z", "是王班长安排你去的吗？"),
    ("L", "当时肯定没人监护，是吧？"),
    ("B", "你为什么要隐瞒事故？"),
    ("P", "别装糊涂"),
    ("H", "坦白吧"),
    ("L", "You must have seen him, right?"),
    ("T", "Tell us the truth or else"),
]


@pytest.mark.parametrize(("category", "improper", "neutral"), PAIRS)
def test_improper_wording_is_pointed_out_and_its_replacement_is_not(
    category: str, improper: str, neutral: str
) -> None:
    assert category in [hint.category for hint in check(improper)]
    assert check(neutral) == []


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_wording_is_left_alone(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(("category", "text"), MORE)
def test_other_ways_of_it_are_found(category: str, text: str) -> None:
    assert category in [hint.category for hint in check(text)]


def test_a_hint_names_the_words_and_offers_the_points_own_question() -> None:
    [hint] = list(check("监护人是不是早就走了？", "作业时由谁监护？", "Who?"))
    start, end = hint.span
    assert "监护人是不是早就走了？"[start:end] == hint.cue == "是不是早就"
    assert (hint.neutral, hint.neutral_en) == ("作业时由谁监护？", "Who?")
    [threat] = check("别逼我发火", "作业时由谁监护？")
    assert threat.neutral == "我把问题再问一遍。"


def test_no_point_of_the_shipped_templates_leads() -> None:
    for template in read_templates("shipped").template:
        for point in template.points:
            for text in (point.text, point.question, point.question_en):
                assert check(text) == [], text


def test_long_and_hostile_text_is_only_looked_at() -> None:
    assert check("<script>alert(1)</script>" * 400) == []
    assert check("") == check("\x00" * 50) == []
    check("是" * 5000 + "吧？")
    check("（" * 3000)


def test_every_category_has_rules_and_a_bad_file_says_where(tmp_path: Path) -> None:
    rules = read_rules()
    assert {rule.category for rule, _ in rules.rules} | {"B"} == set(CATEGORIES)
    broken = tmp_path / "wording.toml"
    broken.write_text('format = "other"', encoding="utf-8")
    with pytest.raises(TemplateError, match=r"wording\.toml"):
        read_rules(broken)
    with pytest.raises(TemplateError, match="cannot read"):
        read_rules(tmp_path / "none.toml")
