"""Yes and no: short answers that take their content from the question, and whether a thing was so.

Rules only. Where the trained classifier (``polarity``) is there, ``reading`` puts it first.
"""

from __future__ import annotations

import re

from transcription.comparison.zh.clauses import Clause, negations

_HEAD = (
    r"^(?:嗯|啊|哦|噢|呃|额|哎|诶|唉|那|这|这个|那个|哈|领导|报告|同志|我|当时|肯定|确实|当然|就)*"
)
YES = re.compile(
    _HEAD + r"(?:是的?|对的?|没错|不错|嗯+|有的?|是啊|对啊|可不是?嘛?|那可不|那当然|当然|确实|"
    r"是这样|就是这样|就是|没问题|算是|可以这么说|你说得对|(?:一直|始终|全程|从头到尾)都?在|"
    r"属实|是事实|是真的|确有其事|有有|"
    r"是有|承认|有这[个回]?事|"
    r"是有这[个回]?事|肯定的|必须的|差不多)(?:啊|呀|吧|嘛|的|了|呢|啦|哈|喽|咯|我|是我|他|"
    r"是他|有)*$"
)
NO = re.compile(
    _HEAD + r"(?:都|也|真|根本|压根儿?|绝对|从来|从|并|可|一点|啥|什么|又|哪|是)*(?:没有?|没得|"
    r"不是|不对|不|哪有|哪能|怎么可能|怎么会|不可能|冇|木有|没影的事|没(?:有)?这[个回]?事|"
    r"没(?:有)?那[个回]?事|没(?:有)?的事|瞎说|胡说|乱讲|扯淡|造谣|冤枉|否认|不承认|"
    r"不存在)(?:啊|呀|吧|嘛|的|了|呢|啦|哈|喽|咯|我|他|过|不|没有?|是)*$"
)
#: There was none of it, without a word of denial.
_LACK = re.compile(
    r"光着|空着手|赤手|空手|裸[手露]|光头|光脚|免了|省了|啥[也都]没|什么[也都]没|屁都没|"
    r"毛都没|影儿?都没|连[^,.]{1,8}[都也]没|一(?:个|次|回|张|天|样|条|点|节|"
    r"句)[^,.]{0,4}[都也]?没|缺(?![\d一两二三四五六七八九十几]+[分刻]|觉)|忘了?(?:戴|系|穿|带|办|"
    r"开|测|关|报|断)|"
    r"懒得|嫌麻烦|嫌热|嫌闷|摘了|解了|取下来|脱了|挂在[^,.]{1,8}(?:上|里)(?!系)|"
    r"放在[^,.]{1,8}(?:里|上|屋)|扔在|搁在|直接就?(?:下|上|进|干)|顾不上|来不及(?:办|戴|系|测|"
    r"开)|走过场|做样子|应付|糊弄|空话|白纸|补的|后补|事后补|后来补|代签|替签|形同虚设|摆设|"
    r"坏了|过期"
)
_HAVE = re.compile(
    r"齐全|完备|齐备|合规|齐的|全的|到位|一[人张个次]一|人手一|都[有办开签批戴系穿测讲学做]|"
    r"签过?字|签了|"
    r"办[了好妥过]|开[了好出过]|批[了好下过]|有[的过了]|戴[着了好上的]|系[着了好上的]|"
    r"穿[着了好上的]|测[了过好的]|讲[了过]|学[了过]|做[了过的]|搞[了过]|组织[了过]|进行[了过]|"
    r"培训[了过]|交[了过]底|断[了过]|拉[了过]闸|停[了过]|关[了过好]|锁[了好上]|挂[了好上]|"
    r"报[了过]|在场|盯着|守着|看着|有人|一直在|参加[了过]|每个?[月周天年]|每次|合格"
)


_ECHO_NO = re.compile(
    r"^(?:我|他|她|俺|那)?"
    r"(?:是|从来|根本|压根儿?|真的?|可|也|都|绝对|确实|一次|一句|当时|还)*"
    r"(?:没有?|未|不|冇|没得|莫得|唔|莫)"
    r"(?P<verb>[\u4e00-\u9fff]{1,3}?)(?:过|了)?(?:的|啊|呀|嘛)?$"
)
_ECHO_YES = re.compile(
    r"^(?:嗯|啊|是|我|他|她|俺|当然|肯定|都|确实|早就?|已经|"
    r"也)*(?P<verb>[\u4e00-\u9fff]{1,3}?)(?:了|过|着|的|好|呢|哩)+(?:啊|呀|嘛|呀|哒|哦)*$"
)


def echoes(text: str, question: str) -> bool:
    """The answer says the question's verb back: 戴了, 我没系."""
    for rule in (_ECHO_NO, _ECHO_YES):
        m = rule.match(text) if len(text) <= 10 else None
        if m and _echoed(m["verb"], question):
            return True
    return False


def _echoed(verb: str, question: str) -> bool:
    question = question.replace("安全带", "").replace("皮带", "")
    return verb in question and verb not in _NOT_ECHO and verb[0] not in "没不"


_NOT_ECHO = frozenset("你我他的了吗没有不是谁么呢吧啊说能会要")


def short(text: str, question: str = "") -> bool | None:
    """Yes, no, or neither, of a clause that is nothing else; 安排了, 没办 say the verb back."""
    if YES.match(text):
        return True
    if NO.match(text):
        return False
    if len(text) > 10:
        return None
    m = _ECHO_NO.match(text)
    if m and _echoed(m["verb"], question):
        return False
    for rule in (_ECHO_YES, _DONE_SO_OFTEN):
        m = rule.match(text)
        if m and _echoed(m["verb"], question):
            return True
    return None


_REALLY_NOT = re.compile(
    r"(?:谁[都也]|其实|实际上?|压根儿?|根本|从来|一[次个张条天句]|半[点个]|"
    r"人)[^,.见看听注知]{0,3}没(?![见看听注])"
)


#: 哪有防护: there was none.
_WHERE_WAS_IT = re.compile(r"哪(?:里|儿)?(?:有|来)的?(?:什么|啥)?(?!人)[一-鿿]{1,4}[啊呀哦嘛]?$")
#: 撤啥人, 交咩底啊: nothing of it was done.
_WHAT_OF_IT = re.compile(
    r"(?:还)?[办戴系穿签测检开做讲批断停关拉挂培撤交封拦围锁验报试教](?:个?(?:什么|啥子?|咩|"
    r"么[子事斯]?|哪门子|屁|锤子|鬼|毛))"
    r"[^,.]{0,4}?[呀啊哟嘛哦咯]?$"
)
#: 加了一块, 测了两遍.
_DONE_SO_OFTEN = re.compile(
    r"^(?:我|他|她|都|也)?(?P<verb>[\u4e00-\u9fff]{1,2}?)(?:了|过)[一两几三四五][个块张次遍条道回]$"
)
_SO_IT_IS = re.compile(r"(?P<x>[有办戴系穿签测开做讲批断停关拉挂培])[了过]?(?:倒)?是(?P=x)")


def decisive(text: str) -> bool | None:
    """系是系了: yes. 其实没培训: no."""
    if _REALLY_NOT.search(text) or _WHAT_OF_IT.match(text) or _WHERE_WAS_IT.match(text):
        return False
    return True if _SO_IT_IS.search(text) else None


def clause_holds(clause: Clause, topic_verbs: re.Pattern[str]) -> bool | None:
    """Whether the thing was so, as one clause about it says; None: it does not say."""
    text = clause.text
    if _LACK.search(text):
        return False
    denied = list(negations(text))
    if re.search(
        r"不是没|没有不|没有没|不可能[不没]|不会[不没]|不能不|不得不|非[^,]{1,6}不可|"
        r"哪能[不没]|怎么[会能可]+[不没]|怎么可能[不没]|敢不",
        text,
    ):
        return True
    if clause.rhetorical and not denied:
        return False
    if denied:
        return False
    if _HAVE.search(text) or topic_verbs.search(text):
        return True
    return None
