"""Who sent whom, told as a story: quoted commands, words never said, nobody. Own sentences."""

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
    Who,
)
from transcription.comparison.zh import read

LAMP = Point("P1", "核实谁安排换灯", topic="arrange", slots=(Slot.WHO_ORDERED, Slot.TO_WHOM))
CALL = Point("P2", "核实谁报的警", topic="report", slots=(Slot.WHO_DID, Slot.WHEN))
PULLED = Point("P4", "核实谁把陈刚拉上来", topic="rescue", slots=(Slot.WHO_DID,))
WATCH = Point("P5", "核实现场监护", topic="supervise", slots=(Slot.WHO_DID, Slot.WHETHER))
CASE = Case(
    "case-commands",
    date(2026, 5, 3),
    people=(
        Term("张强", ("张师傅",)),
        Term("李伟", ("李主任",)),
        Term("王军", ("王班长",)),
        Term("赵敏", ("安全员",)),
        Term("陈刚", ("陈师傅",)),
    ),
    points=(
        LAMP,
        CALL,
        Point("P3", "核实灯杆多高", topic="work", slots=(Slot.HOW_MANY,)),
        PULLED,
        WATCH,
    ),
)
LEXICON = Lexicon(CASE)


def said(speaker: str, slot: Slot, *turns: str, point: Point = LAMP) -> str:
    """The last fact of the slot in short: names, + for others, NOT, NONE; ~ for hedged."""
    heard = Exchange(
        "A", speaker, date(2026, 5, 4), "zh",
        tuple(
            Turn(f"t{n}", Role.QUESTION if n % 2 == 0 else Role.ANSWER, text, n, n + 1)
            for n, text in enumerate(turns)
        ),
    )  # fmt: skip
    found = [f for f in read(heard, CASE, LEXICON, point) if f.slot is slot]
    if not found:
        return "-"
    value, mark = found[-1].value, "~" if found[-1].certainty is Certainty.HEDGED else ""
    if not isinstance(value, Who):
        return "?"
    parts = ["/".join(sorted(value.people))] if value.people else []
    parts += ["+"] if value.others else []
    parts += ["NOT " + "/".join(sorted(value.denied))] if value.denied else []
    parts += ["NONE"] if value.nobody else []
    return mark + " ".join(parts)


HOW = "你怎么会去换灯的？"
STORY = "把那天的经过说一下。"


@pytest.mark.parametrize(
    ("speaker", "question", "answer", "who", "whom"),
    [
        ("张强", HOW, "我在屋里吃面，王班长推门进来就喊：老张，你去把灯换了。", "王军", "张强"),
        ("张强", HOW, "对讲机响了，李主任的声音，说老张你上去弄一下，快点。", "李伟", "张强"),
        ("张强", HOW, "李主任嘛 他下楼来 脸拉得老长 讲灯又不亮了 你给我上去换掉", "李伟", "张强"),
        ("张强", STORY, "我正歇着呢，王班长手一指，说你俩上去把灯换了。", "王军", "张强 +"),
        ("赵敏", "你听到了什么？",
         "我在扫地，就听见王班长冲张强吼，磨蹭啥，上去换！", "王军", "张强"),
        ("赵敏", "谁叫张强去换灯的？", "李主任在门口喊的，张强，你来把灯换一下。", "李伟", "张强"),
        ("赵敏", "谁叫张强去换灯的",
         "班长站在院子里喊老张你赶紧上去我听得清清楚楚", "王军", "张强"),
        ("李伟", "你怎么布置的？", "我跟王军讲的，你去把灯换了，别叫张强。", "李伟", "王军"),
        ("李伟", "你怎么布置的", "我跟王军说你上去换吧他点了点头", "~李伟", "~王军"),
        ("赵敏", "李主任那天叫的是谁？",
         "李主任点的是陈师傅，他说陈师傅你上去看看。", "李伟", "陈刚"),
        ("张强", "那天谁让你去换灯的",
         "主任一拍桌子 嚷嚷说灯都不亮了 你们几个马上去换", "李伟", "张强 +"),
        ("陈刚", "王班长是向谁交代换灯的？", "向我呀。", "-", "陈刚"),
        ("张强", "换灯的任务从哪里来的？", "李主任。", "李伟", "-"),
        ("张强", "换灯是谁提出来的？", "王班长提的。", "王军", "-"),
        ("李伟", "换灯的指令出自哪里？", "出自我。", "李伟", "-"),
        ("赵敏", "换灯的事是谁的主意？", "主意是王班长拿的，板是李主任拍的。", "李伟/王军", "-"),
        ("赵敏", "换灯谁催的", "李主任催的呀，一天催三遍。", "李伟", "-"),
        ("张强", "是你自己要去换灯的吗？", "李主任不开口，谁动那个？", "李伟", "-"),
        ("李伟", "你在这件事里是什么角色？", "不是我叫他们换的灯，还能是谁叫的？", "李伟", "~+"),
    ],
)  # fmt: skip
def test_a_command_is_told_in_its_own_words(
    speaker: str, question: str, answer: str, who: str, whom: str
) -> None:
    assert said(speaker, Slot.WHO_ORDERED, question, answer) == who
    assert said(speaker, Slot.TO_WHOM, question, answer) == whom


@pytest.mark.parametrize(
    ("speaker", "question", "answer", "who"),
    [
        # no word of it
        ("李伟", "你有没有叫张强去换灯？", "换灯的事我半个字都没提过。", "NOT 李伟"),
        ("李伟", "张强换灯跟你有关系吗？", "我连话都没跟他说过。", "NOT 李伟"),
        ("李伟", "换灯的事你同张强说过没有？", "我嘴里就没吐过换灯两个字。", "NOT 李伟"),
        ("李伟", "有人反映你催过换灯。", "瞎讲，让人换灯的话，我没有对任何人讲过。", "NOT 李伟"),
        ("李伟", "你下过换灯的指令吗？", "天地良心，我没发过这个话。", "NOT 李伟"),
        ("李伟", "换灯你安排过没有？", "灯的事我一句都没交代过。", "NOT 李伟"),
        # nobody
        ("李伟", "你派张强去换灯了吗？", "谁派他了，他自个儿爬上去的。", "NONE"),
        ("李伟", "张强为什么去换灯", "没得哪个喊他 他各人就上去了", "NONE"),
        ("陈刚", "张强换灯是谁喊的？", "一个喊他的都没有。", "NONE"),
        ("陈刚", "谁叫你们去换灯的", "呒没人叫阿拉 自说自话上去的", "NONE"),
        ("陈刚", "谁叫张强换灯的？", "没有一个人支使他，他自己拎着梯子就去了。", "NONE"),
        # nobody told the one who speaks: he does not know
        ("赵敏", "换灯是谁定的？", "没谁跟我打招呼，这事我说不上来。", "?"),
        # another's words, another act, his own life: no order
        ("张强", STORY, "王班长说他儿子考上大学了，我说恭喜恭喜。", "-"),
        ("张强", "你那天为什么还不撤？", "灯灭了看不见路。", "-"),
        ("赵敏", "你听到了什么？", "听见李主任跟王班长说话，说什么没听清。", "-"),
        ("张强", STORY, "王班长说过我就去了食堂。", "-"),
        ("李伟", "你安排谁换灯的？", "安排？我那天在外面开会，顾不上。", "-"),
        ("陈刚", "谁叫张强换灯的？", "我看仓库的，这个我不清楚。", "?"),
    ],
)  # fmt: skip
def test_words_never_said(speaker: str, question: str, answer: str, who: str) -> None:
    assert said(speaker, Slot.WHO_ORDERED, question, answer) == who


@pytest.mark.parametrize(
    ("answer", "whom"),
    [
        ("王班长越过我直接喊的老张去换。", "张强"),
        ("王班长喊的是老张，喊了一声让他去换灯。", "张强"),
        ("王班长交代的，李主任那天光讲了工资。", "-"),
    ],
)
def test_who_is_left_out_or_only_spoken_of_was_not_told(answer: str, whom: str) -> None:
    assert said("陈刚", Slot.TO_WHOM, "王班长是怎么安排换灯的？", answer) == whom


@pytest.mark.parametrize(
    ("point", "speaker", "question", "answer", "who"),
    [
        # who was pulled up did not pull; who is only called is not he
        (PULLED, "王军", "你们怎么把陈刚拉上来的？", "绳子往他身上一套，一二三，拉。", "-"),
        (PULLED, "赵敏", "谁把陈刚拉上来的？", "老张，从头到尾就他一个在拉。", "张强"),
        # a name, then what stands beside it; a watch that somebody took on
        (WATCH, "张强", "外面谁在监护？", "监护是王班长自己担的，我没干过监护。", "王军 NOT 张强"),
        (WATCH, "张强", "外面谁在监护？", "王军他们自己守着的，等我到现场人都散了。", "王军 +"),
        (CALL, "张强", "救护车是谁叫的？", "还不是我掏手机喊的。", "张强"),
        (CALL, "张强", "119谁打的", "那是王班长打的李主任连电话边都没摸着", "王军"),
        (CALL, "张强", "你当时打过电话吗？", "打了，打给我老婆，叫她别等我吃饭。", "-"),
        (CALL, "张强", "谁报的警？", "王班长各人报的，我跑都跑不动。", "王军"),
    ],
)
def test_who_did_it(point: Point, speaker: str, question: str, answer: str, who: str) -> None:
    assert said(speaker, Slot.WHO_DID, question, answer, point=point) == who
