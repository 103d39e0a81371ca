"""Commands told in direct speech: 老樊喊开了: 你俩别磨蹭, 上去把那个眼儿捅开.

Who speaks is said before the words that are quoted, often several clauses before; who is told is
called by name (志刚, 换气去), spoken to (冲老向说), or 你, which ``people.py`` has resolved.
Text is ``Speech.text`` with every 你 of the words quoted as ``YOU``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcription.comparison.zh.people import ANY, ONE, Speech
from transcription.comparison.zh.roles import COVERB, Subject, subject

#: A 你, 你们 of words that are quoted.
YOU = "\uf000"
#: Clauses after the words of saying that may still be quoted.
QUOTED_MAX = 4


@dataclass(frozen=True)
class Command:
    """One command: who gave it and to whom, as mention characters; empty where nobody is named."""

    agent: str
    patient: str
    act: str


_SAYS = re.compile(
    r"(?<![听据再别没胡瞎乱小不对])(?:说|讲|喊|吼|嚷嚷?|骂|吆喝|吩咐|交代|交待|嘱咐|发话|撂话|呼|[撂甩丢扔](?:下|来|过来)?(?=一?句))"
    r"(?!不|实话|起来?|明|法|得|好了|是)(?:了|的|过|着|开了?)?"
    rf"(?:{ONE}(?={ONE}{YOU}|[,:]))?(?:(?:了)?一?[句声嗓](?:子|话)?)?|"
    r"手(?:往[^,.]{1,6})?一[指挥摆]|(?<!第)一(?:指|挥手?|摆手)|眼(?:珠子|睛)?一[瞪鼓]|拍桌子|"
    r"拍[^,.]{0,4}肩膀"
)
_HURRY = (
    r"(?:今天|现在|今儿|就|也|都|全|统统|赶紧|赶快|快点?|快些|马上|立刻|抓紧|麻利[点儿]*|先|再|"
    r"直接|还是|"
    r"自己|一起|必须|给我|给俺|给老子|别磨蹭|莫磨蹭|听我的|那边?|过来|过去)"
)
_ACT = (
    r"(?:去|来(?![得不])|上(?!头|面|级|班的)|下(?!头|面|班的)|进|把|拿|弄|搞|整|干|做|掏|拆|装|"
    r"清|换|修|焊|"
    r"割|挖|搬|接|翻|卸|捅|查|守|盯|带|爬|钻|开|关|停|推|拉|扒|倒|抽|铲|切|吊|顶|替|收|扫|洗|刷|"
    r"打|点|"
    r"挂|锁|拧|抠|抬|撬|敲|放)"
)
_NOW = r"(?:今天|现在|今儿|等下|等会儿?|待会儿?)?"
#: 小满你上去, 你给我下去掏: called by name, or 你, and then what to do.
_CALLED = re.compile(
    rf"[,:]?{_NOW}(?P<to>{ONE})(?:[,啊呀嘞哎]{{0,2}}{_NOW}(?:(?P=to)|{YOU})|说)"
    rf"(?P<act>[^,.]{{0,14}}?{_ACT}[^.]*)"
)
_YOURS = re.compile(
    rf"[,:]?{_NOW}{YOU}(?P<act>(?:{_HURRY}|[^,.{YOU}\ue000-\uf8ff]{{0,4}}?){_ACT}[^.]*)"
)
#: 你让小罗下去: told to have another do it.
_RELAYED = re.compile(
    rf"[,:]?(?:(?P<by>{ONE})[,啊呀]?(?:(?P=by))?)?(?:{YOU})?{_HURRY}*(?:让|叫|派|喊|安排|通知)"
    rf"(?:[一两几]?个)?(?P<to>{ONE}|人)(?P<act>[^.]*)"
)
#: 赶紧卸, 去掏, 把罐清了: nobody called. Told of what was done (去了, 上去的) it is none.
_BARE = re.compile(
    rf"[,:]?(?P<act>(?:{_HURRY}+{_ACT}[^,.的]{{0,12}}|(?:[上下进过回]?去|来)(?:给我)?(?!了|"
    rf"的){_ACT}?"
    rf"[^,.了的\ue000-\uf8ff]{{0,12}}|把[^,.的]{{2,12}}|{_ACT}{{1,2}})[吧啊呀哈]?)(?=$|[,.])"
)
#: 说磊子别躺平了
_TO_STOP = re.compile(rf"[,:]?(?P<to>{ONE})[,啊呀]?(?:{YOU})?(?:别|莫|不要|甭)")
#: 一句话都没跟我说: nothing is quoted.
_SAID_NOT = re.compile(rf"(?:没有?|未|不)(?:[跟对给同向和]{ANY})?[^,.]{{0,2}}$")
_SPOKEN_TO = re.compile(rf"(?:说|讲|喊|吼|嚷|骂|呼)(?:了|的|过|着)?{ONE}$")
_VOCATIVE = re.compile(rf"(?P<to>{ONE})[啊呀嘞哎]?$")


def quoting(speech: Speech, start: int, text: str) -> str:
    """``text``, a stretch of the speech from ``start``, with every 你 as ``YOU``."""
    made, at = [], start
    for c in text:
        while at < len(speech.text) - 1 and speech.text[at] in ",.:" and c not in ",.:":
            at += 1  # a mark between clauses that were joined
        said = c if c == "你" else ""
        if c in speech.who and speech.text[at : at + 1] == c:
            said = speech.flat.text[speech.places[at][0]]
        made.append(YOU if said in ("你", "您") else c)
        at += 1
    return "".join(made)


def commands(clauses: Sequence[str], me: str) -> dict[int, Command | None]:
    """The first command of each clause that has one, by its place. ``me``: who testifies.

    None stands for words that are quoted and command nothing yet: 说磊子别躺平了.
    """
    found: dict[int, Command | None] = {}
    story = _Story(me)
    for at, text in enumerate(clauses):
        one = story.hear(text)
        if one is not None or story.called:
            found[at] = one
    return found


@dataclass
class _Story:
    """Who speaks, as far as the clauses before say."""

    me: str
    named: str = ""  # the others spoken of, the last at the end
    agent: str = ""
    patient: str = ""
    left: int = 0  # clauses that may still be quoted
    called: bool = False  # somebody is called by name, no more yet

    def hear(self, text: str) -> Command | None:
        self.called = False
        saying = list(_SAYS.finditer(text))
        one = self._says(text, saying) if saying else self._quoted(text) if self.left else None
        self.named += "".join(reversed([*_others(text, self.me)]))
        return one

    def _says(self, text: str, saying: Sequence[re.Match[str]]) -> Command | None:
        for m in saying:
            who = subject(text, m.start())
            if (
                who.kind not in ("person", "none")
                or who.negated
                or _SAID_NOT.search(text[: m.start()])
            ):
                self.left = 0
                continue
            if _SPOKEN_TO.search(text[: m.start()]) and self.left:  # 喊我讲: still the same one
                who = Subject("none", patient=text[m.start() - 1])
            spoken_of = next(_others(text[: m.start()], self.me), "")
            goes_on = bool(self.left and not who.people and (who.patient or not spoken_of))
            if not goes_on:
                self.agent = who.people or spoken_of or self.named[-1:]
            to = who.patient or (self.patient if goes_on else "")
            self.patient, self.left = to, QUOTED_MAX
            one = self._command(text[m.end() :])
            if one is not None:
                self.left = 0
                return one
            if called := _TO_STOP.match(text[m.end() :]):
                self.called, self.patient = True, called["to"]
        return None

    def _quoted(self, text: str) -> Command | None:
        self.left -= 1
        called = _VOCATIVE.match(text)
        if called and called["to"] not in self.me:
            self.patient = called["to"]
            return None
        if re.match(rf"{ANY}", text) and not _CALLED.match(text) and not _RELAYED.match(text):
            self.left = 0  # the story goes on: 我就下去了
            return None
        one = self._command(text)
        if one is not None:
            self.left = 0
        return one

    def _command(self, text: str) -> Command | None:
        for rule in (_CALLED, _RELAYED, _YOURS, _BARE):
            m = rule.match(text)
            if m is None or (rule is _RELAYED and not (YOU in m.group() or m["by"] or self.left)):
                continue
            to = m.groupdict().get("to") or self.patient
            to = to if to not in ("", "人") else YOU if YOU in m.group() else self.patient
            agent = self.agent
            if to == agent:  # 喊的是小满, 他说小满你去: another, spoken of before
                agent = next((c for c in reversed(self.named) if c != to), "")
            return Command(agent, to, m["act"])
        return None


def _others(text: str, me: str) -> Iterator[str]:
    """Those spoken of, the last first: not who testifies, nobody spoken to."""
    for m in reversed(list(re.finditer(ONE, text))):
        if m.group() not in me and not COVERB.search(text[: m.start()]):
            yield m.group()
