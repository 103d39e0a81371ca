"""Days named in Chinese text: 昨天, 前儿, 3号, 五月三号, 上周三, 头天, 当天, 第二天, 两天前."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from transcription.comparison.values.numerals_zh import cardinal

#: Not a day of the month: 三号车间, 5号楼.
_THING_AFTER = (
    r"(?![楼栋车间炉机线库仓池皮槽罐井门房院塔吊桥泵阀窑梯平台洞舱船坑厂区段桩墩筒煤斗矿坊工地"
    r"巷配变磨轮铲料硫氨反装输电闸主副烘破管压楼箱锅柱墙梁屋棚坝渠沟孔]|带(?![人着领了我他班队])|"
    r"机?位|路(?!过)|站(?![在着])|作业面|工作面|生产线|采场|升降机|提升机)"
)
_NUM = r"(?:\d{1,2}|[一二三四五六七八九十廿卅]{1,3})"
_WEEK = dict(
    zip("一二三四五六日天末1234567", (0, 1, 2, 3, 4, 5, 6, 6, 5, 0, 1, 2, 3, 4, 5, 6), strict=True)
)
_DAY = re.compile(
    r"(?P<ago3>大前[天日儿])|(?P<ago2>前[天日儿](?!晚上班)|前儿个|前晚|前夜)|"
    r"(?P<ago1>夜(?:儿个?|个儿?|隔)(?!里|晚)|昨[天日儿晚夜早](?:个)?|昨(?=上午|下午|个)|昨个)|"
    r"(?P<today>今[天日儿早晚](?:个)?)|"
    rf"(?:(?P<month>{_NUM})月(?:份)?(?:的)?(?P<dom>{_NUM})(?:号|日)?|"
    rf"(?<![\d零一二三四五六七八九十第])(?P<only>{_NUM})(?:号|日){_THING_AFTER})|"
    r"(?P<weeks>(?:大?上+个?|这个?|本)?)(?:周|星期|礼拜)(?P<dow>[一二三四五六日天末1-7])(?!个|天)|"
    r"(?P<before>头[天一]?天(?:晚上)?(?!上班)|头天|头一[天日]|前一[天日]|前一晚|头晚|头天夜里|"
    r"头里天)|"
    r"(?P<same>(?:事发|出事|案发|事故)?(?:当[天日晚]|那[天日]|那一天)|(?:出事|事发)的?(?:当天|"
    r"那天|那一天)|同一天)|"
    r"(?P<after>(?:第二|次|隔|转)[天日]|转过天|后一天)|"
    r"(?P<many>[一两二三四五六七八九十]|\d{1,2})(?:天|日)(?:以|之)?前|"
    r"(?P<year>\d{4}|[一二][零〇一二三四五六七八九]{3})年(?P<ymonth>"
    + _NUM
    + r")月(?P<yday>"
    + _NUM
    + r")(?:号|日)?"
)


@dataclass(frozen=True)
class Day:
    """A day and where it is said; ``night``: the word itself says evening (昨晚)."""

    day: date | None
    span: tuple[int, int]
    part: str = ""


def find(text: str, said_on: date, incident: date | None) -> list[Day]:
    """Days in order."""
    found = []
    for match in _DAY.finditer(text):
        day = _day(match, said_on, incident)
        word = match.group()
        part = "晚上" if re.search(r"[晚夜]", word) else "早上" if "早" in word else ""
        if day is not None or match["same"]:
            found.append(Day(day, match.span(), part))
    return found


def _day(match: re.Match[str], said_on: date, incident: date | None) -> date | None:
    for name, back in (("ago3", 3), ("ago2", 2), ("ago1", 1), ("today", 0)):
        if match[name]:
            return said_on - timedelta(days=back)
    if match["many"]:
        count = cardinal(match["many"])
        return said_on - timedelta(days=int(count[0])) if count else None
    if match["before"] or match["same"] or match["after"]:
        step = -1 if match["before"] else 1 if match["after"] else 0
        return incident + timedelta(days=step) if incident else None
    if match["dow"]:
        return _weekday(match, said_on)
    return _date(match, said_on)


def _weekday(match: re.Match[str], said_on: date) -> date:
    dow, weeks = _WEEK[match["dow"]], match["weeks"]
    monday = said_on - timedelta(days=said_on.weekday())
    if "上" in weeks:
        back = 2 if weeks.startswith("大") or weeks.count("上") > 1 else 1
        return monday + timedelta(days=dow - 7 * back)
    day = monday + timedelta(days=dow)
    return day if day <= said_on else day - timedelta(days=7)


def _date(match: re.Match[str], said_on: date) -> date | None:
    year, month_word, day_word = match["year"], match["month"] or match["ymonth"], None
    day_word = match["dom"] or match["yday"] or match["only"]
    number = cardinal(day_word or "")
    month = cardinal(month_word) if month_word else None
    if number is None or number[0] != number[1] or (month_word and month is None):
        return None
    try:
        if month is not None:
            years = cardinal(year) if year else None
            day = date(int(years[0]) if years else said_on.year, int(month[0]), int(number[0]))
            return day if day <= said_on or year else day.replace(year=day.year - 1)
        day = said_on.replace(day=int(number[0]))
        if day > said_on:  # the last day of that number
            last = said_on.replace(day=1) - timedelta(days=1)
            day = last.replace(day=int(number[0]))
        return day
    except ValueError:
        return None
