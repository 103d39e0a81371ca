"""Chinese numbers in figures where a reader expects them: dates, years, quantities, percentages.

Where a number may be read in two ways the spoken words stay: 五一, 一个人, 三轮车, 千万, 十几米,
三米五, 一秒都没停, 五月十二号罐. So do times of day unless minutes are said in full (九点三十五分,
but 下午三点半), and lunar dates. For reading only; nothing here is evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: From, to, and what is shown there.
Figure = tuple[int, int, str]

_DIGITS = {name: at for at, name in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_ONE = "一二三四五六七八九"
_NUMERAL = "零〇一二两三四五六七八九十百千万亿"
_RUN = rf"[{_NUMERAL}]+(?:点[零〇{_ONE}]+[万亿]?)?"
#: Measures with which any number is a quantity.
_MEASURE = (
    "毫升|立方厘米|立方米|平方厘米|平方公里|平方米|平米|立方|平方(?!根)|厘米|毫米|公里|公分|公斤|毫克"
    "|毫安|兆帕|摄氏度|小时(?!候|工)|分钟|块钱|分贝|升(?!级|降|高|温|职|起|旗)|斤|吨(?!位)"
    "|米(?![饭粉线粒粥面黄阳色])|秒(?![针杀表])|克(?![服制扣隆拉])|ppm"
)
#: Words too: they measure from ten on only (一度, 三元, 三伏天).
_LARGE = "度(?![假过量日])|伏(?![天击])|元(?![旦素气件月])|瓦(?![工匠斯房])"
_QUANTITY = re.compile(
    rf"(?:(?P<low>{_RUN})(?P<to>到|至))?(?P<run>{_RUN})(?P<unit>{_MEASURE}|(?P<large>{_LARGE}))"
)
_AMOUNT = re.compile(rf"[{_NUMERAL}](?:{_MEASURE}|{_LARGE})$")
_PERCENT = re.compile(rf"百分之({_RUN})(?![几多来余半点{_NUMERAL}])")
_DATE = re.compile(
    rf"(?:(?P<year>[一二][零〇{_ONE}]{{3}})年(?![级代]))?"
    rf"(?:(?P<month>[{_NUMERAL}]+)月(?:(?P<day>[{_NUMERAL}]+)(?P<of>[日号]))?)?"
)
_CLOCK = re.compile(rf"(?P<hour>[{_NUMERAL}]+)点(?P<minutes>[{_NUMERAL}]+)分(?![之钟析别数量])")
#: 五月十二号罐 may be a tank of May's; 十二号线 a line.
_NUMBERED = re.compile("[罐池楼车井炉泵线库房门机组仓塔釜桥船院厂阀井坑]")
_LUNAR = re.compile("(?:农历|阴历|旧历|腊|闰)$")
#: Before a number: about so many, which one, or part of another word.
_NOT_AFTER = frozenset("几数第好成老初逐统唯同单专之其不划归合期周拜点半")
#: Before 一: each, this, one of many.
_NOT_AFTER_ONE = frozenset("每这那任某另有哪头前后下上")
#: Behind a measure: a little more.
_MORE = frozenset("多来余半几把许")
#: Behind 一 and its measure: not even one.
_AT_ALL = frozenset("都也没不")
#: Behind two measures in a row that belong together: 两小时三十分钟.
_GOES_ON = re.compile(rf"[{_NUMERAL}]+(?:分钟|秒|公斤|厘米|毫米)(?![{_NUMERAL}多来余半几])")
#: A time may stand here, so that 三点五升 is no decimal.
_TIME_BEFORE = re.compile(
    "(?:[上下中]午|早上|早晨|清晨|凌晨|傍晚|晚上|夜里|[今昨当那]天|[日号从到])$"
)


def figures(text: str) -> list[Figure]:
    """Every place that is shown in figures, in order; none overlaps another."""
    taken: list[Figure] = []
    for found in (_dates, _clocks, _percentages, _quantities):
        for one in found(text):
            if all(one[1] <= other[0] or one[0] >= other[1] for other in taken):
                taken.append(one)
    return sorted(taken)


def number(text: str) -> str | None:
    """A Chinese number in figures, with decimals; None for none, or one cut short (一百二)."""
    whole, point, rest = text.partition("点")
    if not point:
        return _whole(whole)
    value = _under_ten_thousand(whole)
    scale = rest[-1:] if rest[-1:] in ("万", "亿") else ""
    digits = rest.removesuffix(scale) if scale else rest
    if value is None or not digits or any(one not in _DIGITS or one == "两" for one in digits):
        return None
    return f"{value}." + "".join(str(_DIGITS[one]) for one in digits) + scale


def _dates(text: str) -> Iterator[Figure]:
    for found in _DATE.finditer(text):
        year, month, day = found["year"], found["month"], found["day"]
        if not (year or day) or _LUNAR.search(text[: found.start()]):
            continue
        before, after = text[found.start() - 1 : found.start()], text[found.end() :]
        shown = f"{_one_by_one(year)}年" if year else ""
        if month is not None:
            if not (_within(month, 12) and (day is None or _within(day, 31))):
                continue
            shown += f"{number(month)}月" + (f"{number(day)}{found['of']}" if day else "")
        numbered = found["of"] == "号" and _NUMBERED.match(after)
        goes_on = not day and bool(after) and after[0] in _NUMERAL + "几多"
        if numbered or goes_on or (before and before in _NUMERAL + "第"):
            continue
        yield found.start(), found.end(), shown
        yield from _until(text, found.end(), found["of"])


def _until(text: str, at: int, of: str | None) -> Iterator[Figure]:
    """The other end of 五月十号到十五号."""
    found = re.compile(rf"[到至]([{_NUMERAL}]+){of}").match(text, at) if of else None
    if found and _within(found[1], 31) and not _NUMBERED.match(text, found.end()):
        yield found.start(1), found.end(1), str(number(found[1]))


def _clocks(text: str) -> Iterator[Figure]:
    """九点三十五分 and 九点零五分; 三点五分 and 十点十分 may say something else."""
    for found in _CLOCK.finditer(text):
        hour, minutes = found["hour"], found["minutes"]
        short = re.fullmatch(rf"[零〇]([{_ONE}])", minutes)
        said = f"0{_DIGITS[short[1]]}" if short else number(minutes)
        if said is None or len(said) != 2 or int(said) > 59 or minutes == "十":
            continue
        if _within(hour, 24, least=0) and not _follows(text, found.start(), hour):
            yield found.start(), found.end(), f"{number(hour)}点{said}分"


def _percentages(text: str) -> Iterator[Figure]:
    for found in _PERCENT.finditer(text):
        value = number(found[1])
        if value is not None:
            yield found.start(), found.end(), f"{value}%"


def _quantities(text: str) -> Iterator[Figure]:
    ended = -1
    for found in _QUANTITY.finditer(text):
        low, run = found["low"], found["run"]
        value, first = number(run), number(low) if low else ""
        if value is None or first is None or (found["large"] and not _is_large(value)):
            continue
        after = text[found.end() : found.end() + 1]
        more = bool(after) and (after in _MORE or after in _NUMERAL)
        if run == "一" and after and after in _AT_ALL:
            continue
        if more and not _GOES_ON.match(text, found.end()):
            continue
        begins = found.start() != ended and _follows(text, found.start(), low or run)
        if begins or ("点" in (low or run) and _TIME_BEFORE.search(text[: found.start()])):
            continue
        ended = found.end()
        if low:
            yield found.start("low"), found.end("low"), str(first)
        yield found.start("run"), found.end("run"), value


def _follows(text: str, start: int, said: str) -> bool:
    """Does what stands before a number make it another one, or none?"""
    before = text[start - 1 : start]
    if not before:
        return False
    one = said == "一" and before in _NOT_AFTER_ONE
    return before in _NOT_AFTER or before in _NUMERAL or one or bool(_AMOUNT.search(text[:start]))


def _is_large(value: str) -> bool:
    return value[-1] in "万亿" or float(value) >= 10


def _within(text: str, most: int, least: int = 1) -> bool:
    value = number(text)
    return value is not None and value.isdigit() and least <= int(value) <= most


def _one_by_one(text: str) -> str:
    return "".join(str(_DIGITS[one]) for one in text)


def _whole(text: str) -> str | None:
    """In figures; whole tens of thousands as a reader says them: 300万."""
    if text.endswith("亿"):
        return _scaled(text[:-1], "亿")
    high, scale, low = text.partition("万")
    if not scale:
        value = _under_ten_thousand(text)
        return None if value is None else str(value)
    if not low:
        return _scaled(high, "万")
    above, below = _under_ten_thousand(high), _under_ten_thousand(low.removeprefix("零"))
    if not above or not below or (below < 1000) != low.startswith("零"):
        return None  # 三万五 is cut short
    return str(above * 10_000 + below)


def _scaled(text: str, scale: str) -> str | None:
    value = _under_ten_thousand(text)
    return f"{value}{scale}" if value else None


_PARTS = re.compile(
    rf"(?:(?P<thousands>[{_ONE}两])千)?(?:(?P<z1>零?)(?P<hundreds>[{_ONE}两])百)?"
    rf"(?:(?P<z2>零?)(?P<tens>[{_ONE}]?)十)?(?:(?P<z3>零?)(?P<ones>[{_ONE}]))?"
)


def _under_ten_thousand(text: str) -> int | None:
    """The value; a place that is passed over must be said (一百零五), and no other."""
    if text in ("零", "〇", "两"):
        return _DIGITS[text]
    found = _PARTS.fullmatch(text.replace("〇", "零"))
    if not text or not found:
        return None
    total, last = 0, 0  # the unit before
    for name, zero, unit in _PLACES:
        said = found[name]
        if said is None:
            continue
        gap = bool(last) and last > unit * 10
        if bool(zero and found[zero]) != gap or (not said and last):
            return None
        total += (_DIGITS[said] if said else 1) * unit
        last = unit
    return total


_PLACES: tuple[tuple[str, str, int], ...] = (
    ("thousands", "", 1000),
    ("hundreds", "z1", 100),
    ("tens", "z2", 10),
    ("ones", "z3", 1),
)
