"""Another time of doing the same: 十号那次下井, 五月份换泵那回. It says nothing of this one.

An occasion is another one by its date, never by 那次 alone. It holds for what follows in the answer
until this time is named (这次, 那天, the day of the accident), and for the answers to a question
that names it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from transcription.comparison.model import Fact, Point, Role
from transcription.comparison.values import days_zh
from transcription.comparison.values.numerals_zh import cardinal
from transcription.comparison.zh import matters
from transcription.comparison.zh.clauses import of_flat
from transcription.comparison.zh.heard import Heard

_THAT = re.compile(r"那一?[次回趟遭]")
_THIS = re.compile(
    r"[这本]一?[次回趟遭]|(?:出事|事发|事故|当)那?[天日]|那[天日]|今[天儿日]|刚才|眼下|出事"
)
_MONTH = re.compile(r"(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})月(?:份|底|初|中旬?)")
_DATED = re.compile(r"[\d一二三四五六七八九十廿]+[号日]")
#: What is done once and holds: its day says nothing against it.
_LASTING = frozenset(("training", "licence", "plan"))
#: What is done anew each time.
_EACH_TIME = frozenset(("gas_test", "ventilate", "ppe", "supervise", "power_off"))
#: So many days apart nobody speaks of the night before.
_APART_DAYS = 2


def of_this(heard: Heard, point: Point, facts: list[Fact]) -> list[Fact]:
    """The facts without those of another time of doing it."""
    return [fact for fact in facts if not is_other(heard, point, fact.turn, fact.span[0])]


def is_other(heard: Heard, point: Point, turn: str, at: int) -> bool:
    """Whether what begins at ``at`` of a turn is about another time of doing it."""
    family = matters.profile(point).family
    if family in _LASTING or heard.case.incident is None:
        return False
    return any(a <= at < b for a, b in _marked(heard, family in _EACH_TIME).get(turn, ()))


def _marked(heard: Heard, anew: bool) -> dict[str, list[tuple[int, int]]]:
    """Per answer the stretches that are about another time."""

    def find() -> dict[str, list[tuple[int, int]]]:
        out: dict[str, list[tuple[int, int]]] = {}
        asked = False
        told = ""  # of the other time
        for turn, (speech, _) in zip(heard.exchange.turns, heard.turns(), strict=True):
            text = speech.flat.text
            if turn.role is Role.QUESTION:
                named = _other(heard, text, anew)
                asked = named is True or (named is None and _shares(text, told))
                continue
            state = asked
            for clause in of_flat(speech.flat):
                named = _other(heard, clause.text, False)
                if named is None and anew and _before(heard, clause.text):
                    named = True
                state = state if named is None else named
                if state:
                    told += clause.text
                    out.setdefault(turn.id, []).append(clause.span)
        return out

    return heard.once(("occasions", anew), find)


def _other(heard: Heard, text: str, anew: bool) -> bool | None:
    """Whether a text names another occasion, or this one; None: it names none."""
    incident = heard.case.incident
    if incident is None:
        return None
    days = [one.day for one in days_zh.find(text, heard.exchange.said_on, incident) if one.day]
    if _THIS.search(text) or incident in days:
        return False
    far = [day for day in days if (incident - day).days >= _APART_DAYS]
    dated = far or (days and _DATED.search(text))  # 头天那回 may be the night before
    if _THAT.search(text) and (dated or (not days and _other_month(text, incident))):
        return True
    return True if anew and far and len(far) == len(days) else None


def _other_month(text: str, incident: date) -> bool:
    found = _MONTH.search(text)
    number = cardinal(found["month"]) if found else None
    return number is not None and int(number[0]) != incident.month


#: 上个礼拜, 上个月: the week or month before the interview, if the accident was not in it.
_LAST = re.compile(r"上个?(?P<unit>月|礼拜|星期|周)(?![一二三四五六日天末])")


def _before(heard: Heard, text: str) -> bool:
    found, incident, said = _LAST.search(text), heard.case.incident, heard.exchange.said_on
    if found is None or incident is None:
        return False
    if found["unit"] == "月":
        return (said.year * 12 + said.month) - (incident.year * 12 + incident.month) != 1
    monday = said - timedelta(days=said.weekday() + 7)
    return not 0 <= (incident - monday).days < 7


def _shares(question: str, told: str) -> bool:
    """换皮带有没有挂牌, after what was said of changing the belt last week."""
    return any(
        word in told
        for word in (question[n : n + 3] for n in range(len(question) - 2))
        if re.fullmatch(r"[一-鿿]{3}", word)
    )
